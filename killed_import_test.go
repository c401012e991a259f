package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"oxus/data/postgis/postgistest"
	"oxus/data/storetest"
	"oxus/geo"
)

// kills is how often a process is killed in each store, killedSteps what it is doing
// then, in turn.
const kills = 40

var killedSteps = []string{stepDecode, stepStage, stepApply, stepRollback}

// An import that is killed at any moment of decoding, staging, applying or taking back
// leaves the data as it was before or as it is after, its state says which, and it can
// go on or be given up.
func TestKilledImports(t *testing.T) {
	binary := killedBinary(t)
	for name, where := range map[string]func(t *testing.T) []string{
		"file": func(t *testing.T) []string {
			return []string{"OXUS_FILE=" + filepath.Join(t.TempDir(), "oxus.gpkg"), "DATABASE_URL=", "OXUS_UPLOADS=" + t.TempDir()}
		},
		"postgis": func(t *testing.T) []string {
			return []string{"DATABASE_URL=" + postgistest.Database(t), "OXUS_UPLOADS=" + t.TempDir()}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seed := rand.Uint64()
			k := killing{t: t, rng: rand.New(rand.NewPCG(seed, 0)), binary: binary, where: where(t), took: map[string]time.Duration{}, fell: map[string]int{}, states: map[geo.ImportState]int{}}
			k.begin()
			for n := range kills {
				k.round = fmt.Sprintf("seed %d, kill %d", seed, n)
				k.kill(killedSteps[n%len(killedSteps)])
			}
			for n := range kills { // a busy machine may be late for one each time
				if step, missing := k.missing(); missing {
					k.round = fmt.Sprintf("seed %d, kill %d", seed, kills+n)
					k.kill(step)
				}
			}
			t.Logf("the steps take %v; killed in the steps %v, in the states %v", k.took, k.fell, k.states)
			if step, missing := k.missing(); missing {
				t.Errorf("none was killed in the step %q", step)
			}
		})
	}
}

// killedBinary is the test binary without the detector of races, which makes the
// processes that are killed many times slower.
func killedBinary(t *testing.T) string {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if !storetest.Raced() {
		return binary
	}
	binary = filepath.Join(t.TempDir(), "oxus.test")
	build := exec.Command("go", "test", "-c", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("the program cannot be built without -race; Go (https://go.dev/dl) must be in PATH: %v\n%s", err, out)
	}
	return binary
}

// killing is a store whose imports are killed.
type killing struct {
	t      *testing.T
	rng    *rand.Rand
	binary string
	// where are the settings of the store, as an environment.
	where []string
	// round says which kill it is, for what fails.
	round, file   string
	before, after string
	// took is the least time that a step has taken which came to its end.
	took map[string]time.Duration
	// fell counts in which step processes were killed, states in which state imports
	// were found.
	fell   map[string]int
	states map[geo.ImportState]int
}

// missing is a step in which no process was killed.
func (k *killing) missing() (step string, is bool) {
	for _, step := range killedSteps {
		if k.fell[step] == 0 {
			return step, true
		}
	}
	return "", false
}

// begin fills the store, and lets each step come to its end once.
func (k *killing) begin() {
	k.t.Helper()
	rows := []string{"id,longitude,latitude,name_en,summary", "made-up-1,71.5,37.5,Made up,Changed for this test."}
	for i := range 300 {
		rows = append(rows, fmt.Sprintf("made-up-%d,%.4f,37.1,Made up %d,Made up for this test.", 100+i, 69+float64(i)/1000, i))
	}
	k.file = filepath.Join(k.t.TempDir(), "crossings.csv")
	if err := os.WriteFile(k.file, []byte(strings.Join(rows, "\n")+"\n"), 0o600); err != nil {
		k.t.Fatal(err)
	}
	k.run("", 0, "begin")
	k.before = k.look("look").Content
	k.run("", 0, "import", k.file)
	k.after = k.look("look").Content
	if k.after == k.before || k.look("settle", "on").Content != k.before {
		k.t.Fatal("an import that nobody kills changes nothing, or is not taken back")
	}
	k.run("", 0, "rollback", k.file)
	if k.look("look").Content != k.before {
		k.t.Fatal("an import that nobody kills is not taken back")
	}
}

// run runs a process, which says the steps it comes to, and kills it a while after it
// has come to one; at "" it lets it end. It returns the step it was in at last.
func (k *killing) run(at string, after time.Duration, args ...string) string {
	k.t.Helper()
	cmd := exec.Command(k.binary)
	cmd.Args = append([]string{killedName}, args...) // by this name the test binary is the program
	cmd.Env = append(os.Environ(), k.where...)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		k.t.Fatal(err)
	}
	last, began := "", time.Now()
	var killer sync.WaitGroup
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if took, known := k.took[last]; last != "" && (!known || time.Since(began) < took) {
			k.took[last] = time.Since(began)
		}
		last, began = lines.Text(), time.Now()
		if last == at {
			killer.Go(func() {
				time.Sleep(after)
				_ = cmd.Process.Kill() // it may have ended by itself
			})
		}
	}
	killer.Wait()
	if err := cmd.Wait(); err != nil && at == "" {
		k.t.Fatalf("%s: %v: %v %s", k.round, args, err, said.String())
	}
	return last
}

// look runs a process that tells what there is at its end.
func (k *killing) look(args ...string) (last killedLook) {
	k.t.Helper()
	for _, l := range k.looks(args...) {
		last = l
	}
	return last
}

func (k *killing) looks(args ...string) (list []killedLook) {
	k.t.Helper()
	cmd := exec.Command(k.binary)
	cmd.Args = append([]string{killedName}, args...)
	cmd.Env = append(os.Environ(), k.where...)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		k.t.Fatalf("%s: %v: %v %s", k.round, args, err, said.String())
	}
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var l killedLook
		err := decoder.Decode(&l)
		if err == io.EOF {
			return list
		}
		if err != nil {
			k.t.Fatalf("%s: %v: %v in %s", k.round, args, err, out)
		}
		list = append(list, l)
	}
}

// kill kills a process at some moment of a step, and another one goes on with the
// import or gives it up. Afterwards the data is as it was.
func (k *killing) kill(step string) {
	k.t.Helper()
	command := "import"
	if step == stepRollback {
		command = "rollback"
	}
	after := time.Duration(k.rng.Int64N(int64(k.took[step]) + 1))
	fell := k.run(step, after, command, k.file)
	k.fell[fell]++
	how := []string{"on", "discard"}[k.rng.IntN(2)]
	found := k.looks("settle", how)
	for i, l := range found {
		what := fmt.Sprintf("%s, killed %v after the beginning of %s, in %s, then %s", k.round, after, step, fell, how)
		want := k.before
		if l.State == geo.Applied && l.Undoes == "" {
			want = k.after
		}
		if l.Content != want {
			k.t.Fatalf("%s: the import %s is %s, and the data is another", what, l.ID, l.State)
		}
		if i == len(found)-1 && l.Content != k.before {
			k.t.Fatalf("%s: the data is not as it was before: %s is %s", what, l.ID, l.State)
		}
	}
	k.states[found[0].State]++
}
