-- Power plants, substations, converter stations and border points of the lines.

-- +goose Up
CREATE TABLE oxus.power_facilities (
    id                  text COLLATE "C" PRIMARY KEY,
    name_en             text NOT NULL,
    name_tg             text,
    name_ru             text,
    name_fa             text,
    kind                text NOT NULL CONSTRAINT power_facilities_kind_code CHECK (kind IN (
                        'hydropower_plant', 'thermal_power_plant', 'substation', 'converter_station',
                        'line_junction', 'town_terminal', 'border_point')),
    country             text,
    admin1              text,
    capacity_mw         double precision CONSTRAINT power_facilities_capacity_mw_range CHECK (capacity_mw BETWEEN 0 AND 100000),
    stated_status       text CONSTRAINT power_facilities_stated_status_code CHECK (stated_status IN (
                        'operating', 'restricted', 'damaged', 'suspended', 'under_construction', 'planned')),
    commissioned        text CONSTRAINT power_facilities_commissioned_partial CHECK (oxus.is_partial(commissioned)),
    summary             text NOT NULL,
    position_accuracy_m double precision CONSTRAINT power_facilities_position_accuracy_m_range CHECK (position_accuracy_m BETWEEN 0 AND 2000000),
    position_basis      text
);
CALL oxus.add_collection('power-facilities', 'point', '{valid_from,valid_from_precision,valid_to,valid_to_precision}',
    statuses => '{operating,restricted,damaged,suspended,under_construction,planned}');
