package geojson

import (
	"regexp"

	"oxus/geo"
)

// wgs84 is the system of RFC 7946: longitude, latitude in WGS 84.
const wgs84 = "OGC:CRS84"

// The forms in which older GeoJSON (2008) names a system.
var (
	epsgName  = regexp.MustCompile(`^(?i)(?:EPSG:|urn:(?:x-)?ogc:def:crs:EPSG:[\w.]*:|https?://www\.opengis\.net/def/crs/EPSG/[\w.]+/)(\d{1,9})$`)
	crs84Name = regexp.MustCompile(`^(?i)(?:OGC:CRS84h?|CRS84|urn:(?:x-)?ogc:def:crs:OGC:[\w.]*:CRS84h?|https?://www\.opengis\.net/def/crs/OGC/[\w.]+/CRS84h?)$`)
)

// readCRS turns the crs member into what a layer says of its system. RFC 7946
// has none, and means WGS 84; null said that none was to be assumed.
func readCRS(raw []byte, file string) (string, error) {
	if len(raw) == 0 {
		return wgs84, nil
	}
	if raw[0] == 'n' {
		return "", nil
	}
	name, fault := crsName(raw)
	if fault != nil {
		fault.Place.File = file
		return "", geo.Faulty([]geo.Fault{*fault})
	}
	if crs84Name.MatchString(name) {
		return wgs84, nil
	}
	if parts := epsgName.FindStringSubmatch(name); parts != nil {
		return "EPSG:" + parts[1], nil
	}
	return "", broken(RuleCRS, file, "the crs member names %.100q, which is not read; take the member out and give --crs EPSG:n", name)
}

func crsName(raw []byte) (string, *geo.Fault) {
	wrong := faultf(RuleCRS, "the crs member is %.100q, not of the form that names a system", raw)
	if raw[0] != '{' {
		return "", wrong
	}
	all, fault := members(raw)
	if fault != nil {
		return "", fault
	}
	kind, fault := typeOf(all)
	properties := find(all, "properties")
	if fault != nil || kind != "name" || len(properties) == 0 || properties[0] != '{' {
		return "", wrong
	}
	if all, fault = members(properties); fault != nil {
		return "", fault
	}
	name := find(all, "name")
	if len(name) == 0 || name[0] != '"' {
		return "", wrong
	}
	return text(name)
}
