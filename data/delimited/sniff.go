package delimited

import (
	"bufio"
	"bytes"
	"path/filepath"
	"slices"
	"strings"
)

// separators are what may stand between cells, in the order in which they win
// where a file looks the same by several.
const separators = ",;\t|"

func separatorName(c byte) string {
	return map[byte]string{',': "commas", ';': "semicolons", '\t': "tabs", '|': "bars"}[c]
}

// declared reads the first line by which spreadsheets are told the separator,
// "sep=;", and returns its length, 0 when there is none.
func declared(head []byte) (separator byte, length int) {
	const word = "sep="
	line, _, ended := bytes.Cut(head, []byte{'\n'})
	line = bytes.TrimSuffix(line, []byte{'\r'})
	if !ended || len(line) != len(word)+1 || !strings.EqualFold(string(line[:len(word)]), word) || strings.IndexByte(separators, line[len(word)]) < 0 {
		return 0, 0
	}
	return line[len(word)], bytes.IndexByte(head, '\n') + 1
}

// sniff finds the separator that gives the first rows the same number of cells,
// the most of them. share is the share of rows that have it, 0 where no
// separator gives two cells.
func sniff(head []byte, whole bool) (separator byte, share float64) {
	separator, cells := separators[0], 0
	for i := range len(separators) {
		n, s := consistency(head, whole, separators[i])
		if n > 1 && (s > share || s == share && n > cells) {
			separator, cells, share = separators[i], n, s
		}
	}
	return separator, share
}

// consistency returns the cells of the first row, and the share of the rows in
// the head that have as many.
func consistency(head []byte, whole bool, separator byte) (cells int, share float64) {
	const mostRows = 100
	limits := DefaultLimits()
	r := newRowReader(bufio.NewReader(bytes.NewReader(head)), separator, limits, "")
	rows, same, last := 0, 0, 0
	for rows < mostRows {
		row, _, _, err := r.next()
		if err != nil {
			break
		}
		if rows == 0 {
			cells = len(row)
		}
		rows, last = rows+1, len(row)
		if last == cells {
			same++
		}
	}
	if !whole && rows > 1 && rows < mostRows { // the last one is cut
		if rows--; last == cells {
			same--
		}
	}
	if rows == 0 {
		return 0, 0
	}
	return cells, float64(same) / float64(rows)
}

// Looks reports whether a file is to be read as a table, by its first bytes, of
// which there should be 4 kB where the file has so many: text of two rows or more
// that have the same number of cells. Other text counts where the name ends
// in .csv, .tsv, .tab, .psv or .txt.
func Looks(head []byte, name string) bool {
	named := slices.Contains([]string{".csv", ".tsv", ".tab", ".psv", ".txt"}, strings.ToLower(filepath.Ext(name)))
	if isUTF16(head) {
		return named
	}
	head = bytes.TrimPrefix(head, []byte("\ufeff"))
	start := bytes.TrimLeft(head, " \t\r\n")
	if len(start) == 0 || bytes.IndexByte(head, 0) >= 0 || strings.IndexByte("{<\x1e", start[0]) >= 0 || bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		return false
	}
	if named {
		return true
	}
	_, share := sniff(head, len(head) < 4<<10)
	return share == 1 && bytes.Count(bytes.TrimRight(head, "\r\n"), []byte{'\n'}) > 0
}

func isUTF16(head []byte) bool {
	return len(head) > 1 && (head[0] == 0xff && head[1] == 0xfe || head[0] == 0xfe && head[1] == 0xff || head[0] != 0 && head[1] == 0)
}
