package cql2

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// fold makes a text blind to case or to accents.
func (o Op) fold(s string) string {
	if o == CaseI {
		return FoldCase(s)
	}
	return FoldAccents(s)
}

// FoldCase makes texts that differ in case alone equal: the lower case of the
// upper case, by the full mappings of Unicode without any language's own.
func FoldCase(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	return cases.Lower(language.Und, cases.HandleFinalSigma(true)).String(cases.Upper(language.Und).String(s))
}

// Marks are the combining characters that FoldAccents leaves out: the diacritics
// of Latin, Greek and Cyrillic, and the vowel signs of Arabic. Letters that other
// scripts write as marks stay.
var Marks = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x0300, Hi: 0x036f, Stride: 1},
	{Lo: 0x0483, Hi: 0x0487, Stride: 1},
	{Lo: 0x064b, Hi: 0x065f, Stride: 1},
	{Lo: 0x0670, Hi: 0x0670, Stride: 1},
	{Lo: 0x1ab0, Hi: 0x1aff, Stride: 1},
	{Lo: 0x1dc0, Hi: 0x1dff, Stride: 1},
	{Lo: 0x20d0, Hi: 0x20ff, Stride: 1},
	{Lo: 0xfe20, Hi: 0xfe2f, Stride: 1},
}}

// FoldAccents makes texts that differ in accents alone equal: it decomposes them
// and leaves out the Marks.
func FoldAccents(s string) string {
	if isASCII(s) {
		return s
	}
	return strings.Map(func(c rune) rune {
		if unicode.Is(Marks, c) {
			return -1
		}
		return c
	}, norm.NFD.String(s))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// Constant returns the text of a part that names no property: a literal, with
// what CASEI and ACCENTI make of it.
func (n *Node) Constant() (string, bool) {
	if families[n.Op] == folding && n.Kind == Operation && len(n.Args) == 1 {
		s, ok := n.Args[0].Constant()
		return n.Op.fold(s), ok
	}
	s, isText := n.Value.(string)
	return s, isText && n.Kind == Literal
}
