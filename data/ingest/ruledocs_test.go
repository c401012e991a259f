package ingest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/encoding/charmap"

	"oxus/data/ingest"
	"oxus/data/shapefile"
	"oxus/geo"
)

// documented reads the tables of docs/import-rules.md: rules with their severities.
func documented(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/import-rules.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| `([a-z0-9-]+)` \\| (\\w+) \\| ([^|]+) \\| ([^|]+) \\|$")
	rules := map[string]string{}
	for _, cells := range row.FindAllStringSubmatch(string(text), -1) {
		if rules[cells[1]] != "" {
			t.Errorf("%s stands in two rows", cells[1])
		}
		rules[cells[1]] = cells[2]
	}
	if tables := strings.Count(string(text), "\n| `"); tables != len(rules) {
		t.Errorf("%d rows, %d of them can be read", tables, len(rules))
	}
	return rules
}

// declaredRules finds the constants of type Rule in the rooms that imports go through.
func declaredRules(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("../*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	rules := map[string]bool{}
	for _, file := range append(files, "../../geo/check.go", "../../geo/flatten.go", "../../geo/parts.go", "../../geo/charset/charset.go", "../../openfile.go") {
		if strings.HasSuffix(file, "_test.go") || strings.HasPrefix(file, "../seed/") {
			continue // the curated data is no import
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, is := n.(*ast.ValueSpec)
			if !is || !isRule(spec.Type) {
				return true
			}
			for _, value := range spec.Values {
				if literal, is := value.(*ast.BasicLit); is {
					name, err := strconv.Unquote(literal.Value)
					if err != nil {
						t.Fatal(err)
					}
					rules[name] = true
				}
			}
			return true
		})
	}
	return rules
}

func isRule(e ast.Expr) bool {
	if selector, is := e.(*ast.SelectorExpr); is {
		e = selector.Sel
	}
	name, is := e.(*ast.Ident)
	return is && name.Name == "Rule"
}

func TestEveryRuleIsDocumented(t *testing.T) {
	t.Parallel()
	rules, severities := declaredRules(t), documented(t)
	if len(rules) < 80 {
		t.Fatalf("only %d rules were found", len(rules))
	}
	warnings := append(ingest.Observed(), ingest.RuleCited, ingest.RulePrivate, ingest.RuleLeftOut, ingest.RuleNeeded, ingest.RuleGuessed, ingest.RuleNotLooked)
	repairs := []geo.Rule{ingest.RuleRepeated, ingest.RulePhaseEnded, geo.RuleRingClosed, shapefile.RuleTurned}
	for name := range rules {
		want := ingest.Error
		switch {
		case slices.Contains(warnings, geo.Rule(name)):
			want = ingest.Warning
		case slices.Contains(repairs, geo.Rule(name)):
			want = ingest.Repair
		}
		if got := severities[name]; got != string(want) {
			t.Errorf("docs/import-rules.md: the rule %s has the severity %q there, want a row that says %s", name, got, want)
		}
	}
	for name := range severities {
		if !rules[name] {
			t.Errorf("docs/import-rules.md: no rule is called %s", name)
		}
	}
}

// What is said of the code pages is so.
func TestCodePagesLackWhatIsSaid(t *testing.T) {
	t.Parallel()
	cyrillic, arabic, _ := strings.Cut(ingest.Lacking, "Windows-1256")
	arabic, _, _ = strings.Cut(arabic, ":")
	encodes := func(page *charmap.Charmap, r rune) bool { _, ok := page.EncodeRune(r); return ok }
	seen := 0
	for _, side := range []struct {
		text   string
		script *unicode.RangeTable
		pages  []*charmap.Charmap
		has    string
	}{
		{cyrillic, unicode.Cyrillic, []*charmap.Charmap{charmap.Windows1251, charmap.CodePage866}, "яЁ"},
		{arabic, unicode.Arabic, []*charmap.Charmap{charmap.Windows1256}, "پچژگک"},
	} {
		for _, page := range side.pages {
			for _, r := range side.text {
				if unicode.Is(side.script, r) && encodes(page, r) {
					t.Errorf("%s has %c", page, r)
				}
				if unicode.Is(side.script, r) {
					seen++
				}
			}
			for _, r := range side.has {
				if !encodes(page, r) {
					t.Errorf("%s lacks %c, which is not said", page, r)
				}
			}
		}
	}
	if seen != 2*6+11 {
		t.Errorf("%d letters are said to be lacking", seen)
	}
}

// Every alias is of a property that there is, folded as it is looked up, and stands once.
func TestAliasesAreOfProperties(t *testing.T) {
	t.Parallel()
	known := map[string]bool{"id": true, "sources": true}
	for _, c := range geo.Border().Collections {
		for _, p := range c.Properties {
			known[p.Name] = true
		}
		known[c.Lifetime.From], known[c.Lifetime.To] = true, true
	}
	for _, name := range strings.Fields("from_date to_date owner status publisher url published accessed supports") {
		known[name] = true
	}
	for property, names := range ingest.Aliases() {
		if !known[property] {
			t.Errorf("no collection has %s", property)
		}
		seen := map[string]bool{ingest.Fold(property): true}
		for _, name := range names {
			if ingest.Fold(name) != name || seen[name] {
				t.Errorf("%s: %q is not folded, or stands twice", property, name)
			}
			seen[name] = true
		}
	}
}
