package run

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// peer is MapServer over the same database: its FastCGI program behind lighttpd, as Debian has
// both.
type peer struct {
	process *process
	missing string
}

const (
	// mapName is what the peer calls its map.
	mapName = "BENCH"
	// lighttpd lies where only root's path leads.
	lighttpd = "/usr/sbin/lighttpd"
)

// mapFile has one collection with everything, and a layer for tiles with what the map shows.
const mapFile = `MAP
  NAME "bench"
  SIZE 256 256
  EXTENT 67 36 75 40
  PROJECTION
    "init=epsg:4326"
  END
  WEB
    METADATA
      "oga_onlineresource" "URL/BENCH/ogcapi"
      "oga_enable_request" "*"
      "ows_title" "bench"
      "oga_max_limit" "10000"
    END
  END
  OUTPUTFORMAT
    NAME "mvt"
    DRIVER "MVT"
    FORMATOPTION "EDGE_BUFFER=8"
  END
  LAYER
    NAME "incidents"
    COMMON
    DATA "geom FROM (SELECT id, title, category, place_name, admin1, country, actors, fatalities_low, fatalities_high, injuries, confidence, related_features, summary, position_accuracy_m, position_basis, start_date, start_precision, end_date, end_precision, sources, revision, geom FROM oxus.incidents) AS f USING UNIQUE id USING SRID=4326"
  END
  LAYER
    NAME "tiles"
    COMMON
    DATA "geom FROM (SELECT id, title, category, start_date, geom FROM oxus.incidents WHERE lifetime && daterange('FROM', 'UNTIL', '[]')) AS f USING UNIQUE id USING SRID=4326"
  END
END
`

// layerOfMap stands in both layers.
const layerOfMap = `STATUS ON
    TEMPLATE "void"
    TYPE POINT
    CONNECTIONTYPE POSTGIS
    CONNECTION "host=SOCKET user=postgres dbname=DATABASE options='-c jit=off'"
    PROCESSING "CLOSE_CONNECTION=DEFER"
    EXTENT 67 36 75 40
    PROJECTION
      "init=epsg:4326"
    END
    METADATA
      "ows_title" "incidents"
      "gml_featureid" "id"
      "gml_include_items" "all"
    END`

const lighttpdConfig = `server.port = PORT
server.bind = "127.0.0.1"
server.document-root = "DIR"
server.modules = ("mod_fastcgi")
fastcgi.server = ("/" => (("bin-path" => "MAPSERV", "socket" => "SOCKET/mapserv", "check-local" => "disable", "max-procs" => 4,
 "fix-root-scriptname" => "enable", "bin-environment" => ("MAPSERVER_CONFIG_FILE" => "DIR/mapserver.conf"))))
`

// startPeer starts MapServer where it is installed.
func (b *bench) startPeer(ctx context.Context) (*peer, error) {
	mapserv, errMapserv := exec.LookPath("mapserv")
	if _, err := os.Stat(lighttpd); errors.Join(errMapserv, err) != nil {
		//nolint:nilerr // what is not installed is told as missing
		return &peer{missing: "it is not installed (Debian: apt-get install --no-install-recommends cgi-mapserver lighttpd)"}, nil
	}
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	from, until := period()
	_, port, _ := strings.Cut(address, ":")
	_, database, _ := strings.Cut(b.database, "@/")
	database, _, _ = strings.Cut(database, "?")
	dir := filepath.Join(b.Dir, "mapserver")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	values := strings.NewReplacer("SOCKET", b.cluster.socket, "DATABASE", database, "URL", "http://"+address,
		"'FROM'", "'"+from+"'", "'UNTIL'", "'"+until+"'", "PORT", port, "DIR", dir, "MAPSERV\"", mapserv+`"`)
	for name, text := range map[string]string{
		"bench.map": strings.ReplaceAll(mapFile, "COMMON", layerOfMap), "lighttpd.conf": lighttpdConfig,
		"mapserver.conf": "CONFIG\n  ENV\n    MS_MAP_PATTERN \".\"\n  END\n  MAPS\n    BENCH \"DIR/bench.map\"\n  END\nEND\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(values.Replace(text)), 0o644); err != nil {
			return nil, err
		}
	}
	p, err := startAt(ctx, b.Dir, "MapServer", address, "/"+mapName+"/ogcapi/collections?f=json", nil, lighttpd, "-D", "-f", filepath.Join(dir, "lighttpd.conf"))
	if err != nil {
		return nil, err
	}
	b.running = append(b.running, p)
	return &peer{process: p}, nil
}

// peerAsked is MapServer, asked the same; paths that begin with ? are those of its tiles.
func (b *bench) peerAsked(ctx context.Context, q *question) contender {
	c := contender{name: "MapServer", missing: b.peer.missing, want: http.StatusOK}
	if c.missing != "" {
		return c
	}
	c.process = b.peer.process
	paths := make([]string, len(q.peer))
	for i, p := range q.peer {
		if strings.HasPrefix(p, "?") {
			paths[i] = "/" + mapName + "/" + p
		} else {
			paths[i] = "/" + mapName + "/ogcapi" + p
		}
	}
	c.targets = targets(c.process.url, paths, q.gzip)
	// It tells faults with the status of what is well.
	header, body, err := fetch(ctx, &c.targets[0])
	if err != nil {
		c.missing = err.Error()
		return c
	}
	if mediaType := header.Get("Content-Type"); !strings.Contains(mediaType, "json") && !strings.Contains(mediaType, "vector-tile") {
		c.missing = fmt.Sprintf("it answers %s: %.200q", mediaType, body)
		return c
	}
	c.bytes = b.typical(ctx, c.process.url, paths, q.gzip)
	return c
}

// peerVersion names MapServer's version, "" where there is none.
func (b *bench) peerVersion(ctx context.Context) string {
	if b.peer.process == nil {
		return ""
	}
	out, err := exec.CommandContext(ctx, "mapserv", "-v").Output()
	if err != nil {
		return ""
	}
	version, _, _ := strings.Cut(strings.TrimPrefix(string(out), "MapServer version "), " ")
	return fmt.Sprintf("; MapServer %s with four processes behind lighttpd", version)
}
