package api

import (
	"container/list"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"oxus/geo"
)

const (
	// wrongKeys is how many keys that open nothing an address may send at once, and
	// wrongKeyEvery how soon it may send another.
	wrongKeys     = 10
	wrongKeyEvery = 6 * time.Second
	// maxAddresses is how many addresses are remembered for wrong keys, maxProven
	// how many keys for having opened something.
	maxAddresses = 4096
	maxProven    = 1024
)

// attempts slows those who send keys that open nothing, by their address. A key that
// has opened something since the start is never slowed, so that whoever shares an
// address (a proxy's) with somebody who guesses can work on.
type attempts struct {
	mu        sync.Mutex
	now       func() time.Time
	addresses map[netip.Prefix]*list.Element
	// order holds the addresses, the one that failed last in front.
	order  *list.List
	proven map[geo.Digest]bool
	tokens provenTokens
}

type failing struct {
	address netip.Prefix
	bucket  *rate.Limiter
}

func newAttempts(now func() time.Time) *attempts {
	return &attempts{now: now, addresses: map[netip.Prefix]*list.Element{}, order: list.New(), proven: map[geo.Digest]bool{}}
}

// addressOf is what counts as one client: an address, of IPv6 the 64 bits that one
// connection is given.
func addressOf(client string) netip.Prefix {
	address, err := netip.ParseAddr(client)
	if err != nil {
		return netip.Prefix{}
	}
	address = address.Unmap().WithZone("")
	bits := 32
	if address.Is6() {
		bits = 64
	}
	prefix, err := address.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return prefix
}

// wait is how long a client has to wait before a key is looked at, 0 for not at all.
func (a *attempts) wait(client string, digest geo.Digest) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	known := a.addresses[addressOf(client)]
	if known == nil || a.proven[digest] || a.tokens.knows(digest, a.now()) {
		return 0
	}
	f, _ := known.Value.(*failing)
	missing := 1 - f.bucket.TokensAt(a.now())
	if missing <= 0 {
		return 0
	}
	return time.Duration(missing * float64(wrongKeyEvery))
}

// failed counts a key that opens nothing against its client.
func (a *attempts) failed(client string, digest geo.Digest) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.proven, digest) // it was revoked
	address := addressOf(client)
	e := a.addresses[address]
	if e == nil {
		if a.order.Len() == maxAddresses {
			oldest, _ := a.order.Remove(a.order.Back()).(*failing)
			delete(a.addresses, oldest.address)
		}
		e = a.order.PushFront(&failing{address, rate.NewLimiter(rate.Every(wrongKeyEvery), wrongKeys)})
		a.addresses[address] = e
	}
	a.order.MoveToFront(e)
	f, _ := e.Value.(*failing)
	f.bucket.AllowN(a.now(), 1)
}

// opened remembers a key that opens something.
func (a *attempts) opened(digest geo.Digest) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.proven) < maxProven {
		a.proven[digest] = true
	}
}
