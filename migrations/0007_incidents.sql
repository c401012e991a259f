-- Events at the border and in its neighbourhood.

-- +goose Up
CREATE TABLE oxus.incidents (
    id                  text COLLATE "C" PRIMARY KEY,
    title               text NOT NULL,
    category            text NOT NULL CONSTRAINT incidents_category_code CHECK (category IN (
                        'armed_clash', 'border_fire', 'rocket_fire', 'attack', 'sabotage', 'smuggling', 'arrest',
                        'closure', 'reopening', 'displacement', 'military_exercise', 'diplomatic', 'disaster')),
    place_name          text,
    admin1              text,
    country             text,
    actors              text[],
    fatalities_low      bigint CONSTRAINT incidents_fatalities_low_range CHECK (fatalities_low BETWEEN 0 AND 10000000),
    fatalities_high     bigint CONSTRAINT incidents_fatalities_high_range CHECK (fatalities_high BETWEEN 0 AND 10000000),
    injuries            bigint CONSTRAINT incidents_injuries_range CHECK (injuries BETWEEN 0 AND 10000000),
    confidence          text NOT NULL CONSTRAINT incidents_confidence_code CHECK (confidence IN ('confirmed', 'claimed', 'disputed')),
    related_features    text[],
    summary             text NOT NULL,
    position_accuracy_m double precision CONSTRAINT incidents_position_accuracy_m_range CHECK (position_accuracy_m BETWEEN 0 AND 2000000),
    position_basis      text
);
CALL oxus.add_collection('incidents', 'point', '{start_date,start_precision,end_date,end_precision}');
