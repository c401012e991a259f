package oidc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/time/rate"

	"oxus/geo"
)

// algorithms are those that a token may be signed by: what is made with the
// provider's private key alone. A token does not choose beyond them.
var algorithms = []string{
	oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA,
}

// Settings say whose tokens count and for what.
type Settings struct {
	// Issuer is the provider's address as its tokens name it, over https; http is
	// taken on this machine alone.
	Issuer string
	// Audience is what a token must be meant for.
	Audience string
	// RoleClaim names the claim that holds the role or a list of roles, with dots
	// between the names of members inside members. "roles" where it is blank.
	RoleClaim string
	// Roles gives roles by values of the claim. Without it the values are the roles'
	// own names. Other values give no role.
	Roles map[string]geo.Role
	// Now tells the time; nil means the system's clock.
	Now func() time.Time
}

const (
	// patience is how long the provider may take to answer.
	patience = 5 * time.Second
	// retryAfter is how long one that does not answer is left alone.
	retryAfter = 5 * time.Second
	// fetches of keys are so many at once, and another each fetchEvery: tokens that
	// name keys nobody knows must not make this server trouble the provider.
	fetches    = 5
	fetchEvery = 10 * time.Second
)

// Verifier implements geo.Verifier. The provider is asked when the first token
// comes, so that a server starts without it.
type Verifier struct {
	settings Settings
	name     string
	client   *http.Client

	mu       sync.Mutex
	verifier *oidc.IDTokenVerifier
	retry    time.Time
}

// New checks the settings; it asks nobody.
func New(s Settings) (*Verifier, error) {
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.RoleClaim == "" {
		s.RoleClaim = "roles"
	}
	issuer, err := url.Parse(s.Issuer)
	switch {
	case err != nil || !isSafe(issuer):
		return nil, geo.Errorf(geo.Invalid, "%q is not the address of an issuer (https://…).", s.Issuer)
	case s.Audience == "":
		return nil, geo.Errorf(geo.Invalid, "An issuer needs an audience: tokens that it gave for others must not count here.")
	}
	for value, role := range s.Roles {
		if role != role.Known() || role == geo.Everybody {
			return nil, geo.Errorf(geo.Invalid, "%q, which the claim's value %q is to give, is not a role (viewer, editor, maintainer, admin).", role, value)
		}
	}
	return &Verifier{settings: s, name: "oidc:" + issuer.Host + strings.TrimSuffix(issuer.Path, "/") + "#", client: newClient(s.Now)}, nil
}

// isSafe reports whether what is fetched from an address is what lies there.
func isSafe(u *url.URL) bool {
	local := u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()
	return u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == "" && (u.Scheme == "https" || u.Scheme == "http" && local)
}

// compact is the one form of a token that is taken.
var compact = regexp.MustCompile(`^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$`)

// maxSubject is how long the provider's name for somebody may be (OpenID Connect
// Core 1.0, section 2).
const maxSubject = 255

// Verify implements geo.Verifier.
func (v *Verifier) Verify(ctx context.Context, token string) (geo.Identity, error) {
	if !compact.MatchString(token) {
		return geo.Identity{}, refused("it is not a token of three parts")
	}
	verifier, err := v.discovered(ctx)
	if err != nil {
		return geo.Identity{}, err
	}
	reached := true
	opened, err := verifier.Verify(context.WithValue(ctx, reachedKey{}, &reached), token)
	expired := (*oidc.TokenExpiredError)(nil)
	switch {
	case !reached:
		return geo.Identity{}, unavailable()
	case errors.As(err, &expired):
		return geo.Identity{}, refused("it has expired")
	case err != nil:
		return geo.Identity{}, refused("its signature, issuer, audience or dates are not what counts here")
	case opened.Subject == "" || len(opened.Subject) > maxSubject:
		return geo.Identity{}, refused("it does not say whose it is")
	}
	var claims map[string]any
	if err := opened.Claims(&claims); err != nil {
		return geo.Identity{}, refused("its claims cannot be read")
	}
	return geo.Identity{Name: v.name + url.PathEscape(opened.Subject), Role: v.settings.role(claims), Expires: opened.Expiry}, nil
}

func refused(why string) error {
	return geo.Errorf(geo.Invalid, "The token opens nothing: %s.", why)
}

func unavailable() error {
	return geo.Errorf(geo.Unavailable, "The identity provider does not answer; a key opens what it opens all the same.")
}

// discovered finds the provider's keys when they are first needed. One asks for all;
// a provider that does not answer is left alone for a while.
func (v *Verifier) discovered(ctx context.Context) (*oidc.IDTokenVerifier, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case v.verifier != nil:
		return v.verifier, nil
	case v.settings.Now().Before(v.retry):
		return nil, unavailable()
	}
	// Whoever asked first may go away; the others wait for the same answer.
	asking, cancel := context.WithTimeout(oidc.ClientContext(context.WithoutCancel(ctx), v.client), patience)
	defer cancel()
	provider, err := oidc.NewProvider(asking, v.settings.Issuer)
	var told struct {
		Keys string `json:"jwks_uri"`
	}
	if err == nil {
		err = provider.Claims(&told)
	}
	if address, parseErr := url.Parse(told.Keys); err == nil && (parseErr != nil || address.Host == "" || !isFetched(address)) {
		err = fmt.Errorf("the keys lie at %q", told.Keys)
	}
	if err != nil {
		v.retry = v.settings.Now().Add(retryAfter)
		return nil, unavailable()
	}
	keys := keySet{oidc.NewRemoteKeySet(oidc.ClientContext(context.WithoutCancel(ctx), v.client), told.Keys)}
	v.verifier = oidc.NewVerifier(v.settings.Issuer, keys, &oidc.Config{ClientID: v.settings.Audience, SupportedSigningAlgs: algorithms, Now: v.settings.Now})
	return v.verifier, nil
}

// isFetched is isSafe of an address that may have a query.
func isFetched(u *url.URL) bool {
	plain := *u
	plain.RawQuery = ""
	return isSafe(&plain)
}

// reachedKey names, in a context, where it is told whether the provider answered.
type reachedKey struct{}

// keySet tells a provider that does not answer from a token that is wrong, which the
// library tells by words alone.
type keySet struct{ *oidc.RemoteKeySet }

func (k keySet) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	payload, err := k.RemoteKeySet.VerifySignature(ctx, token)
	if reached, ok := ctx.Value(reachedKey{}).(*bool); ok && err != nil && errors.Is(err, errUnreached) {
		*reached = false
	}
	return payload, err
}

func newClient(now func() time.Time) *http.Client {
	return &http.Client{
		Timeout: patience,
		// What the issuer's own address does not answer itself is not taken.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &transport{now: now, limit: rate.NewLimiter(rate.Every(fetchEvery), fetches)},
	}
}
