package oidc

import (
	"strings"

	"oxus/geo"
)

// role is the highest role that the claim gives, Everybody for none.
func (s *Settings) role(claims map[string]any) geo.Role {
	highest := geo.Everybody
	for _, value := range valuesOf(claimAt(claims, s.RoleClaim)) {
		role := geo.Role(value).Known()
		if s.Roles != nil {
			role = s.Roles[value]
		}
		if role != geo.Everybody && !highest.Includes(role) {
			highest = role
		}
	}
	return highest
}

// claimAt finds a claim by its name, or by names with dots between them. A name may
// have dots itself, as addresses do.
func claimAt(claims map[string]any, path string) any {
	if value, ok := claims[path]; ok {
		return value
	}
	for i := range path {
		if path[i] != '.' {
			continue
		}
		if inner, ok := claims[path[:i]].(map[string]any); ok {
			if value := claimAt(inner, path[i+1:]); value != nil {
				return value
			}
		}
	}
	return nil
}

// valuesOf are the texts of a claim: one, several in a list, or several with spaces
// between them.
func valuesOf(claim any) []string {
	switch claim := claim.(type) {
	case string:
		return strings.Fields(claim)
	case []any:
		var values []string
		for _, member := range claim {
			if text, ok := member.(string); ok {
				values = append(values, text)
			}
		}
		return values
	default:
		return nil
	}
}
