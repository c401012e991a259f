package main

import (
	"fmt"
	"io"
	"math"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"oxus/geo"
)

// settings are the command line and the environment as one value.
type settings struct {
	File        string    `env:"OXUS_FILE" placeholder:"PATH" help:"The GeoPackage that keeps the data when no database is set (default: oxus.gpkg in the user's data directory)."`
	DatabaseURL secret    `env:"DATABASE_URL" placeholder:"URL" help:"PostgreSQL with PostGIS; replaces the file."`
	Uploads     string    `env:"OXUS_UPLOADS" placeholder:"PATH" help:"The folder that keeps the files of imports until they are applied or discarded (default: beside the file, with a database in the user's cache directory)."`
	Private     audiences `env:"OXUS_PRIVATE" placeholder:"COLLECTION:ROLE" help:"Collections that are shown only to those with a role or a higher one (viewer, editor, maintainer), with commas between them."`
	LogLevel    string    `env:"OXUS_LOG_LEVEL" enum:"debug,info,warn,error" default:"info" help:"The least level logged (${enum})."`

	Serve       serveCommand       `cmd:"" help:"Serve the map and the API."`
	Import      importCommand      `cmd:"" help:"Import a file into a collection, the status periods or the sources."`
	Export      exportCommand      `cmd:"" help:"Write a collection as the API would answer it."`
	Migrate     migrateCommand     `cmd:"" help:"Bring the database to this version's schema."`
	Key         keyCommand         `cmd:"" help:"Keys that let programs write over HTTP."`
	Healthcheck healthcheckCommand `cmd:"" help:"Ask a running server whether it is ready; for container health checks."`
	Version     versionCommand     `cmd:"" help:"Print the version."`
}

type serveCommand struct {
	Listen    string        `env:"OXUS_LISTEN" default:"localhost:8080" placeholder:"ADDRESS" help:"Address to listen on (${default})."`
	BaseURL   string        `env:"OXUS_BASE_URL" placeholder:"URL" help:"Address clients reach the server at; every link starts with it (default: http:// and the listening address)."`
	MaxUpload size          `env:"OXUS_MAX_UPLOAD" default:"2GiB" placeholder:"BYTES" help:"The most that the files of an upload may have, with KiB, MiB or GiB (${default})."`
	Cache     budget        `env:"OXUS_CACHE" default:"64MiB" placeholder:"BYTES" help:"How many bytes of answers are kept for as long as they are still the answers, with KiB, MiB or GiB; 0 keeps none (${default})."`
	Seed      string        `env:"OXUS_SEED" enum:"auto,always,never" default:"auto" help:"Fill the store with the curated dataset: auto when it is empty, always to write it over what is there, or never."`
	Memory    budget        `env:"OXUS_MEMORY" default:"512MiB" placeholder:"BYTES" help:"How much memory collections in PostgreSQL may take that are answered from memory, with KiB, MiB or GiB; 0 for none (${default})."`
	OIDC      oidcSettings  `embed:"" prefix:"oidc-"`
	Tiles     string        `name:"basemap-tiles" env:"OXUS_BASEMAP_TILES" placeholder:"URL" help:"An online map that readers may turn on under the data: the address of its tiles with {z}, {x} and {y}."`
	Credit    string        `name:"basemap-attribution" env:"OXUS_BASEMAP_ATTRIBUTION" placeholder:"TEXT" help:"What the makers of the online map ask to be shown."`
	Ops       opsSettings   `embed:""`
	Timeout   time.Duration `env:"OXUS_SHUTDOWN_TIMEOUT" default:"10s" help:"How long requests may take to finish when the server is told to stop (${default})."`
}

// opsSettings are for those who run the server: what it shows them, and what it takes on.
type opsSettings struct {
	Admin        string        `env:"OXUS_ADMIN" placeholder:"ADDRESS" help:"Address to show metrics and profiles at, such as localhost:9464; it asks for no key (default: none)."`
	WriteTimeout time.Duration `env:"OXUS_WRITE_TIMEOUT" default:"2m" placeholder:"TIME" help:"How long a client may take to read 64 kB of an answer before it is cut off (${default})."`
	SlowQuestion time.Duration `env:"OXUS_SLOW_QUESTION" default:"1s" placeholder:"TIME" help:"Questions to the store that take longer are logged; 0s logs none (${default})."`
	MaxTiles     int           `env:"OXUS_MAX_TILES" placeholder:"N" help:"Vector tiles that are made at once; more wait (default: twice the processors, at least 4)."`
	MaxPages     int           `env:"OXUS_MAX_PAGES" placeholder:"N" help:"Other requests for data that are worked on at once (default: twice the processors, at least 4)."`
	MaxExports   int           `env:"OXUS_MAX_EXPORTS" placeholder:"N" help:"Whole collections that are written at once (default: four times the processors, at least 24)."`
	MaxQueue     int           `env:"OXUS_MAX_QUEUE" default:"32" placeholder:"N" help:"Requests that may wait for each that is worked on; the next is refused with a 503 (${default})."`
	MaxWait      time.Duration `env:"OXUS_MAX_WAIT" default:"5s" placeholder:"TIME" help:"How long a request waits at most before it is refused with a 503 (${default})."`
	Traces       string        `env:"OXUS_TRACES" placeholder:"URL" help:"Collector of OpenTelemetry to send traces to, over HTTP, such as http://localhost:4318 (default: none)."`
	TracesShare  float64       `env:"OXUS_TRACES_SHARE" default:"0.1" placeholder:"SHARE" help:"The share of requests that are traced, from 0 to 1 (${default})."`
}

// oidcSettings name the identity provider whose tokens count beside keys.
type oidcSettings struct {
	Issuer    string    `env:"OXUS_OIDC_ISSUER" placeholder:"URL" help:"The OpenID Connect provider whose tokens count beside keys, as its tokens name it (default: none)."`
	Audience  string    `env:"OXUS_OIDC_AUDIENCE" placeholder:"NAME" help:"What a token must be meant for; needed with an issuer."`
	RoleClaim string    `env:"OXUS_OIDC_ROLE_CLAIM" default:"roles" placeholder:"CLAIM" help:"The claim that holds the role or a list of roles, with dots between names of members inside members (${default})."`
	Roles     roleNames `env:"OXUS_OIDC_ROLES" placeholder:"VALUE=ROLE" help:"Which values of the claim give which role, with commas between them (default: the roles' own names)."`
}

type importCommand struct {
	File     importFileCommand     `cmd:"" default:"withargs" help:"Check a file, show what it would change, and apply it."`
	List     importListCommand     `cmd:"" help:"List the imports, the newest first."`
	Show     importShowCommand     `cmd:"" help:"Show what an import would change, or did."`
	Stage    importStageCommand    `cmd:"" help:"Check an import again, with other options or against the data as it is now."`
	Apply    importApplyCommand    `cmd:"" help:"Make what an import would change part of the data."`
	Discard  importDiscardCommand  `cmd:"" help:"Give an import up."`
	Rollback importRollbackCommand `cmd:"" help:"Take an applied import back."`
}

// importOptions are what a maintainer may say about an import.
type importOptions struct {
	CRS       string            `name:"crs" placeholder:"EPSG:N" help:"The coordinate reference system, when the file does not say it or says it wrongly."`
	Encoding  string            `placeholder:"NAME" help:"The encoding of the texts, when the file does not say it or says it wrongly."`
	Separator string            `enum:",comma,semicolon,tab,bar" default:"" help:"What stands between the cells of a table, when it cannot be told."`
	X         string            `placeholder:"COLUMN" help:"The column of a table with the longitude or easting, when its name does not tell."`
	Y         string            `placeholder:"COLUMN" help:"The column of a table with the latitude or northing, when its name does not tell."`
	WKT       string            `name:"wkt" placeholder:"COLUMN" help:"The column of a table with Well-Known Text, when its name does not tell."`
	Layer     string            `placeholder:"NAME" help:"The layer, when the file has several."`
	Map       map[string]string `mapsep:"," placeholder:"FIELD=PROPERTY" help:"Which field fills which property; fields named like a property need none."`
	Mapping   string            `placeholder:"NAME" help:"A saved mapping; --map goes before it."`
	Key       string            `placeholder:"PROPERTY" help:"The property that tells which feature a record is (default: id)."`
	Mode      string            `enum:",upsert,replace,insert,update-only" default:"" help:"upsert (the default) adds and changes; replace takes the file for the whole collection; insert only adds; update-only only changes."`
	Audience  string            `enum:",viewer,editor,maintainer" default:"" help:"The least role that may see what the import brings (default: everybody; of a dataset whose terms forbid to pass it on, maintainer)."`
	Missing   string            `enum:",keep,remove" default:"" help:"With --mode replace, what becomes of stored features that the file does not have: keep or remove."`
}

type importFileCommand struct {
	Path          string `arg:"" name:"file" type:"existingfile" help:"A shapefile (zipped, or a .shp with its siblings beside it), GeoJSON or a sequence of it, CSV, .kml or .kmz, or a GeoPackage; what it is, its contents tell."`
	Collection    string `required:"" short:"c" help:"What to import into: a collection, status, or sources."`
	importOptions `embed:""`
	DryRun        bool   `xor:"how" help:"Report what would happen and keep nothing."`
	Yes           bool   `short:"y" xor:"how" help:"Apply without asking."`
	SaveMapping   string `placeholder:"NAME" help:"Keep the mapping under a name, for --mapping."`
	Token         string `placeholder:"TEXT" help:"Names the import: with the same token again it is the same import."`
	importWho     `embed:""`
	importHow     `embed:""`
}

type importWho struct {
	Actor string `env:"OXUS_ACTOR" placeholder:"NAME" help:"Who imports, for the history (default: the user's name)."`
}

type importHow struct {
	AcceptWarnings bool `help:"Apply in spite of warnings."`
	JSON           bool `name:"json" help:"Print JSON."`
}

type importListCommand struct {
	JSON bool `name:"json" help:"Print JSON."`
}

type importShowCommand struct {
	ID   string `arg:"" help:"The id of the import."`
	Rows bool   `help:"Show every row with what changes in it, not only the first."`
	JSON bool   `name:"json" help:"Print JSON."`
}

type importStageCommand struct {
	ID            string `arg:"" help:"The id of the import."`
	importOptions `embed:""`
	JSON          bool `name:"json" help:"Print JSON."`
}

type importApplyCommand struct {
	ID        string `arg:"" help:"The id of the import."`
	importWho `embed:""`
	importHow `embed:""`
}

type importDiscardCommand struct {
	ID   string `arg:"" help:"The id of the import."`
	JSON bool   `name:"json" help:"Print JSON."`
}

type importRollbackCommand struct {
	ID            string `arg:"" help:"The id of the import."`
	OnlyUntouched bool   `help:"Leave rows as they are that were changed after the import."`
	importWho     `embed:""`
	JSON          bool `name:"json" help:"Print JSON."`
}

type exportCommand struct {
	Collection string `required:"" short:"c" help:"The collection to write."`
	Format     string `enum:"geojson" default:"geojson" help:"The format (${enum})."`
	Role       string `enum:",viewer,editor,maintainer" default:"" help:"Whose view to write; without it what everybody may see, and nothing that is kept for a role."`
	Output     string `short:"o" placeholder:"PATH" help:"The file to write (default: standard output)."`
}

type migrateCommand struct{}

type healthcheckCommand struct {
	URL string `env:"OXUS_HEALTH_URL" default:"http://127.0.0.1:8080/readyz" help:"What to ask (${default})."`
}

type versionCommand struct{}

// secret is a text that prints without its password.
type secret string

// String redacts the password of a URL; what is no URL is hidden whole.
func (s secret) String() string {
	u, err := url.Parse(string(s))
	if s == "" {
		return ""
	}
	if err != nil || u.Scheme == "" {
		return "(hidden)"
	}
	hidden := ""
	if u.RawQuery != "" {
		u.RawQuery, hidden = "", "?(hidden)" // a password can stand there too
	}
	return u.Redacted() + hidden
}

// size is a number of bytes.
type size int64

// UnmarshalText reads a whole number, with a unit of 1024 of the one before or none.
func (s *size) UnmarshalText(text []byte) error {
	digits, unit := string(text), int64(1)
	for i, suffix := range []string{"KiB", "MiB", "GiB", "TiB"} {
		if rest, ok := strings.CutSuffix(digits, suffix); ok {
			digits, unit = rest, 1<<(10*(i+1))
		}
	}
	n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
	if err != nil || n < 1 || n > math.MaxInt64/unit {
		return fmt.Errorf("%q is not a number of bytes such as 500MiB", text)
	}
	*s = size(n * unit)
	return nil
}

// budget is a number of bytes that may be none.
type budget int64

// UnmarshalText reads what size reads, and 0.
func (b *budget) UnmarshalText(text []byte) error {
	if string(text) == "0" {
		*b = 0
		return nil
	}
	return (*size)(b).UnmarshalText(text)
}

// audiences are collections with the least role that may see each.
type audiences map[string]geo.Role

// UnmarshalText reads COLLECTION:ROLE, with commas between them.
func (a *audiences) UnmarshalText(text []byte) error {
	*a = audiences{}
	return pairs(string(text), ":", func(collection, role string) { (*a)[collection] = geo.Role(role) })
}

// roleNames are roles by the values of a claim that give them.
type roleNames map[string]geo.Role

// UnmarshalText reads VALUE=ROLE, with commas between them.
func (n *roleNames) UnmarshalText(text []byte) error {
	*n = roleNames{}
	return pairs(string(text), "=", func(value, role string) { (*n)[value] = geo.Role(role) })
}

// pairs reads pairs with commas between them. A pair parts where its separator
// stands last: a name may hold it.
func pairs(text, separator string, each func(name, role string)) error {
	for pair := range strings.SplitSeq(text, ",") {
		pair = strings.TrimSpace(pair)
		i := strings.LastIndex(pair, separator)
		if i < 1 || i == len(pair)-1 {
			return fmt.Errorf("%q is not a name, %q and a role", pair, separator)
		}
		each(pair[:i], pair[i+1:])
	}
	return nil
}

// parse reads arguments and environment into settings. A request for help has
// been answered when helped is true.
func parse(args []string, stdout io.Writer) (s *settings, command string, helped bool, err error) {
	s = &settings{}
	parser, err := kong.New(s, kong.Name("oxus"), kong.Writers(stdout, stdout),
		kong.Description("A map server for the infrastructure of the Tajik–Afghan border."),
		kong.Exit(func(int) { helped = true }), kong.Vars{})
	if err != nil {
		return nil, "", false, fmt.Errorf("declare the command line: %w", err)
	}
	parsed, err := parser.Parse(args)
	if helped || err != nil {
		if helped {
			err = nil // what kong says after the help is about words that were not needed
		}
		return s, "", helped, err
	}
	if s.File == "" && s.DatabaseURL == "" {
		s.File, err = defaultFile()
	}
	return s, parsed.Command(), false, err
}

// defaultFile is oxus.gpkg in the user's data directory (XDG Base Directory).
func defaultFile() (string, error) {
	if dir := os.Getenv("XDG_DATA_HOME"); dir != "" {
		return filepath.Join(dir, "oxus", "oxus.gpkg"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("no --file given and no home directory to keep one in: %w", err)
	}
	return filepath.Join(home, ".local", "share", "oxus", "oxus.gpkg"), nil
}

// baseURL is the configured address of the server, else one made from where it
// listens.
func (c *serveCommand) baseURL(listening net.Addr) (string, error) {
	if c.BaseURL == "" {
		host, port, err := net.SplitHostPort(listening.String())
		if err != nil {
			return "", err
		}
		if ip := net.ParseIP(host); ip != nil && (ip.IsUnspecified() || ip.IsLoopback() && strings.HasPrefix(c.Listen, "localhost")) {
			host = "localhost"
		}
		return "http://" + net.JoinHostPort(host, port), nil
	}
	u, err := url.Parse(c.BaseURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" {
		return "", fmt.Errorf("--base-url: %q is not an http address", c.BaseURL)
	}
	return strings.TrimRight(c.BaseURL, "/"), nil
}
