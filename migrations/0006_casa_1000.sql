-- The sections of the CASA-1000 route. Periods may be recorded for the whole project.

-- +goose Up
CREATE TABLE oxus.casa_1000 (
    id                  text COLLATE "C" PRIMARY KEY,
    name_en             text NOT NULL,
    name_tg             text,
    name_ru             text,
    name_fa             text,
    project             text NOT NULL,
    voltage_kv          double precision CONSTRAINT casa_1000_voltage_kv_range CHECK (voltage_kv BETWEEN 0 AND 2000),
    current             text CONSTRAINT casa_1000_current_code CHECK (current IN ('ac', 'dc')),
    circuits            bigint CONSTRAINT casa_1000_circuits_range CHECK (circuits BETWEEN 1 AND 20),
    length_km           double precision CONSTRAINT casa_1000_length_km_range CHECK (length_km BETWEEN 0 AND 100000),
    length_scope        text,
    length_km_other     text,
    length_drawn_km     double precision CONSTRAINT casa_1000_length_drawn_km_range CHECK (length_drawn_km BETWEEN 0 AND 100000),
    capacity_mw         double precision CONSTRAINT casa_1000_capacity_mw_range CHECK (capacity_mw BETWEEN 0 AND 100000),
    from_country        text,
    to_country          text,
    from_node           text COLLATE "C" CONSTRAINT casa_1000_from_node_feature REFERENCES oxus.power_facilities DEFERRABLE INITIALLY DEFERRED,
    to_node             text COLLATE "C" CONSTRAINT casa_1000_to_node_feature REFERENCES oxus.power_facilities DEFERRABLE INITIALLY DEFERRED,
    commissioned        text CONSTRAINT casa_1000_commissioned_partial CHECK (oxus.is_partial(commissioned)),
    planned             text CONSTRAINT casa_1000_planned_partial CHECK (oxus.is_partial(planned)),
    summary             text NOT NULL,
    geometry_accuracy_m double precision CONSTRAINT casa_1000_geometry_accuracy_m_range CHECK (geometry_accuracy_m BETWEEN 0 AND 2000000),
    geometry_basis      text
);
CALL oxus.add_collection('casa-1000', 'line', '{valid_from,valid_from_precision,valid_to,valid_to_precision}',
    statuses => '{operating,restricted,damaged,suspended,under_construction,planned}',
    by_project => true);
