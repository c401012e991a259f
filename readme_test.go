package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"oxus/api"
	"oxus/data/geopackage"
	"oxus/data/geoparquet"
	"oxus/data/shapefile"
	"oxus/geo"
)

var updateDocs = flag.Bool("update-docs", false, "write the answers shown in the documents anew")

const documentedAddress = "http://localhost:8080"

var (
	// consoleBlock is a command and what it answers, as the documents show it. A
	// line that ends in a backslash goes on in the next.
	consoleBlock = regexp.MustCompile("(?s)```console\n\\$ ((?:[^\n]*\\\\\n)*[^\n]+)\n(.*?)```")
	// programBlock is a program in a language of languages and what it prints.
	programBlock = regexp.MustCompile("(?s)```(python|js|r)\n(.*?)```\n\n```text\n(.*?)```")
	anyProgram   = regexp.MustCompile("(?m)^```(python|js|r)$")
	localLink    = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
	// links end an answer. They are longer than the rest of it, and some have a cursor,
	// which has the moment its store was filled.
	links = regexp.MustCompile(`(?m),"links":\[\{.*\}\]\}$`)
)

// language runs a program that documents show.
type language struct{ suffix, command, install string }

var languages = map[string]language{
	"python": {".py", venvPython(), ".ci/tools installs it from .ci/python.txt"},
	"js":     {".mjs", "node", "install Node 20 or later"},
	"r":      {".R", "Rscript", "apt-get install r-base-core r-cran-sf"},
}

// venvPython is the Python of the tests with the packages of .ci/python.txt.
func venvPython() string {
	python, err := filepath.Abs(".tools/python/bin/python")
	if err != nil {
		return ".tools/python/bin/python"
	}
	return python
}

// TestDocumentedAnswersAreReal runs every command and program the documents show
// with an answer and compares it.
func TestDocumentedAnswersAreReal(t *testing.T) {
	server := documentedServer(t)
	for _, file := range documents(t) {
		t.Run(file, func(t *testing.T) {
			text := fileText(t, file)
			d := &documented{t: t, address: server, dir: t.TempDir()}
			made := d.run(text)
			if *updateDocs {
				if err := os.WriteFile(file, []byte(made), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if made != text {
				t.Errorf("%s shows other answers than these:\n%s", file, made)
			}
			if shown, run := len(anyProgram.FindAllString(text, -1)), len(programBlock.FindAllString(text, -1)); shown != run {
				t.Errorf("%s shows %d programs and the answers of %d", file, shown, run)
			}
		})
	}
}

// Links from document to document lead somewhere.
func TestDocumentsLinkToFiles(t *testing.T) {
	for _, file := range documents(t) {
		for _, link := range localLink.FindAllStringSubmatch(fileText(t, file), -1) {
			if _, err := os.Stat(filepath.FromSlash(path.Join(path.Dir(file), link[1]))); err != nil {
				t.Errorf("%s links to %s: %v", file, link[1], err)
			}
		}
	}
}

// documents are the README and all under docs.
func documents(t *testing.T) []string {
	t.Helper()
	files := []string{"README.md"}
	err := filepath.WalkDir("docs", func(file string, _ fs.DirEntry, err error) error {
		if filepath.Ext(file) == ".md" {
			files = append(files, filepath.ToSlash(file))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func fileText(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// documentedServer serves the curated dataset on the day the documents were
// written.
func documentedServer(t *testing.T) string {
	t.Helper()
	p := &program{settings: &settings{File: filepath.Join(t.TempDir(), "oxus.gpkg")}, log: slog.New(slog.DiscardHandler), atlas: geo.Border()}
	store, err := p.openStore(context.Background(), toServe)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	if err := p.fillWithSeed(context.Background(), store, "auto"); err != nil {
		t.Fatal(err)
	}
	return served(t, store, func(h http.Handler) http.Handler { return h })
}

// served starts a server whose links lead back to it, behind a handler that sees
// the requests, and returns its address.
func served(t *testing.T, store geo.Store, behind func(http.Handler) http.Handler) string {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	now := func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }
	server.Config.Handler = behind(api.New(geo.Border(), store, api.Options{
		BaseURL: "http://" + server.Listener.Addr().String(), Now: now, Log: quietLog(), GeoPackage: geopackage.WriteLayer, GeoParquet: geoparquet.WriteLayer, Shapefile: shapefile.WriteLayer,
	}))
	server.Start()
	t.Cleanup(server.Close)
	return server.URL
}

// documented runs what one document shows, in a directory of its own, with the
// address of a server in place of the one a reader sees.
type documented struct {
	t            *testing.T
	address, dir string
}

func (d *documented) run(text string) string {
	text = consoleBlock.ReplaceAllStringFunc(text, func(block string) string {
		command := consoleBlock.FindStringSubmatch(block)[1]
		return "```console\n$ " + command + "\n" + d.answer(command) + "```"
	})
	return programBlock.ReplaceAllStringFunc(text, func(block string) string {
		parts := programBlock.FindStringSubmatch(block)
		return "```" + parts[1] + "\n" + parts[2] + "```\n\n```text\n" + d.printed(parts[1], parts[2]) + "```"
	})
}

// answer is what a command prints.
func (d *documented) answer(command string) string {
	d.t.Helper()
	here := strings.ReplaceAll(command, documentedAddress, d.address)
	if target, isCurl := strings.CutPrefix(here, "curl -s 'http"); isCurl {
		response, err := http.Get("http" + strings.TrimSuffix(target, "'"))
		if err != nil {
			d.t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			d.t.Fatal(err)
		}
		return d.asShown(body)
	}
	return d.output(command, "the tests need GDAL and curl: apt-get install gdal-bin curl", "sh", "-c", here)
}

// printed is what a program prints.
func (d *documented) printed(name, program string) string {
	d.t.Helper()
	l := languages[name]
	file := filepath.Join(d.dir, "shown"+l.suffix)
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(program, documentedAddress, d.address)), 0o600); err != nil {
		d.t.Fatal(err)
	}
	return d.output(program, l.install, l.command, file)
}

func (d *documented) output(shown, install, name string, arguments ...string) string {
	d.t.Helper()
	command := exec.CommandContext(d.t.Context(), name, arguments...)
	command.Dir = d.dir
	out, err := command.Output()
	if err != nil {
		var failed *exec.ExitError
		if errors.As(err, &failed) {
			d.t.Log(string(failed.Stderr))
		}
		d.t.Fatalf("%s\n%v (%s)", shown, err, install)
	}
	return d.asShown(out)
}

// asShown is an answer with the address a reader sees, its links cut short, and with the
// ends of lines that the document has: those of CSV cannot be seen, and editors lose them.
func (d *documented) asShown(out []byte) string {
	seen := strings.NewReplacer(d.address, documentedAddress, "\r\n", "\n").Replace(string(out))
	return links.ReplaceAllString(seen, `,"links":[…]}`)
}

func quietLog() *slog.Logger { return slog.New(slog.DiscardHandler) }
