-- Markets held at border crossings.

-- +goose Up
CREATE TABLE oxus.bazaars (
    id                  text COLLATE "C" PRIMARY KEY,
    name_en             text NOT NULL,
    name_tg             text,
    name_ru             text,
    name_fa             text,
    alt_names           text[],
    side_a_country      text,
    side_a_admin1       text,
    side_a_admin2       text,
    side_b_country      text,
    side_b_admin1       text,
    side_b_admin2       text,
    mode                text[] CONSTRAINT bazaars_mode_code CHECK (mode <@ '{road,rail,foot}'),
    structure           text,
    structure_length_m  double precision CONSTRAINT bazaars_structure_length_m_range CHECK (structure_length_m BETWEEN 0 AND 100000),
    built_year          bigint CONSTRAINT bazaars_built_year_range CHECK (built_year BETWEEN 1 AND 9999),
    operator_or_funder  text,
    market_days         text,
    parent              text COLLATE "C" CONSTRAINT bazaars_parent_feature REFERENCES oxus.crossings DEFERRABLE INITIALLY DEFERRED,
    summary             text NOT NULL,
    position_accuracy_m double precision CONSTRAINT bazaars_position_accuracy_m_range CHECK (position_accuracy_m BETWEEN 0 AND 2000000),
    position_basis      text
);
CALL oxus.add_collection('bazaars', 'point', '{valid_from,valid_from_precision,valid_to,valid_to_precision}',
    statuses => '{open,restricted,closed,suspended,under_construction,planned}');
