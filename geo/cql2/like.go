package cql2

// pattern is what LIKE compares with: % stands for any characters, _ for one, and
// a backslash takes the meaning from what follows it.
type pattern []step

// step is a character, or any one, or any number of any.
type step struct {
	char rune
	one  bool
	any  bool
}

// patternOf reads a pattern; one that ends in a lone backslash is none.
func patternOf(s string) (pattern, bool) {
	var p pattern
	escaped := false
	for _, c := range s {
		switch {
		case escaped:
			p, escaped = append(p, step{char: c}), false
		case c == '\\':
			escaped = true
		case c == '%':
			p = append(p, step{any: true})
		default:
			p = append(p, step{char: c, one: c == '_'})
		}
	}
	return p, !escaped
}

// matches goes back to the last % alone when it fails: what an earlier one took
// never needs to grow.
func (p pattern) matches(s string) bool {
	text := []rune(s)
	at, resume, taken := 0, -1, 0
	for i := 0; i < len(text); {
		switch {
		case at < len(p) && p[at].any:
			resume, taken = at, i
			at++
		case at < len(p) && (p[at].one || p[at].char == text[i]):
			at, i = at+1, i+1
		case resume >= 0:
			taken++
			at, i = resume+1, taken
		default:
			return false
		}
	}
	for at < len(p) && p[at].any {
		at++
	}
	return at == len(p)
}
