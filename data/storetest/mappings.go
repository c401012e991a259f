package storetest

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"oxus/geo"
)

func testMappings(t *testing.T, s geo.Store) {
	ctx := context.Background()
	put := func(m geo.Mapping) { expectKind(t, "put "+m.Name, s.PutMapping(ctx, m), 0) }
	if all, err := s.Mappings(ctx); err != nil || len(all) != 0 {
		t.Errorf("an empty store has mappings %v, %v", all, err)
	}
	put(geo.Mapping{Name: "b", Collection: "crossings", Fields: map[string]string{"НОМ": "name_tg", "a\"b": "name_en", "": "x"}})
	put(geo.Mapping{Name: "A", Collection: "incidents"})
	put(geo.Mapping{Name: "a", Collection: "crossings", Fields: map[string]string{"old": "name_en"}})
	put(geo.Mapping{Name: "a", Collection: "bazaars", Fields: map[string]string{"new": "name_en"}})
	for name, m := range map[string]geo.Mapping{
		"no name": {Collection: "crossings"}, "a long name": {Name: strings.Repeat("x", 501)}, "no UTF-8": {Name: "x", Fields: map[string]string{"\xff": "y"}},
		"a zero byte": {Name: "x", Fields: map[string]string{"x": "\x00"}},
	} {
		expectKind(t, name, s.PutMapping(ctx, m), geo.Invalid)
	}
	want := []geo.Mapping{
		{Name: "A", Collection: "incidents", Fields: map[string]string{}},
		{Name: "a", Collection: "bazaars", Fields: map[string]string{"new": "name_en"}},
		{Name: "b", Collection: "crossings", Fields: map[string]string{"НОМ": "name_tg", "a\"b": "name_en", "": "x"}},
	}
	if got, err := s.Mappings(ctx); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("mappings %+v, %v", got, err)
	}
}
