package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"oxus/geo"
)

const (
	// maxOptions is how many bytes the body of a step may have.
	maxOptions = 64 << 10
	// maxWait is the longest that a request may wait for a staging.
	maxWait = time.Minute
)

// stepBody reads the JSON object that a step is asked for with; nothing is an empty
// one.
func stepBody(c echo.Context) (map[string]any, json.RawMessage, error) {
	text, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, maxOptions))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, nil, &refusal{http.StatusRequestEntityTooLarge, "The body may have at most 64 KiB."}
	case err != nil:
		return nil, nil, errors.Join(errClientGone, err)
	case len(strings.TrimSpace(string(text))) == 0:
		return nil, nil, nil
	}
	if err := contentIs(c, []string{jsonType}); err != nil {
		return nil, nil, err
	}
	v, faults := strictJSON(text)
	members, ok := v.(map[string]any)
	if !ok && len(faults) == 0 {
		faults = []geo.Fault{{Rule: ruleJSON, Detail: "the body is not an object"}}
	}
	return members, text, geo.Faulty(faults)
}

// flagOf reads a body whose only member is a flag.
func flagOf(c echo.Context, name string) (bool, error) {
	members, _, err := stepBody(c)
	if err != nil {
		return false, err
	}
	var faults []geo.Fault
	flag := false
	for _, member := range slices.Sorted(maps.Keys(members)) {
		at := geo.Place{Pointer: clip(below("", member))}
		given, isFlag := members[member].(bool)
		switch {
		case member != name:
			faults = append(faults, geo.Fault{Rule: ruleMember, Place: at, Detail: "there is no such member here"})
		case !isFlag:
			faults = append(faults, geo.Fault{Rule: geo.RuleType, Place: at, Detail: "it is neither true nor false"})
		}
		flag = flag || member == name && given
	}
	return flag, geo.Faulty(faults)
}

// step finds the import that something is to be done with, in the state that the
// request knows where it says so.
func (s *Server) step(c echo.Context) (geo.Import, error) {
	if err := s.onlyFormats(c, "json"); err != nil {
		return geo.Import{}, err
	}
	im, err := s.findImport(c)
	if err != nil {
		return im, err
	}
	if known := c.Request().Header.Get("If-Match"); known != "" && known != "*" && !hasTag(known, tagOf(&im)) {
		return im, &refusal{http.StatusPreconditionFailed, "The import was changed meanwhile. Get it again."}
	}
	return im, patient(c)
}

// stageImport checks and compares an import again, beside the request.
func (s *Server) stageImport(c echo.Context) error {
	im, err := s.step(c)
	if err != nil {
		return err
	}
	_, options, err := stepBody(c)
	if err != nil {
		return err
	}
	if !im.State.MayBecome(geo.Discarded) {
		return geo.Errorf(geo.Conflict, "The import %s is %s and cannot be staged.", im.ID, im.State)
	}
	work, err := s.jobs.stage(s.options.Imports, im.ID, options)
	if err != nil {
		return err
	}
	ended, err := s.waited(c, work)
	if err != nil {
		return err
	}
	status := http.StatusAccepted
	if ended {
		status = http.StatusOK
		if work.err != nil {
			return work.err
		}
	}
	return s.stands(c, status, im.ID)
}

// waited waits for a job as long as the request prefers (RFC 7240) and reports whether
// it has ended.
func (s *Server) waited(c echo.Context, work *job) (ended bool, err error) {
	patience, asked := preferredWait(c)
	if asked {
		c.Response().Header().Set("Preference-Applied", "wait="+strconv.Itoa(int(patience/time.Second)))
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-work.done:
		return asked, nil
	case <-timer.C:
		return false, s.hurried(c)
	case <-c.Request().Context().Done():
		return false, errors.Join(errClientGone, c.Request().Context().Err())
	}
}

// preferredWait is how long a request prefers to wait, at most a minute. A preference
// that cannot be read is none.
func preferredWait(c echo.Context) (patience time.Duration, asked bool) {
	for preference := range strings.SplitSeq(strings.Join(c.Request().Header.Values("Prefer"), ","), ",") {
		preference, _, _ = strings.Cut(preference, ";")
		name, value, _ := strings.Cut(preference, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "wait") {
			continue
		}
		seconds, err := strconv.ParseUint(strings.Trim(strings.TrimSpace(value), `"`), 10, 31)
		if err == nil {
			return min(time.Duration(seconds)*time.Second, maxWait), true
		}
	}
	return 0, false
}

// stands answers an import as it is now, also when the request is about to go.
func (s *Server) stands(c echo.Context, status int, id string) error {
	im, err := s.options.Importer.FindImport(context.WithoutCancel(c.Request().Context()), id)
	if err != nil {
		return err
	}
	if err := s.hurried(c); err != nil {
		return err
	}
	return s.writeImport(c, status, &im)
}

// applyImport makes an import part of the data, and answers when it is.
func (s *Server) applyImport(c echo.Context) error {
	im, err := s.step(c)
	if err != nil {
		return err
	}
	accept, err := flagOf(c, "accept_warnings")
	if err != nil {
		return err
	}
	actor := actorOf(c)
	_, err = s.jobs.inTurn(c.Request().Context(), im.ID, stepApplying, func(ctx context.Context) (geo.Import, error) {
		return s.options.Imports.Apply(ctx, im.ID, actor, accept)
	})
	if err = refused(err); geo.KindOf(err) == geo.Conflict {
		// Another server may have applied it meanwhile: both say the same.
		if now, findErr := s.findImport(c); findErr == nil && now.State == geo.Applied {
			err = nil
		}
	}
	if err != nil {
		return errors.Join(err, s.hurried(c))
	}
	return s.stands(c, http.StatusOK, im.ID)
}

// refused turns what keeps a change from being made into a conflict: the request is
// sound, the rows are not.
func refused(err error) error {
	var domain *geo.Error
	if errors.As(err, &domain) && domain.Kind == geo.Invalid {
		return &geo.Error{Kind: geo.Conflict, Detail: firstOf(domain.Detail, "Nothing was changed, because of the rules listed in errors."), Faults: domain.Faults}
	}
	return err
}

// rollBackImport takes an applied import back by another.
func (s *Server) rollBackImport(c echo.Context) error {
	im, err := s.step(c)
	if err != nil {
		return err
	}
	only, err := flagOf(c, "only_untouched")
	if err != nil {
		return err
	}
	actor := actorOf(c)
	back, err := s.jobs.inTurn(c.Request().Context(), im.ID, stepRollingBack, func(ctx context.Context) (geo.Import, error) {
		return s.options.Imports.RollBack(ctx, im.ID, actor, only)
	})
	if err = refused(err); geo.KindOf(err) == geo.Conflict {
		// As above: what another server took back is taken back.
		if now, findErr := s.findImport(c); findErr == nil && now.State == geo.RolledBack {
			back.ID, err = now.UndoneBy, nil
		}
	}
	if err != nil {
		return errors.Join(err, s.hurried(c))
	}
	c.Response().Header().Set(echo.HeaderLocation, s.url("imports", back.ID))
	status := http.StatusCreated
	if im.State == geo.RolledBack {
		status = http.StatusOK
	}
	return s.stands(c, status, back.ID)
}

// discardImport gives an import up; what is being staged of it ends.
func (s *Server) discardImport(c echo.Context) error {
	im, err := s.step(c)
	if err != nil {
		return err
	}
	s.jobs.cancelStaging(im.ID)
	if _, err := s.options.Imports.Discard(c.Request().Context(), im.ID); err != nil {
		return err
	}
	s.jobs.changed(im.ID)
	return c.NoContent(http.StatusNoContent)
}
