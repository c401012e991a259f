package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"oxus/data/archive"
	"oxus/data/delimited"
	"oxus/data/events"
	"oxus/data/geojson"
	"oxus/data/geopackage"
	"oxus/data/ingest"
	"oxus/data/kml"
	"oxus/data/shapefile"
	"oxus/geo"
)

// opener is a format that can be imported.
type opener struct {
	name string
	// looks tells by the first bytes and the name whether a file is of the format.
	looks func(head []byte, name string) bool
	open  func(ctx context.Context, o ingest.Opening) (ingest.File, error)
}

// openers are the formats in the order they are tried in: what the first bytes tell
// for certain comes before what may be any text.
var openers = []opener{
	{"GeoPackage", func(head []byte, _ string) bool { return geopackage.Looks(head) }, openGeoPackage},
	{"KML (.kml, .kmz)", kml.Looks, func(_ context.Context, o ingest.Opening) (ingest.File, error) {
		f, err := kml.Open(o.Path, kml.Options{Encoding: o.Options.Encoding})
		return layered(f, err)
	}},
	{"shapefile (.zip, .shp)", shapefile.Looks, func(_ context.Context, o ingest.Opening) (ingest.File, error) {
		f, err := shapefile.Open(o.Path, shapefile.Options{Encoding: o.Options.Encoding})
		return layered(f, err)
	}},
	{"GeoJSON", geojson.Looks, func(_ context.Context, o ingest.Opening) (ingest.File, error) {
		f, err := geojson.Open(o.Path, geojson.Options{Encoding: o.Options.Encoding})
		return layered(f, err)
	}},
	{"table of text (CSV)", delimited.Looks, func(_ context.Context, o ingest.Opening) (ingest.File, error) {
		f, err := delimited.Open(o.Path, delimited.Options{
			Encoding: o.Options.Encoding, Separator: separators[o.Options.Separator], X: o.Options.X, Y: o.Options.Y, WKT: o.Options.WKT,
		})
		return layered(f, err)
	}},
}

// separators are the names of what stands between cells; "" finds it out.
var separators = map[string]byte{"comma": ',', "semicolon": ';', "tab": '\t', "bar": '|'}

// RuleFormat is broken by a file that is in no format that is read.
const RuleFormat geo.Rule = "unknown-format"

// headBytes is how much of a file tells what it is.
const headBytes = 64 << 10

// openFile opens a file by what it is. A table of events is read as incidents where it
// is imported into them.
func openFile(ctx context.Context, o ingest.Opening) (ingest.File, error) {
	head, err := archive.Head(o.Path, headBytes)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(openers, func(f opener) bool { return f.looks(head, o.Path) })
	if i < 0 {
		names := make([]string, len(openers))
		for i := range openers {
			names[i] = openers[i].name
		}
		return nil, geo.Faulty([]geo.Fault{{
			Rule: RuleFormat, Place: geo.Place{File: o.Name}, Detail: "the file is in no format that is read; those are " + strings.Join(names, ", "),
		}})
	}
	file, err := openers[i].open(ctx, o)
	if err != nil || o.Collection != incidentsID {
		return file, err
	}
	return asEvents(file, o.Name)
}

// incidentsID is the collection that datasets of events are imported into.
const incidentsID = "incidents"

// layersOf is an open file of one format.
type layersOf[L geo.Layer] interface {
	Layers() []L
	Close() error
}

// anyLayers is an open file whose layers are as ingest takes them.
type anyLayers struct {
	list  []geo.Layer
	close func() error
}

// Layers implements ingest.File.
func (f *anyLayers) Layers() []geo.Layer { return f.list }

// Close implements ingest.File.
func (f *anyLayers) Close() error { return f.close() }

func layered[L geo.Layer](f layersOf[L], err error) (ingest.File, error) {
	if err != nil {
		return nil, err
	}
	all := &anyLayers{close: f.Close}
	for _, l := range f.Layers() {
		all.list = append(all.list, l)
	}
	return all, nil
}

func openGeoPackage(ctx context.Context, o ingest.Opening) (ingest.File, error) {
	f, err := geopackage.OpenLayers(ctx, o.Path, geopackage.Options{})
	if err != nil {
		return nil, err
	}
	all := &anyLayers{close: f.Close}
	for _, l := range f.Layers() {
		all.list = append(all.list, noted{l, faultTexts(f.Refused())})
	}
	return all, nil
}

// noted is a layer with notes about the file that it is from.
type noted struct {
	*geopackage.Layer
	notes []string
}

// Notes says which tables of the file could not be read.
func (n noted) Notes() []string { return n.notes }

func faultTexts(faults []geo.Fault) []string {
	texts := make([]string, len(faults))
	for i, f := range faults {
		texts[i] = f.String()
	}
	return texts
}

// asEvents reads each layer that is a dataset of events as incidents.
func asEvents(file ingest.File, name string) (ingest.File, error) {
	all := &anyLayers{close: file.Close}
	for _, l := range file.Layers() {
		wrapped, err := events.Wrap(l, events.Options{Release: events.ReleaseOf(name)})
		if err != nil {
			_ = file.Close() // it was only read
			return nil, err
		}
		if e, ok := wrapped.(*events.Layer); ok {
			wrapped = eventLayer{e, l}
		}
		all.list = append(all.list, wrapped)
	}
	return all, nil
}

// eventLayer is a dataset of events with what the table under it tells.
type eventLayer struct {
	*events.Layer
	under geo.Layer
}

// Notes says which dataset it is and what was left out, after what the table tells.
func (l eventLayer) Notes() []string {
	var notes []string
	if t, ok := l.under.(interface{ Notes() []string }); ok {
		notes = t.Notes()
	}
	notes = append(notes, "read as "+l.Dataset())
	tally := l.Tally()
	if tally.Tags > 0 {
		notes = append(notes, fmt.Sprintf("%d rows of tags are left out", tally.Tags))
	}
	for _, kind := range slices.Sorted(maps.Keys(tally.Unfit)) {
		notes = append(notes, fmt.Sprintf("%d events are left out that no category fits: %s", tally.Unfit[kind], kind))
	}
	return notes
}

// Len is how many rows the table has.
func (l eventLayer) Len() int {
	if c, ok := l.under.(interface{ Len() int }); ok {
		return c.Len()
	}
	return -1
}
