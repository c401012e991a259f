-- Every server hears of a change when it is committed: which collection it raised, to
-- which version, and where it lies, so that what was answered from elsewhere stays.

-- +goose Up
-- boxes_of merges the extents of shapes to sixteen boxes at most, on a grid of four by
-- four over all of them, each rounded outwards to millionths of a degree.
-- +goose StatementBegin
CREATE FUNCTION oxus.boxes_of(shapes geometry[]) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
WITH placed AS (
    SELECT public.st_xmin(g) AS w, public.st_ymin(g) AS s, public.st_xmax(g) AS e, public.st_ymax(g) AS n
      FROM unnest(shapes) g WHERE g IS NOT NULL
), whole AS (
    SELECT min(w) AS w, min(s) AS s, nullif(max(e) - min(w), 0) AS width, nullif(max(n) - min(s), 0) AS height FROM placed
)
SELECT coalesce(jsonb_agg(b), '[]') FROM (
    SELECT jsonb_build_array((floor(min(p.w) * 1e6) - 1) / 1e6, (floor(min(p.s) * 1e6) - 1) / 1e6,
                             (ceil(max(p.e) * 1e6) + 1) / 1e6, (ceil(max(p.n) * 1e6) + 1) / 1e6) AS b
      FROM placed p, whole a
     GROUP BY least(3, floor(((p.w + p.e) / 2 - a.w) / a.width * 4)), least(3, floor(((p.s + p.n) / 2 - a.s) / a.height * 4))
) merged
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION oxus.boxes_of IS 'Boxes around shapes: west, south, east and north in degrees, sixteen at most.';

-- tell sends what a statement has changed to those who listen, when the transaction is
-- committed. It takes the collection, the kind of row and, for periods, the table of the
-- features they are recorded for and whether they may be for a project. A period lies
-- where its features do. Sources lie everywhere, and so do many rows: to look where they
-- are would cost more than to ask again.
-- +goose StatementBegin
CREATE FUNCTION oxus.tell() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    most CONSTANT integer := 1000;
    images text[] := CASE TG_OP WHEN 'INSERT' THEN '{new_rows}' WHEN 'DELETE' THEN '{old_rows}' ELSE '{new_rows,old_rows}' END;
    changed bigint;
    shapes text;
    boxes jsonb;
BEGIN
    EXECUTE format('SELECT count(*) FROM (SELECT FROM %s LIMIT %s) r', images[1], most + 1) INTO changed;
    IF changed = 0 THEN
        RETURN NULL;
    END IF;
    IF changed <= most AND TG_ARGV[1] <> 'source' THEN
        SELECT string_agg(CASE WHEN TG_ARGV[1] = 'feature' THEN 'SELECT geom FROM ' || i ELSE
                   format('SELECT f.geom FROM oxus.%I f WHERE f.id IN (SELECT feature FROM %s)', TG_ARGV[2], i) ||
                   CASE WHEN TG_ARGV[3] = 'by project' THEN format(' OR f.project IN (SELECT project FROM %s)', i) ELSE '' END END, ' UNION ALL ')
          INTO shapes FROM unnest(images) i;
        EXECUTE format('SELECT oxus.boxes_of(array_agg(geom)) FROM (%s) g', shapes) INTO boxes;
    END IF;
    PERFORM pg_notify('oxus', jsonb_build_object('collection', v.collection, 'version', v.version, 'stamp', v.stamp, 'boxes', boxes)::text)
       FROM oxus.versions v WHERE v.collection = TG_ARGV[0];
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- tell_changes has a table tell of its changes, by triggers whose names come after those
-- that raise the version.
-- +goose StatementBegin
CREATE PROCEDURE oxus.tell_changes(tbl text, collection text, kind text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    owners text := CASE kind WHEN 'status' THEN oxus.table_of(collection) ELSE '' END;
    by_project text := CASE WHEN EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('oxus.' || tbl) AND attname = 'project' AND NOT attisdropped)
                            THEN 'by project' ELSE '' END;
BEGIN
    EXECUTE format($sql$
        CREATE TRIGGER tell_insert AFTER INSERT ON oxus.%1$I REFERENCING NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION oxus.tell(%2$L, %3$L, %4$L, %5$L);
        CREATE TRIGGER tell_update AFTER UPDATE ON oxus.%1$I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION oxus.tell(%2$L, %3$L, %4$L, %5$L);
        CREATE TRIGGER tell_delete AFTER DELETE ON oxus.%1$I REFERENCING OLD TABLE AS old_rows
            FOR EACH STATEMENT EXECUTE FUNCTION oxus.tell(%2$L, %3$L, %4$L, %5$L);
        ALTER TABLE oxus.%1$I ENABLE ALWAYS TRIGGER tell_insert, ENABLE ALWAYS TRIGGER tell_update, ENABLE ALWAYS TRIGGER tell_delete
        $sql$, tbl, collection, kind, owners, by_project);
END
$$;
-- +goose StatementEnd

ALTER PROCEDURE oxus.keep_history RENAME TO keep_history_untold;

-- keep_history puts a table under history; see 0001_ground.sql.
-- +goose StatementBegin
CREATE PROCEDURE oxus.keep_history(tbl text, collection text, kind text, VARIADIC spans text[] DEFAULT '{}')
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    CALL oxus.keep_history_untold(tbl, collection, kind, VARIADIC spans);
    CALL oxus.tell_changes(tbl, collection, kind);
END
$$;
-- +goose StatementEnd
CALL oxus.tell_changes('sources', 'sources', 'source');
-- +goose StatementBegin
DO $$
DECLARE
    named text;
BEGIN
    FOR named IN SELECT collection FROM oxus.versions WHERE collection <> 'sources' LOOP
        CALL oxus.tell_changes(oxus.table_of(named), named, 'feature');
        IF to_regclass('oxus.' || oxus.table_of(named) || '_status') IS NOT NULL THEN
            CALL oxus.tell_changes(oxus.table_of(named) || '_status', named, 'status');
        END IF;
    END LOOP;
END
$$;
-- +goose StatementEnd
