// Package ingest takes files into the data. An import is uploaded, decoded, checked
// and staged: fields are matched to properties, values and positions turned into the
// collection's own, every record held against the rules and compared with what is
// stored. What it would change is kept and can be looked at; then it is applied as
// one change or discarded, and taken back as one change later.
//
// A file in, an import out:
//
//	Service.Begin   keeps the file              geo.Uploaded
//	Service.Stage   read, match, check, compare geo.Decoded, Checked or Staged
//	Service.Apply   one change                  geo.Applied
//	Service.RollBack a change the other way     geo.RolledBack, and an import of its own
//
// What is not here: file formats (an Opener yields layers), databases (a geo.Store is
// handed in), and anything of HTTP.
package ingest
