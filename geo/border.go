package geo

// Border returns the collections of the Tajik–Afghan border: the declarations
// everything else is derived from. Each call returns a fresh set, so that no
// caller can change another's.
func Border() *Atlas {
	a, err := NewAtlas(crossings(), bazaars(), transmissionLines(), casa1000(), powerFacilities(), incidents(), statusPeriods())
	if err != nil {
		panic(err) // a declaration above is wrong; every test would see it
	}
	return a
}

var (
	passageStatuses = []Code{
		{"open", "Open"},
		{"restricted", "Open with restrictions"},
		{"closed", "Closed"},
		{"suspended", "Suspended"},
		{"under_construction", "Under construction"},
		{"planned", "Planned"},
	}
	powerStatuses = []Code{
		{"operating", "Operating"},
		{"restricted", "Operating with restrictions"},
		{"damaged", "Damaged"},
		{"suspended", "Suspended"},
		{"under_construction", "Under construction"},
		{"planned", "Planned"},
	}
	passageClosed = []string{"closed", "suspended"}
	powerClosed   = []string{"damaged", "suspended"}

	modes    = []Code{{"road", "Road"}, {"rail", "Rail"}, {"foot", "On foot"}}
	currents = []Code{{"ac", "Alternating current"}, {"dc", "Direct current"}}

	facilityKinds = []Code{
		{"hydropower_plant", "Hydropower plant"},
		{"thermal_power_plant", "Thermal power plant"},
		{"substation", "Substation"},
		{"converter_station", "Converter station"},
		{"line_junction", "Line junction"},
		{"town_terminal", "Terminal in a town"},
		{"border_point", "Point where a line crosses a border"},
	}
	incidentCategories = []Code{
		{"armed_clash", "Armed clash"},
		{"border_fire", "Fire across the border"},
		{"rocket_fire", "Rocket fire"},
		{"attack", "Attack"},
		{"sabotage", "Sabotage"},
		{"smuggling", "Smuggling"},
		{"arrest", "Arrest"},
		{"closure", "Closure"},
		{"reopening", "Reopening"},
		{"displacement", "Displacement"},
		{"military_exercise", "Military exercise or deployment"},
		{"diplomatic", "Diplomatic event"},
		{"disaster", "Natural disaster"},
	}
	confidences = []Code{
		{"confirmed", "Confirmed by the responsible authority or several independent outlets"},
		{"claimed", "Claimed by one party or unnamed sources only"},
		{"disputed", "Disputed between the parties"},
	}
)

// existence names the lifetime of things that stand for years.
var existence = LifetimeNames{"valid_from", "valid_from_precision", "valid_to", "valid_to_precision"}

func names() []Property {
	return []Property{
		{Name: "name_en", Title: "Name (English)", Required: true},
		{Name: "name_tg", Title: "Name (Tajik)"},
		{Name: "name_ru", Title: "Name (Russian)"},
		{Name: "name_fa", Title: "Name (Dari)"},
	}
}

func summary() Property {
	return Property{Name: "summary", Title: "Summary", Required: true}
}

func position() []Property {
	return []Property{
		{
			Name: "position_accuracy_m", Type: Number, Title: "Position accuracy", Unit: "m", Max: 2e6,
			Description: "Radius within which the place should lie.",
		},
		{Name: "position_basis", Title: "How the position was found"},
	}
}

func join(parts ...[]Property) []Property {
	var all []Property
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

func passage() []Property {
	return join(names(), []Property{
		{Name: "alt_names", Type: TextList, Title: "Other names"},
		{Name: "side_a_country", Title: "Country on side A", Description: "ISO 3166-1 alpha-2 code."},
		{Name: "side_a_admin1", Title: "Province on side A"},
		{Name: "side_a_admin2", Title: "District on side A"},
		{Name: "side_b_country", Title: "Country on side B", Description: "ISO 3166-1 alpha-2 code."},
		{Name: "side_b_admin1", Title: "Province on side B"},
		{Name: "side_b_admin2", Title: "District on side B"},
		{Name: "mode", Type: TextList, Title: "Used by", Codes: modes},
		{Name: "structure", Title: "Structure"},
		{Name: "structure_length_m", Type: Number, Title: "Length of the structure", Unit: "m", Max: 1e5},
		{Name: "built_year", Type: Integer, Title: "Year built", Min: 1, Max: 9999},
		{Name: "operator_or_funder", Title: "Operator or funder"},
		{Name: "market_days", Title: "Market days"},
		{Name: "parent", Title: "Belongs to crossing", Refers: "crossings"},
		summary(),
	}, position())
}

func crossings() *Collection {
	return &Collection{
		ID: "crossings", Title: "Border crossings", Geometry: Point,
		Description: "Border crossings and bridges on and around the Tajik–Afghan border, with the history of their opening and closing.",
		Properties:  passage(), Statuses: passageStatuses, Closed: passageClosed, Lifetime: existence,
	}
}

func bazaars() *Collection {
	return &Collection{
		ID: "bazaars", Title: "Border bazaars", Geometry: Point,
		Description: "Markets held at border crossings. Positions are those of the crossing they belong to.",
		Properties:  passage(), Statuses: passageStatuses, Closed: passageClosed, Lifetime: existence,
	}
}

func line() []Property {
	return join(names(), []Property{
		{Name: "project", Title: "Project", Required: true},
		{Name: "voltage_kv", Type: Number, Title: "Voltage", Unit: "kV", Max: 2000},
		{Name: "current", Title: "Current", Codes: currents},
		{Name: "circuits", Type: Integer, Title: "Circuits", Min: 1, Max: 20},
		{Name: "length_km", Type: Number, Title: "Published length", Unit: "km", Max: 1e5},
		{Name: "length_scope", Title: "What the published length covers"},
		{Name: "length_km_other", Title: "Other published lengths"},
		{Name: "length_drawn_km", Type: Number, Title: "Length of the drawing", Unit: "km", Max: 1e5},
		{Name: "capacity_mw", Type: Number, Title: "Capacity", Unit: "MW", Max: 1e5},
		{Name: "from_country", Title: "Supplying country", Description: "ISO 3166-1 alpha-2 code."},
		{Name: "to_country", Title: "Receiving country", Description: "ISO 3166-1 alpha-2 code."},
		{Name: "from_node", Title: "From", Refers: "power-facilities"},
		{Name: "to_node", Title: "To", Refers: "power-facilities"},
		{Name: "commissioned", Type: Partial, Title: "Commissioned"},
		{Name: "planned", Type: Partial, Title: "Planned for"},
		summary(),
		{
			Name: "geometry_accuracy_m", Type: Number, Title: "Geometry accuracy", Unit: "m", Max: 2e6,
			Description: "Distance by which a vertex or a stretch may miss the real line; all lines are schematic.",
		},
		{Name: "geometry_basis", Title: "How the course was found"},
	})
}

func transmissionLines() *Collection {
	return &Collection{
		ID: "transmission-lines", Title: "Transmission lines", Geometry: Line,
		Description: "Power lines that carry electricity into Afghanistan, drawn schematically. The CASA-1000 route has its own collection.",
		Properties:  line(), Statuses: powerStatuses, Closed: powerClosed, Lifetime: existence,
	}
}

func casa1000() *Collection {
	return &Collection{
		ID: "casa-1000", Title: "CASA-1000 route", Geometry: Line, Project: "project",
		Description: "The sections of the CASA-1000 power route from Kyrgyzstan to Pakistan, drawn schematically. Periods recorded for the project speak for a section on days when it has none of its own.",
		Properties:  line(), Statuses: powerStatuses, Closed: powerClosed, Lifetime: existence,
	}
}

func powerFacilities() *Collection {
	return &Collection{
		ID: "power-facilities", Title: "Power facilities", Geometry: Point,
		Description: "Power plants, substations, converter stations and border points of the lines.",
		Properties: join(names(), []Property{
			{Name: "kind", Title: "Kind", Codes: facilityKinds, Required: true},
			{Name: "country", Title: "Country", Description: "ISO 3166-1 alpha-2 code."},
			{Name: "admin1", Title: "Province"},
			{Name: "capacity_mw", Type: Number, Title: "Capacity", Unit: "MW", Max: 1e5},
			{Name: "stated_status", Title: "Status as its sources state it, without a date", Codes: powerStatuses},
			{Name: "commissioned", Type: Partial, Title: "Commissioned"},
			summary(),
		}, position()),
		Statuses: powerStatuses, Closed: powerClosed, Lifetime: existence,
	}
}

// statusPeriods is one feature for each status period and each feature it speaks
// for: made for programs that show a time at a time, such as QGIS's Temporal
// Controller.
func statusPeriods() *Collection {
	return &Collection{
		ID: StatusPeriodsID, Title: "Status periods", Geometry: AnyGeometry, Derived: true,
		Description: "One feature for each period of a status, at the place of the feature it speaks for. start and end are the first and last day it is in force; no end means that no later change is known.",
		Lifetime:    LifetimeNames{From: "start", To: "end"},
		Properties: []Property{
			{Name: "collection", Title: "Collection", Required: true},
			{Name: "feature", Title: "Feature", Required: true, Description: "The id of the feature in its collection."},
			{Name: "name_en", Title: "Name of the feature (English)", Required: true},
			{Name: "status", Title: "Status", Required: true},
			{Name: "kind", Title: "Kind", Required: true, Codes: []Code{
				{string(Phase), "Phase: what the feature is"},
				{string(Disruption), "Disruption: lies on top of a phase and wins over it"},
				{string(Milestone), "Milestone: changes no status by itself"},
			}},
			{Name: "scope", Title: "What it is recorded for", Required: true, Codes: []Code{
				{string(OfFeature), "The feature"},
				{string(OfProject), "The project as a whole; speaks when the feature has no period of its own"},
			}},
			{Name: "start_precision", Title: "Precision of the first day", Required: true},
			{Name: "end_basis", Title: "How the end is known", Required: true, Codes: []Code{
				{string(Ended), "Ended"},
				{string(LastDocumented), "Last documented; what came after is unknown"},
				{string(Ongoing), "No later change is known"},
				{string(UnknownEnd), "Unknown; certain only for the day, month or year of its start"},
			}},
			{Name: "cause", Title: "Cause"},
			{Name: "summary", Title: "Summary"},
		},
	}
}

func incidents() *Collection {
	return &Collection{
		ID: "incidents", Title: "Incidents", Geometry: Point,
		Description: "Events at the border and in its neighbourhood. Sources are uneven: never compute rates from their number.",
		Lifetime:    LifetimeNames{"start_date", "start_precision", "end_date", "end_precision"},
		Properties: join([]Property{
			{Name: "title", Title: "Title", Required: true},
			{Name: "category", Title: "Category", Codes: incidentCategories, Required: true},
			{Name: "place_name", Title: "Place"},
			{Name: "admin1", Title: "Province"},
			{Name: "country", Title: "Country"},
			{Name: "actors", Type: TextList, Title: "Actors"},
			{
				Name: "fatalities_low", Type: Integer, Title: "Fatalities, lowest figure", Max: 1e7,
				Description: "Blank means that no figure is given, 0 that a source says nobody died.",
			},
			{Name: "fatalities_high", Type: Integer, Title: "Fatalities, highest figure", Max: 1e7},
			{Name: "injuries", Type: Integer, Title: "Injured", Max: 1e7},
			{Name: "confidence", Title: "Confidence", Codes: confidences, Required: true},
			{Name: "related_features", Type: TextList, Mentions: true, Title: "Related places", Description: "As the sources name them."},
			summary(),
		}, position()),
	}
}
