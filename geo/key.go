package geo

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"slices"
	"time"
)

// Role says what the holder of a key may do; each includes those before it.
type Role string

// The roles, in ascending order.
const (
	// Viewer may read.
	Viewer Role = "viewer"
	// Editor may also create, replace, update and delete features.
	Editor Role = "editor"
	// Maintainer may also import.
	Maintainer Role = "maintainer"
	// Admin may do everything.
	Admin Role = "admin"
)

// Roles returns all roles in ascending order.
func Roles() []Role { return []Role{Viewer, Editor, Maintainer, Admin} }

// Includes reports whether the role may do what another may. What is not a
// role includes nothing.
func (r Role) Includes(other Role) bool {
	roles := Roles()
	mine, theirs := slices.Index(roles, r), slices.Index(roles, other)
	return mine >= 0 && theirs >= 0 && mine >= theirs
}

// Digest is the SHA-256 of a key's text.
type Digest [sha256.Size]byte

// Key is what is kept of a key: never its text.
type Key struct {
	// Name is unique for ever, because the history names its changes by it.
	Name string
	Role Role
	// Unconditional lets programs that cannot send If-Match replace and delete
	// what they have not seen.
	Unconditional bool
	// Prefix is the beginning of the text, for people to tell keys apart.
	Prefix  string
	Digest  Digest
	Created time.Time
	// Revoked is when the key stopped to open anything; zero while it does.
	Revoked time.Time
}

// Keyring keeps keys. What it has done is durable when it returns, and holds
// for every question from then on.
type Keyring interface {
	// AddKey keeps a new key. A name that was ever given is a Conflict.
	AddKey(ctx context.Context, k Key) error
	// RevokeKey ends a key; one that is ended already stays as it is. NotFound
	// when there is none of that name.
	RevokeKey(ctx context.Context, name string, at time.Time) error
	// Keys returns all keys, revoked ones too, in order of name.
	Keys(ctx context.Context) ([]Key, error)
	// FindKey returns the key of that digest, revoked or not. NotFound when
	// there is none.
	FindKey(ctx context.Context, d Digest) (Key, error)
}

// keyMark begins the text of every key, so that one that leaks can be searched for.
const keyMark = "oxus_"

// keyShown is how many characters of a key's text are kept to be shown.
const keyShown = len(keyMark) + 6

var keyName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@-]{0,99}$`)

// NewKey makes a key of 256 random bits and returns it with its text, which is
// kept nowhere.
func NewKey(name string, role Role, unconditional bool, now time.Time) (k Key, text string, err error) {
	if !keyName.MatchString(name) || name == "seed" {
		return k, "", Errorf(Invalid, "%q is not a name for a key (letters, digits, '.', '_', '-', '@', at most 100; not \"seed\").", name)
	}
	if !slices.Contains(Roles(), role) {
		return k, "", Errorf(Invalid, "%q is not a role (%s).", role, "viewer, editor, maintainer, admin")
	}
	secret := make([]byte, 32)
	rand.Read(secret) // never fails since Go 1.24
	text = keyMark + base64.RawURLEncoding.EncodeToString(secret)
	return Key{
		Name: name, Role: role, Unconditional: unconditional, Prefix: text[:keyShown], Digest: DigestOf(text),
		Created: now.UTC().Truncate(time.Second),
	}, text, nil
}

// DigestOf returns the digest of a key's text.
func DigestOf(text string) Digest { return sha256.Sum256([]byte(text)) }

// KeyTaken is the Conflict of a name that was given before.
func KeyTaken(name string) error {
	return Errorf(Conflict, "There is a key %q, or was; its name stays with what it changed.", name)
}

// NoKey is the NotFound of a key that is not there.
func NoKey() error { return Errorf(NotFound, "There is no such key.") }
