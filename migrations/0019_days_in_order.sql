-- The index of the order of pages has the first and the last day of each row too, so that what
-- happened in a few days is found along the curve without reading what did not. Of a place with
-- ten times as many rows a page of a month costs little more than it did.

-- +goose Up
-- keep_days_in_order gives the index that keep_order made of a table of features their days.
-- +goose StatementBegin
CREATE PROCEDURE oxus.keep_days_in_order(tbl text)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    clustered boolean := (SELECT indisclustered FROM pg_index WHERE indexrelid = to_regclass('oxus.' || tbl || '_in_order'));
BEGIN
    EXECUTE format('DROP INDEX oxus.%I', tbl || '_in_order');
    EXECUTE format($sql$CREATE INDEX %I ON oxus.%I (hilbert, id, coalesce(lower(lifetime), '-infinity'::date), coalesce(upper(lifetime), 'infinity'::date))$sql$,
        tbl || '_in_order', tbl);
    IF clustered THEN
        EXECUTE format('ALTER TABLE oxus.%I CLUSTER ON %I', tbl, tbl || '_in_order');
    END IF;
END
$$;
-- +goose StatementEnd

ALTER PROCEDURE oxus.keep_history RENAME TO keep_history_without_days;

-- keep_history puts a table under history; see 0001_ground.sql.
-- +goose StatementBegin
CREATE PROCEDURE oxus.keep_history(tbl text, collection text, kind text, VARIADIC spans text[] DEFAULT '{}')
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    CALL oxus.keep_history_without_days(tbl, collection, kind, VARIADIC spans);
    IF kind = 'feature' THEN
        CALL oxus.keep_days_in_order(tbl);
    END IF;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
DO $$
DECLARE
    tbl text;
BEGIN
    FOR tbl IN SELECT oxus.table_of(collection) FROM oxus.versions WHERE collection <> 'sources' LOOP
        CALL oxus.keep_days_in_order(tbl);
    END LOOP;
END
$$;
-- +goose StatementEnd
