// Package oidc opens tokens that an OpenID Connect provider has signed: it finds
// the provider's keys, holds a token's signature, issuer, audience and dates
// against them, and reads the role out of a claim. Only this package knows go-oidc.
//
// What is not here: signing in. Whoever brings a token got it from the provider by
// whatever way suits them; the server has no secret there and sends nobody away.
package oidc
