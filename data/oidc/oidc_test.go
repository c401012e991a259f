package oidc_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"oxus/data/oidc"
	"oxus/geo"
)

// noon is when every test asks.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// issuer is a provider made for a test.
type issuer struct {
	*httptest.Server
	keys    atomic.Pointer[jose.JSONWebKeySet]
	fetched atomic.Int64
	// broken, when set, answers in the place of the provider.
	broken atomic.Pointer[http.HandlerFunc]
}

func newIssuer(t *testing.T, keys ...jose.JSONWebKey) *issuer {
	i := &issuer{}
	i.publish(keys...)
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q,"id_token_signing_alg_values_supported":["RS256","HS256","none"]}`, i.URL, i.URL+"/keys")
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		i.fetched.Add(1)
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(i.keys.Load()); err != nil {
			t.Error(err)
		}
	})
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if broken := i.broken.Load(); broken != nil {
			(*broken)(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) publish(keys ...jose.JSONWebKey) { i.keys.Store(&jose.JSONWebKeySet{Keys: keys}) }

func public(id string, key crypto.PublicKey) jose.JSONWebKey {
	return jose.JSONWebKey{Key: key, KeyID: id, Use: "sig"}
}

func rsaKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// claims are those of a token that counts, with changes.
func (i *issuer) claims(changes map[string]any) map[string]any {
	all := map[string]any{"iss": i.URL, "aud": "oxus", "sub": "user 1/ä", "exp": noon.Add(time.Hour).Unix(), "iat": noon.Unix(), "roles": []string{"editor"}}
	for name, v := range changes {
		if all[name] = v; v == nil {
			delete(all, name)
		}
	}
	return all
}

func sign(t *testing.T, alg jose.SignatureAlgorithm, key any, id string, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: id}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(text)
	if err != nil {
		t.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// unsigned is a token that says that nobody signed it.
func unsigned(t *testing.T, claims map[string]any) string {
	t.Helper()
	text, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + part(text) + "."
}

func verifier(t *testing.T, i *issuer, change func(*oidc.Settings)) *oidc.Verifier {
	t.Helper()
	s := oidc.Settings{Issuer: i.URL, Audience: "oxus", Now: func() time.Time { return noon }}
	if change != nil {
		change(&s)
	}
	v, err := oidc.New(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestWhatOpensAndWhatDoesNot(t *testing.T) {
	key, other := rsaKey(t), rsaKey(t)
	elliptical, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i := newIssuer(t, public("one", key.Public()), public("two", elliptical.Public()))
	v := verifier(t, i, nil)
	published, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	asPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: published})
	rs := func(changes map[string]any) string {
		return sign(t, jose.RS256, key, "one", i.claims(changes))
	}
	parts := strings.Split(rs(nil), ".")
	for _, tc := range []struct {
		name, token string
		opens       bool
	}{
		{"a token", rs(nil), true},
		{"several audiences", rs(map[string]any{"aud": []string{"other", "oxus"}}), true},
		{"an elliptic curve", sign(t, jose.ES256, elliptical, "two", i.claims(nil)), true},
		{"for others", rs(map[string]any{"aud": "other"}), false},
		{"for nobody", rs(map[string]any{"aud": nil}), false},
		{"of another issuer", rs(map[string]any{"iss": "https://elsewhere.example"}), false},
		{"expired", rs(map[string]any{"exp": noon.Add(-time.Second).Unix()}), false},
		{"that never expires", rs(map[string]any{"exp": nil}), false},
		{"of the future", rs(map[string]any{"nbf": noon.Add(time.Hour).Unix()}), false},
		{"of nobody", rs(map[string]any{"sub": nil}), false},
		{"of a name without end", rs(map[string]any{"sub": strings.Repeat("x", 256)}), false},
		{"that nobody signed", unsigned(t, i.claims(nil)), false},
		{"unsigned, with something for a signature", unsigned(t, i.claims(nil)) + "eA", false},
		{"signed with the public key as a password", sign(t, jose.HS256, asPEM, "one", i.claims(nil)), false},
		{"signed with the public key's bytes as a password", sign(t, jose.HS256, published, "one", i.claims(nil)), false},
		{"signed by another", sign(t, jose.RS256, other, "one", i.claims(nil)), false},
		{"signed by another who names no key", sign(t, jose.RS256, other, "", i.claims(nil)), false},
		{"of a key nobody knows", sign(t, jose.RS256, other, "three", i.claims(nil)), false},
		{"changed", parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"x"}`)) + "." + parts[2], false},
		{"in another form", `{"payload":"e30","signatures":[]}`, false},
		{"of no text", "", false},
	} {
		who, err := v.Verify(context.Background(), tc.token)
		switch {
		case tc.opens && (err != nil || who.Role != geo.Editor || !who.Expires.Equal(noon.Add(time.Hour))):
			t.Errorf("%s: %+v, %v", tc.name, who, err)
		case tc.opens && who.Name != "oidc:"+strings.TrimPrefix(i.URL, "http://")+"#user%201%2F%C3%A4":
			t.Errorf("%s: it is named %s", tc.name, who.Name)
		case !tc.opens && (geo.KindOf(err) != geo.Invalid || who != geo.Identity{}):
			t.Errorf("%s: %+v, %v", tc.name, who, err)
		}
	}
}

// A key that nobody knew is asked for, so that keys can change, but not without end.
func TestKeysChange(t *testing.T) {
	old, fresh := rsaKey(t), rsaKey(t)
	i := newIssuer(t, public("old", old.Public()))
	v := verifier(t, i, nil)
	opens := func(key *rsa.PrivateKey, id string) bool {
		_, err := v.Verify(context.Background(), sign(t, jose.RS256, key, id, i.claims(nil)))
		if err != nil && geo.KindOf(err) != geo.Invalid {
			t.Fatal(err)
		}
		return err == nil
	}
	if !opens(old, "old") || opens(fresh, "new") {
		t.Fatal("before the change it is not the old key that counts")
	}
	i.publish(public("new", fresh.Public()))
	// The library hands an answer that has just come to whoever asks before it has put
	// it down, so that for a moment what was published before still counts.
	soon := func(holds func() bool) bool {
		for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
			if holds() {
				return true
			}
		}
		return false
	}
	if !soon(func() bool { return opens(fresh, "new") }) {
		t.Error("a new key is not taken")
	}
	if !soon(func() bool { return !opens(old, "old") }) {
		t.Error("a key that is no longer published counts")
	}
	before := i.fetched.Load()
	for n := range 50 {
		opens(old, fmt.Sprint("made up ", n))
	}
	if asked := i.fetched.Load() - before; asked > 3 {
		t.Errorf("50 tokens with keys nobody knows had the provider asked %d times", asked)
	}
	if !opens(fresh, "new") {
		t.Error("the key that counts does not any more")
	}
}

// A provider that does not answer is no fault of the token, and is left alone for a
// while; a server starts without it.
func TestWithoutTheProvider(t *testing.T) {
	key := rsaKey(t)
	i := newIssuer(t, public("one", key.Public()))
	now := noon
	v := verifier(t, i, func(s *oidc.Settings) { s.Now = func() time.Time { return now } })
	token := sign(t, jose.RS256, key, "one", i.claims(nil))
	asked := 0
	for name, answer := range map[string]http.HandlerFunc{
		"an error": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
		"elsewhere": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		},
		"nonsense": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") },
		"another":  func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"issuer":"https://else.example"}`) },
		"plain keys": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":"http://203.0.113.1/k"}`, i.URL)
		},
		"without end": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"issuer":"`+strings.Repeat("x", 2<<20)+`"}`)
		},
	} {
		counting := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked++
			answer(w, r)
		})
		i.broken.Store(&counting)
		now = now.Add(time.Minute)
		asked = 0
		for range 3 {
			if _, err := v.Verify(context.Background(), token); geo.KindOf(err) != geo.Unavailable {
				t.Errorf("%s: %v", name, err)
			}
		}
		if asked != 1 {
			t.Errorf("%s: it was asked %d times at once", name, asked)
		}
	}
	i.broken.Store(nil)
	now = noon.Add(30 * time.Minute)
	if _, err := v.Verify(context.Background(), token); err != nil {
		t.Errorf("once it answers: %v", err)
	}
	i.Close()
	if _, err := v.Verify(context.Background(), sign(t, jose.RS256, key, "another", i.claims(nil))); geo.KindOf(err) != geo.Unavailable {
		t.Errorf("it is gone when its keys are asked for: %v", err)
	}
	if _, err := v.Verify(context.Background(), token); err != nil {
		t.Errorf("it is gone, and its keys are known: %v", err)
	}
}

func TestRolesOfClaims(t *testing.T) {
	key := rsaKey(t)
	i := newIssuer(t, public("one", key.Public()))
	mapped := map[string]geo.Role{"gis-staff": geo.Editor, "gis-heads": geo.Maintainer}
	for _, tc := range []struct {
		name, claim string
		roles       map[string]geo.Role
		claims      map[string]any
		want        geo.Role
	}{
		{"a list", "", nil, map[string]any{"roles": []string{"viewer", "editor", "other"}}, geo.Editor},
		{"a text", "role", nil, map[string]any{"role": "maintainer"}, geo.Maintainer},
		{"a text of several", "scope", nil, map[string]any{"scope": "openid viewer"}, geo.Viewer},
		{"inside others", "realm_access.roles", nil, map[string]any{"realm_access": map[string]any{"roles": []string{"admin"}}}, geo.Admin},
		{"a name with dots", "https://oxus.example/roles", nil, map[string]any{"https://oxus.example/roles": []string{"viewer"}}, geo.Viewer},
		{"inside a name with dots", "oxus.example.roles", nil, map[string]any{"oxus.example": map[string]any{"roles": "editor"}}, geo.Editor},
		{"by other names", "groups", mapped, map[string]any{"groups": []string{"gis-staff", "gis-heads", "admin"}}, geo.Maintainer},
		{"own names where others are given", "groups", mapped, map[string]any{"groups": []string{"admin"}}, geo.Everybody},
		{"no claim", "", nil, map[string]any{"roles": nil}, geo.Everybody},
		{"an unknown value", "", nil, map[string]any{"roles": []string{"owner", "Admin", ""}}, geo.Everybody},
		{"a number", "", nil, map[string]any{"roles": 4}, geo.Everybody},
		{"numbers", "", nil, map[string]any{"roles": []any{1, nil, map[string]any{"admin": true}}}, geo.Everybody},
		{"an object", "", nil, map[string]any{"roles": map[string]any{"admin": true}}, geo.Everybody},
		{"a path that ends in a text", "sub.roles", nil, nil, geo.Everybody},
	} {
		v := verifier(t, i, func(s *oidc.Settings) { s.RoleClaim, s.Roles = tc.claim, tc.roles })
		who, err := v.Verify(context.Background(), sign(t, jose.RS256, key, "one", i.claims(tc.claims)))
		if err != nil || who.Role != tc.want {
			t.Errorf("%s: %q, %v, want %q", tc.name, who.Role, err, tc.want)
		}
	}
}

func TestSettingsThatAreNone(t *testing.T) {
	for name, s := range map[string]oidc.Settings{
		"no address":       {Issuer: "login", Audience: "oxus"},
		"over the open":    {Issuer: "http://login.example", Audience: "oxus"},
		"with a password":  {Issuer: "https://a:b@login.example", Audience: "oxus"},
		"for anybody":      {Issuer: "https://login.example"},
		"a role that none": {Issuer: "https://login.example", Audience: "oxus", Roles: map[string]geo.Role{"x": "owner"}},
	} {
		if v, err := oidc.New(s); geo.KindOf(err) != geo.Invalid || v != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
