-- What features name other features by has an index: without one, each feature that
-- is removed costs a walk through all that could name it.

-- +goose Up
CREATE INDEX crossings_parent_named ON oxus.crossings (parent) WHERE parent IS NOT NULL;
CREATE INDEX bazaars_parent_named ON oxus.bazaars (parent) WHERE parent IS NOT NULL;
CREATE INDEX transmission_lines_from_node_named ON oxus.transmission_lines (from_node) WHERE from_node IS NOT NULL;
CREATE INDEX transmission_lines_to_node_named ON oxus.transmission_lines (to_node) WHERE to_node IS NOT NULL;
CREATE INDEX casa_1000_from_node_named ON oxus.casa_1000 (from_node) WHERE from_node IS NOT NULL;
CREATE INDEX casa_1000_to_node_named ON oxus.casa_1000 (to_node) WHERE to_node IS NOT NULL;
