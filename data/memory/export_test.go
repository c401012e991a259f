package memory

import "context"

// Refresh lets tests have a change taken in without waiting for it to be looked for.
func (s *Beside) Refresh(ctx context.Context) error { return s.refresh(ctx) }

// Want has everything loaded anew.
func (s *Beside) Want() { s.want() }

// Loaded is the last revision of the state that is held, current or not.
func (s *Beside) Loaded() int64 {
	s.refreshing.Lock()
	defer s.refreshing.Unlock()
	return s.loaded.stand.State.Last
}
