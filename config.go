package main

import (
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// settings are the command line and the environment as one value.
type settings struct {
	File        string `env:"OXUS_FILE" placeholder:"PATH" help:"The GeoPackage that keeps the data when no database is set (default: oxus.gpkg in the user's data directory)."`
	DatabaseURL secret `env:"DATABASE_URL" placeholder:"URL" help:"PostgreSQL with PostGIS; replaces the file."`
	LogLevel    string `env:"OXUS_LOG_LEVEL" enum:"debug,info,warn,error" default:"info" help:"The least level logged (${enum})."`

	Serve       serveCommand       `cmd:"" help:"Serve the map and the API."`
	Import      importCommand      `cmd:"" help:"Import a file into a collection: shapefile, GeoJSON, CSV or KML."`
	Export      exportCommand      `cmd:"" help:"Write a collection as the API would answer it."`
	Migrate     migrateCommand     `cmd:"" help:"Bring the database to this version's schema."`
	Key         keyCommand         `cmd:"" help:"Keys that let programs write over HTTP."`
	Healthcheck healthcheckCommand `cmd:"" help:"Ask a running server whether it is ready; for container health checks."`
	Version     versionCommand     `cmd:"" help:"Print the version."`
}

type serveCommand struct {
	Listen  string        `env:"OXUS_LISTEN" default:"localhost:8080" placeholder:"ADDRESS" help:"Address to listen on (${default})."`
	BaseURL string        `env:"OXUS_BASE_URL" placeholder:"URL" help:"Address clients reach the server at; every link starts with it (default: http:// and the listening address)."`
	Seed    string        `env:"OXUS_SEED" enum:"auto,always,never" default:"auto" help:"Fill the store with the curated dataset: auto when it is empty, always to write it over what is there, or never."`
	Timeout time.Duration `env:"OXUS_SHUTDOWN_TIMEOUT" default:"10s" help:"How long requests may take to finish when the server is told to stop (${default})."`
}

type importCommand struct {
	Path       string            `arg:"" name:"file" type:"existingfile" help:"A shapefile (zipped, or a .shp with its siblings beside it), GeoJSON or a sequence of it, CSV, .kml or .kmz; what it is, its contents tell."`
	Collection string            `required:"" short:"c" help:"The collection to import into."`
	DryRun     bool              `help:"Report what would happen and change nothing."`
	CRS        string            `name:"crs" placeholder:"EPSG:N" help:"The coordinate reference system, when the file does not say it or says it wrongly."`
	Encoding   string            `placeholder:"NAME" help:"The encoding of the texts, when the file does not say it or says it wrongly."`
	Separator  string            `enum:"auto,comma,semicolon,tab,bar" default:"auto" help:"What stands between the cells of a CSV (${enum})."`
	X          string            `placeholder:"COLUMN" help:"The column of a CSV with the longitude or easting, when its name does not tell."`
	Y          string            `placeholder:"COLUMN" help:"The column of a CSV with the latitude or northing, when its name does not tell."`
	WKT        string            `name:"wkt" placeholder:"COLUMN" help:"The column of a CSV with Well-Known Text, when its name does not tell."`
	Layer      string            `placeholder:"NAME" help:"The layer, when the file has several."`
	Map        map[string]string `mapsep:"," placeholder:"FIELD=PROPERTY" help:"Which field fills which property; fields named like a property need none."`
	Key        string            `default:"id" placeholder:"PROPERTY" help:"The property that tells which feature a record is (${default})."`
	Actor      string            `env:"OXUS_ACTOR" placeholder:"NAME" help:"Who imports, for the history (default: the user's name)."`
}

type exportCommand struct {
	Collection string `required:"" short:"c" help:"The collection to write."`
	Format     string `enum:"geojson" default:"geojson" help:"The format (${enum})."`
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
