package geo

import (
	"context"
	"time"
)

// Identity is who a token of an identity provider stands for.
type Identity struct {
	// Name is what the history calls them by. It begins as no name of a key can, and
	// stays the same for as long as the provider knows them.
	Name string
	// Role is Everybody where the provider gives none.
	Role Role
	// Expires is when the token stops to count.
	Expires time.Time
}

// Verifier opens tokens of an identity provider.
type Verifier interface {
	// Verify returns who a token stands for. A token that counts for nothing is
	// Invalid, with why; Unavailable is the error where the provider cannot be asked.
	Verify(ctx context.Context, token string) (Identity, error)
}
