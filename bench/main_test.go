package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"oxus/bench/report"
)

// The test binary is a floor when it is started as one.
func TestMain(m *testing.M) {
	if len(os.Args) == 5 && os.Args[1] == "floor" {
		main()
		return
	}
	m.Run()
}

// The whole harness runs over a few rows, so that it cannot rot: every case is measured, nothing
// fails, and what the page shows are numbers.
func TestWholeRun(t *testing.T) {
	dir, err := os.MkdirTemp("/tmp", "oxus-bench-test-") // where the database's user may go
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	page := filepath.Join(dir, "performance.md")
	if err := os.WriteFile(page, []byte("before\n<!-- make bench writes from here -->\nold\n<!-- to here -->\nafter\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Chdir("..")
	environment := map[string]string{
		"BENCH_ROWS": "3000", "BENCH_SECONDS": "0.05", "BENCH_ROUNDS": "1", "BENCH_GROWTH": "2", "BENCH_DIR": filepath.Join(dir, "kept"), "BENCH_PAGE": page,
	}
	var told strings.Builder
	if err := command(context.Background(), nil, func(name string) string { return environment[name] }, &told); err != nil {
		t.Fatalf("%v\n%s", err, told.String())
	}
	results, err := report.Read(filepath.Join(dir, "kept", "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	ids := strings.Fields("A B C D E I F6 F7 F8 F9 F10 F11 F12 J G H-geojson H-csv H-fgb M L K-A K-D K-E K-I")
	if len(results.Cases) != len(ids) {
		t.Errorf("%d cases were measured, want %d", len(results.Cases), len(ids))
	}
	for i := range results.Cases {
		holdsNumbers(t, &results.Cases[i])
	}
	for _, id := range ids {
		if !strings.Contains(string(text), "\n### "+id+": ") {
			t.Errorf("the page has no case %s", id)
		}
	}
	if bad := regexp.MustCompile(`NaN|Inf|%!|Not measured\.`).FindAllString(string(text), -1); bad != nil || strings.Contains(string(text), "old") {
		t.Errorf("the page holds %q:\n%s", bad, text)
	}
	if !strings.HasPrefix(string(text), "before\n") || !strings.HasSuffix(string(text), "after\n") {
		t.Errorf("what is written by hand is gone:\n%s", text)
	}
	if _, complaint, found := strings.Cut(told.String(), ": 0 "); found {
		t.Errorf("an answer failed: %s", complaint)
	}
}

// holdsNumbers checks that what was measured of a case is positive and finite, without errors.
func holdsNumbers(t *testing.T, c *report.Case) {
	t.Helper()
	if len(c.Variants)+len(c.Figures) == 0 {
		t.Errorf("%s holds nothing", c.ID)
	}
	measured := 0
	var floor string
	for _, v := range c.Variants {
		if v.Missing != "" {
			if !strings.Contains(v.Missing, "this build") && !strings.Contains(v.Missing, "not installed") {
				t.Errorf("%s of %s is missing: %s", v.Name, c.ID, v.Missing)
			}
			continue
		}
		measured++
		if v.Floor {
			floor = v.Name
		}
		for _, r := range v.Rounds {
			if !(r.Rate > 0) || math.IsInf(r.Rate, 0) || r.Errors > 0 || r.Answers == 0 {
				t.Errorf("%s of %s: %+v", v.Name, c.ID, r)
			}
		}
	}
	for _, v := range c.Variants {
		if ratio := c.Ratio(v.Name, floor); v.Missing == "" && !(ratio > 0) {
			t.Errorf("the ratio of %s of %s to %s is %v", v.Name, c.ID, floor, ratio)
		}
	}
	if len(c.Variants) > 0 && measured < 2 {
		t.Errorf("%s compares nothing", c.ID)
	}
	for _, f := range c.Figures {
		if f.Missing == "" && (math.IsNaN(f.Value) || math.IsInf(f.Value, 0)) {
			t.Errorf("%s of %s is %v", f.Name, c.ID, f.Value)
		}
	}
}

func TestWrongUse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		name string
		text string
		want string
	}{
		{[]string{"quickly"}, "", "", "no arguments"},
		{nil, "BENCH_ROWS", "many", "BENCH_ROWS=many"},
		{nil, "BENCH_ROWS", "7", "from 100 on"},
		{nil, "BENCH_SECONDS", "-1", "between 0 and 600"},
		{nil, "BENCH_SECONDS", "NaN", "between 0 and 600"},
		{nil, "BENCH_SEED", "x", "BENCH_SEED=x"},
		{[]string{"floor", "brick", "127.0.0.1:0", ""}, "", "", "neither echo nor sql"},
	} {
		err := command(context.Background(), c.args, func(name string) string {
			if name == c.name {
				return c.text
			}
			return ""
		}, new(strings.Builder))
		if err == nil || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%v %s=%s: %v, want %q in it", c.args, c.name, c.text, err, c.want)
		}
	}
}
