# Everything Oxus needs is one of these targets; `make help` lists them.

GOLANGCI_LINT_VERSION := v2.15.0
GOFUMPT_VERSION       := v0.12.0
GOVULNCHECK_VERSION   := v1.9.0
BENCHSTAT_VERSION     := v0.0.0-20260908200009-22c9c6c9d4da

TOOLS := $(CURDIR)/.tools
# One way to compile for the program, its rules and its tests, so that each finds what another has compiled.
export CGO_ENABLED := 0
export GOFLAGS := -trimpath
# The race detector needs a C compiler; without one the tests still run. It watches all but the inside of SQLite,
# whose translation from C has locks of its own and would take most of the detector's time. Only a package without
# generic code can be left out: of that the linker keeps one copy for the whole program, and where it is the unwatched
# one of sync.Map the detector sees no order between those who use it, and reports races that are none.
RACE := $(shell command -v cc >/dev/null 2>&1 && echo -race)
UNWATCHED := -gcflags='modernc.org/sqlite/lib=-race=false'
# These take fewer steps under the race detector, and all of them without it.
LONG_WALKS := ^(TestKeptIsNotThere|TestRandomWalks|TestRandomImportsAreTakenBack|TestBoxesInSystems|TestSendingBackChangesNothing|TestCrowdedTiles|TestMemoryDoesNotGrowWithRows|TestCorpus|TestTime|TestConformance|TestScripts|TestHostileFilesCostLittle|TestManyLeaveWhatSingleOnesLeave|TestRateHoldsPastTheMaximum)$$
# What takes longest begins first, so that nothing is left to run alone at the end.
LONGEST := . ./api ./data/postgis ./data/shapefile
FUZZTIME ?= 20s
QUICK := Encode|EncodeTile|Parse|HilbertRanges|HilbertKeyOf|ToWGS84

.DEFAULT_GOAL := help
.PHONY: help run build page binary test test-go test-page test-browser tools-test lint fmt bench bench-go bench-stat bench-page fuzz golden basemap screenshots vuln clean

help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## Build everything and serve http://localhost:8080 from var/oxus.gpkg
	@mkdir -p var
	bin/oxus serve --listen localhost:8080 --file var/oxus.gpkg

build: page binary ## Build the page and then the binary that carries it, bin/oxus

page: frontend/dist/index.html

frontend/node_modules: frontend/package.json frontend/package-lock.json
	cd frontend && npm ci --no-audit --no-fund
	@touch $@

frontend/dist/index.html: frontend/node_modules $(shell find frontend/src frontend/public frontend/basemap/central-asia.json frontend/basemap/world.json frontend/index.html frontend/maintain.html frontend/translating.html frontend/embed.html frontend/embed frontend/api frontend/vite.config.ts frontend/build-worker.ts -type f 2>/dev/null)
	cd frontend && npm run build
	@touch $@

binary:
	go build -o bin/oxus .

test: tools-test build test-go test-page test-browser ## Run every test; installs PostGIS, GDAL, PROJ, Chromium and Python packages where it can

tools-test:
	@.ci/tools

test-go:
	$(if $(RACE),CGO_ENABLED=1) go test $(if $(RACE),$(RACE) $(UNWATCHED)) -timeout 30m -shuffle=on $(LONGEST) ./...
	$(if $(RACE),go test -timeout 30m -shuffle=on -run '$(LONG_WALKS)' ./api ./data/geoparquet ./data/geopackage .)

test-page: frontend/node_modules
	cd frontend && npm test

test-browser: build
	cd frontend && npm run test:browser

lint: $(TOOLS)/golangci-lint-$(GOLANGCI_LINT_VERSION) frontend/node_modules ## Check formats, types and the rules in .golangci.yml
	go mod verify
	$(TOOLS)/golangci-lint-$(GOLANGCI_LINT_VERSION) run ./...
	cd frontend && npm run check

$(TOOLS)/golangci-lint-$(GOLANGCI_LINT_VERSION):
	GOBIN=$(TOOLS) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)
	mv $(TOOLS)/golangci-lint $@

fmt: ## Format Go and TypeScript
	go run mvdan.cc/gofumpt@$(GOFUMPT_VERSION) -w $$(git ls-files '*.go')
	cd frontend && npm run format

bench: ## Measure against floors and peers, and write docs/performance.md; BENCH_ONLY=A,B measures some cases
	go build -o var/bench/bench ./bench
	var/bench/bench

bench-page: build ## Measure the map page in a browser, and write docs/performance/page.md and a table in docs/performance.md
	cd frontend && npx vitest run --config vitest.browser.config.ts --project measured slow million
	node frontend/bench/page.mjs

bench-go: ## Run the Go benchmarks with allocations
	go test -run '^$$' -bench . -benchmem ./...

bench-stat: ## Run the quick Go benchmarks and hold them against .ci/bench.txt; allocations are the same on every machine, times are not
	@mkdir -p var
	go test -run '^$$' -bench '^Benchmark($(QUICK))$$' -benchtime 20ms -count 6 -benchmem ./api ./geo ./geo/crs > var/bench.txt
	go run golang.org/x/perf/cmd/benchstat@$(BENCHSTAT_VERSION) .ci/bench.txt var/bench.txt

fuzz: ## Fuzz every parser for FUZZTIME each (default 20s)
	@.ci/fuzz $(FUZZTIME)

golden: ## Write the golden answers anew; read the diff before committing it
	go test ./api -run TestGolden -update

basemap: ## Rebuild the offline basemap from Natural Earth
	frontend/basemap/build.sh

screenshots: test-browser ## Take the pictures of the README and docs/screenshots.md anew
	cp frontend/artifacts/desktop.png docs/map.png
	cd docs/screenshots && for shot in *.png; do cp ../../frontend/artifacts/$$shot .; done

vuln: ## Look for known vulnerabilities in what the binary uses
	go run golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK_VERSION) ./...

clean: ## Remove what builds leave
	rm -rf bin var frontend/dist/* .tools
