package ingest

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// aliases are what people call the properties in their files, folded, the likeliest
// first. What a property could be called in another unit is not here.
var aliases = map[string][]string{
	"id": {"identifier", "slug", "featureid", "uid"},

	"name_en": {"name", "nameeng", "engname", "nameenglish", "englishname", "english", "intname", "nameint", "label"},
	"name_tg": {"nametj", "nametjk", "nametgk", "nametajik", "nomtj", "nomtg", "nomi", "nom", "nomitojiki", "tojiki", "tajik", "номи", "ном"},
	"name_ru": {"namerus", "namerussian", "nazvanie", "nazv", "naimenovanie", "наименование", "название", "назв", "имя", "russian"},
	"name_fa": {"nameprs", "namedari", "nameper", "namefas", "namefarsi", "dari", "farsi", "persian", "نام", "اسم"},
	"alt_names": {
		"altname", "alternativenames", "alternatenames", "othername", "othernames", "aliases", "alias", "aka",
	},
	"mode":               {"modes", "transport", "transportmode", "usedby"},
	"structure":          {"structuretype"},
	"structure_length_m": {"lengthm", "bridgelengthm"},
	"built_year":         {"yearbuilt", "built", "year", "constructionyear", "constructed", "годпостройки", "год", "солисохт", "соли"},
	"operator_or_funder": {"operator", "funder", "fundedby", "donor", "owner"},
	"market_days":        {"days", "bazaardays", "bazardays"},
	"parent":             {"parentid", "crossing", "crossingid", "belongsto"},
	"summary": {
		"description", "descript", "descr", "desc", "comment", "comments", "remarks", "remark", "notes", "note", "details", "memo",
		"описание", "примечание", "комментарий", "тавсиф", "эзоҳ", "شرح", "توضیحات",
	},
	"position_accuracy_m": {"accuracym", "accuracy", "positionaccuracy"},
	"position_basis":      {"method", "positionmethod", "basis"},

	"project":      {"projectname", "programme", "program", "проект", "лоиҳа", "پروژه"},
	"voltage_kv":   {"voltage", "kv", "nominalvoltage", "напряжение", "кв"},
	"current":      {"currenttype", "acdc"},
	"circuits":     {"circuit", "ncircuits", "nocircuits", "цепи"},
	"length_km":    {"lenkm", "kilometres", "kilometers", "km", "длинакм", "км"},
	"capacity_mw":  {"capacity", "mw", "power", "powermw", "installedcapacity", "мощность"},
	"from_node":    {"startnode", "fromsubstation"},
	"to_node":      {"endnode", "tosubstation"},
	"commissioned": {"commissioningdate", "commissioningyear", "yearcommissioned", "inservice", "startdate", "year", "годввода"},
	"planned":      {"plannedfor", "expected", "targetdate"},

	"kind":    {"type", "facilitytype", "class", "category", "тип", "вид", "навъ", "نوع"},
	"country": {"countrycode", "iso2", "isoa2", "iso", "adm0", "страна", "кишвар", "کشور"},
	"admin1": {
		"province", "provinceen", "provname", "oblast", "adm1", "adm1en", "adm1name", "admin1name", "region", "viloyat",
		"область", "вилоят", "ولایت",
	},

	"title":           {"headline", "heading", "sourceheadline", "eventname", "event", "name", "заголовок", "عنوان"},
	"category":        {"type", "kind", "eventtype", "incidenttype", "disordertype", "class", "тип", "вид", "категория"},
	"place_name":      {"place", "location", "locationname", "locality", "wherecoordinates", "city", "town", "village", "место", "ҷой", "محل"},
	"actors":          {"actor", "actor1", "sidea", "participants", "parties"},
	"fatalities_low":  {"low", "deathslow"},
	"fatalities_high": {"high", "deathshigh"},
	"injuries":        {"injured", "wounded"},
	"confidence":      {"certainty", "reliability"},

	"start_date": {"date", "eventdate", "datestart", "begindate", "fromdate", "day", "дата", "сана", "تاریخ"},
	"end_date":   {"dateend", "todate", "until"},
	"valid_from": {"opened", "openingdate", "dateopened", "established", "since", "from", "startdate"},
	"valid_to":   {"until", "to", "enddate", "decommissioned", "abolished"},
	"from_date":  {"date", "from", "start", "startdate", "since", "дата", "сана", "تاریخ"},
	"to_date":    {"to", "end", "enddate", "until"},
	"sources":    {"source", "src", "sourceid", "sourceids", "references", "reference", "источник", "манбаъ", "منبع"},

	"publisher": {"organisation", "organization", "author", "outlet"},
	"url":       {"link", "address", "href", "web"},
	"published": {"date", "publicationdate", "pubdate"},
	"accessed":  {"retrieved", "accessdate"},
	"supports":  {"description", "notes", "note", "comment"},
	"owner":     {"feature", "featureid"},
	"status":    {"state"},
}

// places are fields that say where a record lies, which its geometry does.
var places = map[string]bool{
	"lon": true, "long": true, "longitude": true, "lng": true, "x": true, "xcoord": true, "pointx": true, "долгота": true,
	"lat": true, "latitude": true, "y": true, "ycoord": true, "pointy": true, "широта": true,
	"wkt": true, "geom": true, "thegeom": true, "geometry": true, "shape": true,
}

// arabicLetters makes one letter of those that keyboards write two ways.
var arabicLetters = strings.NewReplacer("ي", "ی", "ى", "ی", "ك", "ک", "ة", "ه")

// fold makes names alike that differ by case, by what stands between their words, or
// by how a letter is composed.
func fold(name string) string {
	letters := func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}
	return arabicLetters.Replace(strings.Map(letters, norm.NFC.String(name)))
}
