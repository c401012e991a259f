package shapefile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"oxus/data/archive"
	"oxus/geo"
	"oxus/geo/charset"
)

// field is a column of a .dbf.
type field struct {
	name string
	// kind is the type letter of dBase.
	kind            byte
	offset          int
	width, decimals int
}

// tableHeader is what the header of a .dbf says.
type tableHeader struct {
	records int
	// length of the header and of one row in bytes.
	length, row int64
	// language is the language driver, byte 29.
	language byte
	fields   []field
}

const (
	tableHeaderBytes = 32
	fieldBytes       = 32
	fieldNameBytes   = 11
	fieldsEnd        = 0x0D
	dBase7           = 4
)

// readTableHeader reads the header and the field descriptors. Names are raw
// bytes until decodeFieldNames.
func readTableHeader(m *archive.Member, l Limits) (tableHeader, error) {
	r, err := m.Open()
	if err != nil {
		return tableHeader{}, err
	}
	defer r.Close()
	var b [tableHeaderBytes]byte
	if err := r.Fill(b[:]); err != nil {
		if errors.Is(err, io.EOF) {
			err = r.Truncated(0, tableHeaderBytes)
		}
		return tableHeader{}, err
	}
	h := tableHeader{
		length:   int64(binary.LittleEndian.Uint16(b[8:])),
		row:      int64(binary.LittleEndian.Uint16(b[10:])),
		language: b[29],
	}
	claimed := int64(binary.LittleEndian.Uint32(b[4:]))
	if err := h.check(m.Name, claimed, b[0], l); err != nil {
		return h, err
	}
	h.records = int(claimed)
	rest, err := r.Grow(nil, h.length-tableHeaderBytes)
	if err != nil {
		return h, err
	}
	h.fields, err = readFields(rest, m.Name, h.row, l)
	return h, err
}

func (h tableHeader) check(name string, records int64, version byte, l Limits) error {
	switch {
	case version&7 == dBase7:
		return broken(RuleTableHeader, name, "byte 0 says dBase 7; shapefiles have dBase III tables")
	case h.length <= tableHeaderBytes:
		return broken(RuleTableHeader, name, "the header length at byte 8 is %d, too short for fields", h.length)
	case h.row < 1:
		return broken(RuleTableHeader, name, "the row length at byte 10 is 0")
	case records > int64(l.Records):
		return broken(RuleRecords, name, "the header claims %d records, more than %d", records, l.Records)
	}
	return nil
}

// readFields reads descriptors up to the end mark or the end of the header;
// what may follow the mark belongs to FoxPro.
func readFields(b []byte, file string, row int64, l Limits) ([]field, error) {
	var fields []field
	offset := 1
	for at := 0; at+fieldBytes <= len(b) && b[at] != fieldsEnd; at += fieldBytes {
		d := b[at : at+fieldBytes]
		f := field{name: fieldName(d), kind: d[11], offset: offset, width: int(d[16]), decimals: int(d[17])}
		if fault := f.check(); fault != nil {
			fault.Place.File, fault.Place.Field = file, charset.Show(f.name)
			return nil, geo.Faulty([]geo.Fault{*fault})
		}
		if len(fields) == l.Fields {
			return nil, broken(RuleFields, file, "the table has more than %d fields", l.Fields)
		}
		fields = append(fields, f)
		offset += f.width
	}
	if int64(offset) > row {
		return nil, broken(RuleTableHeader, file, "the fields take %d bytes, a row has %d", offset, row)
	}
	return fields, nil
}

// fieldName cuts the raw name at its NUL and takes off blanks.
func fieldName(descriptor []byte) string {
	raw, _, _ := bytes.Cut(descriptor[:fieldNameBytes], []byte{0})
	return string(bytes.Trim(raw, " "))
}

// unreadTypes are the field types of later dBase and FoxPro versions, which no
// GIS writes into a shapefile.
func unreadTypes() map[byte]string {
	return map[byte]string{
		'M': "memo", 'B': "binary or double", 'G': "OLE", 'P': "picture", 'I': "binary integer", 'O': "binary double",
		'@': "timestamp", 'T': "date and time", '+': "autoincrement", 'Y': "currency", 'V': "variable text",
		'Q': "variable binary", 'W': "blob", '0': "null flags",
	}
}

const dateWidth = 8

func (f field) check() *geo.Fault {
	switch f.kind {
	case 'C', 'N', 'F', 'L':
	case 'D':
		if f.width != dateWidth {
			return faultf(RuleTableHeader, "a date has %d bytes, this one %d", dateWidth, f.width)
		}
	default:
		name, known := unreadTypes()[f.kind]
		if !known {
			name = "unknown"
		}
		return faultf(RuleFieldType, "the type %q (%s) is not read; convert it to text, number or date, or leave it out", string(rune(f.kind)), name)
	}
	if f.width == 0 {
		return faultf(RuleTableHeader, "the field is 0 bytes wide")
	}
	return nil
}

// decodeFieldNames decodes the names and refuses those that cannot be told
// apart later.
func decodeFieldNames(fields []field, text charset.Decoder, file string) error {
	seen := make(map[string]bool, len(fields))
	var faults []geo.Fault
	for i := range fields {
		f := &fields[i]
		place := fmt.Sprintf("%d", i+1)
		name, fault := decodeName(text, f.name)
		if fault == nil && name == "" {
			fault = faultf(RuleFieldName, "the field has no name")
		}
		if fault == nil && seen[name] {
			place, fault = name, faultf(RuleFieldName, "two fields have this name; names may have been cut to ten bytes")
		}
		if fault != nil {
			fault.Place.File, fault.Place.Field = file, place
			faults = append(faults, *fault)
		}
		f.name, seen[name] = name, true
	}
	return geo.Faulty(faults)
}

// rowReader walks the rows of a .dbf in the order of the file.
type rowReader struct {
	*archive.Reader
	buf []byte
}

func openRows(m *archive.Member, h tableHeader) (*rowReader, error) {
	r, err := m.Open()
	if err != nil {
		return nil, err
	}
	if err := r.Skip(h.length); err != nil {
		r.Close()
		return nil, err
	}
	return &rowReader{Reader: r, buf: make([]byte, h.row)}, nil
}

// next returns the next row, valid until the one after it. It is asked for the
// rows the header claims only; the end of the file before that is an error.
func (r *rowReader) next() ([]byte, error) {
	start := r.Offset()
	err := r.Fill(r.buf)
	if errors.Is(err, io.EOF) {
		err = r.Truncated(start, int64(len(r.buf)))
	}
	return r.buf, err
}
