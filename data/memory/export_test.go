package memory

import "context"

// Refresh lets tests have a change taken in without waiting for it to be looked for.
func (s *Beside) Refresh(ctx context.Context) error { return s.refresh(ctx) }
