-- The periods of a feature are found by a btree of their owners. A feature has few, so that
-- looking at all of its own costs less than a search in a tree of owners and days: where 60,000
-- features have five each, a page of a hundred with their status takes less than half of the
-- time, and adding periods too.

-- +goose Up
-- keep_owners gives a table of status periods, and that of the past beside it, the indexes by
-- which the periods of an owner are found, instead of those that 0001_ground.sql made.
-- +goose StatementBegin
CREATE PROCEDURE oxus.keep_owners(tbl text)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    owner text;
BEGIN
    EXECUTE format('DROP INDEX oxus.%I', tbl || '_in_force');
    EXECUTE format('DROP INDEX IF EXISTS oxus.%I', tbl || '_project_in_force');
    FOR owner IN SELECT attname FROM pg_attribute
                  WHERE attrelid = ('oxus.' || tbl)::regclass AND attname IN ('feature', 'project') AND NOT attisdropped LOOP
        EXECUTE format('DROP INDEX oxus.%I', tbl || '_past_' || owner || '_during_known_idx');
        EXECUTE format('CREATE INDEX %I ON oxus.%I (%I, from_date)', tbl || '_of_' || owner, tbl, owner);
        EXECUTE format('CREATE INDEX %I ON oxus.%I (%I, from_date)', tbl || '_past_of_' || owner, tbl || '_past', owner);
    END LOOP;
END
$$;
-- +goose StatementEnd

ALTER PROCEDURE oxus.add_status RENAME TO add_status_by_days;

-- add_status gives a collection its table of status periods; see 0001_ground.sql.
-- +goose StatementBegin
CREATE PROCEDURE oxus.add_status(collection text, statuses text[], by_project boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    CALL oxus.add_status_by_days(collection, statuses, by_project);
    CALL oxus.keep_owners(oxus.table_of(collection) || '_status');
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
DO $$
DECLARE
    tbl text;
BEGIN
    FOR tbl IN SELECT oxus.table_of(collection) || '_status' FROM oxus.versions WHERE collection <> 'sources' LOOP
        IF to_regclass('oxus.' || tbl) IS NOT NULL THEN
            CALL oxus.keep_owners(tbl);
        END IF;
    END LOOP;
END
$$;
-- +goose StatementEnd
