package api

import "net/http"

// refusal is an answer to a request that HTTP itself forbids, before or beside
// what the domain has to say.
type refusal struct {
	status int
	detail string
}

func (r *refusal) Error() string { return http.StatusText(r.status) + ": " + r.detail }
