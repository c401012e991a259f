package api_test

import (
	"context"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"oxus/api"
	"oxus/geo"
)

// capabilities are what handlers look for in a reader beside geo.Reader.
var capabilities = map[string]func(geo.Reader) bool{
	"CellCounter": func(r geo.Reader) bool { _, ok := r.(geo.CellCounter); return ok },
}

// elsewhere are types that the program looks for too, but not in what handlers ask. Plans
// are asked of the store's own reader.
var elsewhere = []string{"Key", "Watcher"}

// What a reader of a store can do is found through what measures its answers: in the
// present, in the past and in a reader that stays in one state.
func TestCapabilitiesAreHandedOn(t *testing.T) {
	t.Parallel()
	counted := 0
	for _, stance := range stances {
		store := seeded(t, stance.open, geo.Border())
		for _, who := range kinds {
			plain := store.For(who)
			own, measured := readersOf(t, plain), readersOf(t, api.AskedView(plain))
			for name, reader := range own {
				for capability, has := range capabilities {
					if has(reader) != has(measured[name]) {
						t.Errorf("%s, %s: %s is a %s: %v, measured: %v", stance.name, who, name, capability, has(reader), has(measured[name]))
					}
					if has(reader) {
						counted++
					}
				}
			}
		}
	}
	if counted == 0 {
		t.Error("no store has any of the capabilities")
	}
}

var kinds = []geo.Role{geo.Everybody, geo.Viewer, geo.Editor, geo.Maintainer}

// readersOf are the readers that a view gives.
func readersOf(t *testing.T, v geo.View) map[string]geo.Reader {
	t.Helper()
	st, err := v.Latest(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	past, err := v.At(context.Background(), st)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]geo.Reader{"the present": v, "the past": past, "the pinned": v.Pinned()}
}

// Whatever handlers look for in a reader is tried by the test above.
func TestCapabilitiesAreKnown(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	assertion := regexp.MustCompile(`\.\(geo\.(\w+)\)`)
	var found []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range assertion.FindAllStringSubmatch(string(source), -1) {
			found = append(found, m[1])
		}
	}
	if len(found) < len(elsewhere) {
		t.Fatalf("handlers look for %v", found)
	}
	for _, name := range found {
		if capabilities[name] == nil && !slices.Contains(elsewhere, name) {
			t.Errorf("handlers look for a geo.%s, and no test says that what measures answers hands it on", name)
		}
	}
}

// pinnedAlone is a view that refuses to be asked for its state apart from its answer.
type pinnedAlone struct {
	geo.View
	t      *testing.T
	pinned int
}

func (v *pinnedAlone) Latest(ctx context.Context) (geo.State, error) {
	v.t.Error("the state is asked for apart")
	return v.View.Latest(ctx)
}

func (v *pinnedAlone) At(ctx context.Context, st geo.State) (geo.Reader, error) {
	v.t.Error("a state is asked for that is pinned")
	return v.View.At(ctx, st)
}

func (v *pinnedAlone) Pinned() geo.Pinned {
	v.pinned++
	return countedPin{v.View.Pinned(), v}
}

type countedPin struct {
	geo.Pinned
	of *pinnedAlone
}

func (p countedPin) Items(ctx context.Context, q geo.Query) iter.Seq2[geo.Item, error] {
	p.of.pinned++
	return p.Pinned.Items(ctx, q)
}

func (p countedPin) PinnedAt(ctx context.Context) (geo.State, error) {
	p.of.pinned++
	return p.Pinned.PinnedAt(ctx)
}

// A pinned reader of the store answers, not one made of the view: that would ask for the
// state first.
func TestPinnedReadersAreTheStores(t *testing.T) {
	t.Parallel()
	store := seeded(t, openFile, geo.Border())
	v := &pinnedAlone{View: store.For(geo.Everybody), t: t}
	p := api.AskedView(v).Pinned()
	n := 0
	for _, err := range p.Items(context.Background(), geo.Query{Collection: geo.Border().Collections[0], Limit: 2}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	st, err := p.PinnedAt(context.Background())
	if err != nil || st.Last == 0 || n != 2 || v.pinned != 3 {
		t.Errorf("%d features of the state %+v, %v, after %d of 3 questions", n, st, err, v.pinned)
	}
}
