-- The history of many features at once. What a feature became by a change is its row,
-- or the past row that kept it; a change of many features through the program names
-- them, and holds no second copy of each.

-- +goose Up
CREATE TABLE oxus.revisions_of_many (
    first      bigint PRIMARY KEY,
    last       bigint NOT NULL,
    recorded   timestamptz NOT NULL,
    version    bigint NOT NULL,
    actor      text NOT NULL,
    login      text NOT NULL,
    direct     boolean NOT NULL,
    note       text,
    collection text COLLATE "C" NOT NULL,
    action     text NOT NULL CONSTRAINT revisions_of_many_action_code CHECK (action IN ('insert', 'update', 'delete')),
    ids        text[] COLLATE "C" NOT NULL,
    CONSTRAINT revisions_of_many_ids_range CHECK (cardinality(ids) = last - first + 1)
);
CREATE INDEX revisions_of_many_in ON oxus.revisions_of_many (collection, first);
CREATE INDEX revisions_of_many_when ON oxus.revisions_of_many (recorded, last);
-- Compressing the ids costs more than writing them.
ALTER TABLE oxus.revisions_of_many ALTER COLUMN ids SET STORAGE EXTERNAL;
COMMENT ON TABLE oxus.revisions_of_many IS 'Changes of many features by one statement, beside those of single rows. Nothing here is changed or deleted.';
COMMENT ON COLUMN oxus.revisions_of_many.first IS 'The number of the revision of the first feature; they are counted on in the order of ids.';
COMMENT ON COLUMN oxus.revisions_of_many.ids IS 'The features. What each became is its row that was recorded then, what each was the past row that was known until then.';
CREATE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON oxus.revisions_of_many
    FOR EACH STATEMENT EXECUTE FUNCTION oxus.refuse('history is kept as it was written');
CREATE TRIGGER forge BEFORE INSERT ON oxus.revisions_of_many
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION oxus.refuse('history is written by the changes themselves');
ALTER TABLE oxus.revisions_of_many ENABLE ALWAYS TRIGGER keep, ENABLE ALWAYS TRIGGER forge;

-- image_of returns how a row of a table is written as jsonb, the row having the name
-- that is put in the place of %1$s. What is generated follows from the rest. Geometry is
-- named one by one because the whole row's way to JSON goes through GeoJSON, which
-- costs ten times everything else and rounds.
-- +goose StatementBegin
CREATE FUNCTION oxus.image_of(tbl regclass) RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
SELECT 'to_jsonb((SELECT r FROM (SELECT ' ||
       string_agg('%1$s.' || quote_ident(attname) || CASE typname WHEN 'geometry' THEN '::text AS ' || quote_ident(attname) ELSE '' END, ', ' ORDER BY attnum)
       || ') r))'
  FROM pg_attribute JOIN pg_type t ON t.oid = atttypid
 WHERE attrelid = tbl AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attname <> 'recorded'
$$;
-- +goose StatementEnd

-- is_many reports whether a statement of the program changes many rows. How many those
-- are is a setting of its own, so that tests can try it with a few.
-- +goose StatementBegin
CREATE FUNCTION oxus.is_many(changed bigint) RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
SELECT coalesce(current_setting('oxus.program', true), '') = 'oxus'
   AND changed >= coalesce(nullif(current_setting('oxus.many', true), ''), '500')::bigint
$$;
-- +goose StatementEnd

-- record writes the history of one statement and raises the version. It takes
-- the collection and the kind of row as arguments and runs once a statement, on
-- transition tables, so that loading a million rows costs one pass. Many features are
-- only named, a thousand a row, where what they were is kept: a row of this very transaction was never in
-- force, and nothing keeps it.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION oxus.record() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changes text := CASE TG_OP WHEN 'INSERT' THEN 'new_rows n' WHEN 'DELETE' THEN 'old_rows o'
                               ELSE 'old_rows o JOIN new_rows n USING (id)' END;
    actor text := coalesce(nullif(current_setting('oxus.actor', true), ''), session_user);
    note text := nullif(current_setting('oxus.note', true), '');
    direct boolean := coalesce(current_setting('oxus.program', true), '') = '';
    touched oxus.versions;
    image text;
    changed bigint;
    passing bigint := 0;
    first_seq bigint;
    lost text;
BEGIN
    EXECUTE format('SELECT count(*) FROM %s', CASE TG_OP WHEN 'DELETE' THEN 'old_rows' ELSE 'new_rows' END) INTO changed;
    IF changed = 0 THEN
        RETURN NULL;
    END IF;
    touched := oxus.touch(TG_ARGV[0]);
    IF TG_OP <> 'INSERT' THEN
        EXECUTE 'SELECT count(*) FROM old_rows WHERE recorded >= $1' INTO passing USING touched.changed;
        IF passing > 0 AND TG_ARGV[1] = 'feature' THEN
            EXECUTE 'SELECT min(o.id) FROM old_rows o JOIN oxus.revisions_of_many m ON m.recorded = $1 AND m.collection = $2 AND o.id = ANY (m.ids)'
               INTO lost USING touched.changed, TG_ARGV[0];
            IF lost IS NOT NULL THEN
                RAISE EXCEPTION 'the feature % is changed twice by a change of many', lost
                    USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_TABLE_NAME || '_id_twice';
            END IF;
        END IF;
    END IF;
    IF TG_ARGV[1] = 'feature' AND passing = 0 AND oxus.is_many(changed) THEN
        -- Changes wait for each other, so that nobody else counts meanwhile.
        first_seq := nextval('oxus.revisions_seq_seq');
        PERFORM setval('oxus.revisions_seq_seq', first_seq + changed - 1);
        EXECUTE format(
            'INSERT INTO oxus.revisions_of_many (first, last, recorded, version, actor, login, direct, note, collection, action, ids) '
            'SELECT $1 + min(place) - 1, $1 + max(place) - 1, $2, $3, $4, session_user, $5, $6, $7, $8, array_agg(id ORDER BY place) '
            'FROM (SELECT id, row_number() OVER (ORDER BY id COLLATE "C") AS place FROM %s) c GROUP BY (place - 1) / 1000',
            CASE TG_OP WHEN 'DELETE' THEN 'old_rows' ELSE 'new_rows' END)
        USING first_seq, touched.changed, touched.version, actor, direct, note, TG_ARGV[0], lower(TG_OP);
    ELSE
        image := oxus.image_of(TG_RELID);
        EXECUTE format(
            'INSERT INTO oxus.revisions (recorded, version, actor, login, direct, note, collection, kind, id, action, before, after) '
            'SELECT $1, $2, $3, session_user, $8, $4, $5, $6, id, $7, %s, %s FROM %s ORDER BY id COLLATE "C"',
            CASE WHEN TG_OP = 'INSERT' THEN 'NULL::jsonb' ELSE format(image, 'o') END,
            CASE WHEN TG_OP = 'DELETE' THEN 'NULL::jsonb' ELSE format(image, 'n') END,
            changes)
        USING touched.changed, touched.version, actor, note, TG_ARGV[0], TG_ARGV[1], lower(TG_OP), direct;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        SELECT string_agg(quote_ident(past.attname), ', ')
          INTO image
          FROM pg_attribute past JOIN pg_attribute now USING (attname)
         WHERE past.attrelid = (TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME || '_past')::regclass AND past.attnum > 0 AND NOT past.attisdropped
           AND now.attrelid = TG_RELID AND NOT now.attisdropped;
        EXECUTE format('INSERT INTO oxus.%1$I (%2$s, known) SELECT %2$s, tstzrange(recorded, $1) FROM old_rows WHERE recorded < $1',
            TG_TABLE_NAME || '_past', image)
        USING touched.changed;
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- changes returns every revision with the row before and after, whichever way it is
-- kept.
-- +goose StatementBegin
CREATE FUNCTION oxus.changes() RETURNS SETOF oxus.revisions
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    named text;
    tbl text;
    image text;
BEGIN
    RETURN QUERY SELECT * FROM oxus.revisions;
    FOR named IN SELECT DISTINCT collection FROM oxus.revisions_of_many LOOP
        tbl := oxus.table_of(named);
        image := oxus.image_of(('oxus.' || tbl)::regclass);
        RETURN QUERY EXECUTE format($sql$
            SELECT m.first + i.place - 1, m.recorded, m.version, m.actor, m.login, m.direct, m.note, m.collection, 'feature', i.id, m.action,
                   (SELECT %2$s FROM oxus.%4$I p WHERE p.id = i.id AND upper(p.known) = m.recorded),
                   CASE WHEN m.action <> 'delete' THEN coalesce(
                       (SELECT %3$s FROM oxus.%1$I f WHERE f.id = i.id AND f.recorded = m.recorded),
                       (SELECT %2$s FROM oxus.%4$I p WHERE p.id = i.id AND p.recorded = m.recorded)) END
              FROM oxus.revisions_of_many m, unnest(m.ids) WITH ORDINALITY AS i (id, place) WHERE m.collection = $1
            $sql$, tbl, format(image, 'p'), format(image, 'f'), tbl || '_past')
        USING named;
    END LOOP;
END
$$;
-- +goose StatementEnd
CREATE VIEW oxus.history AS SELECT * FROM oxus.changes();
COMMENT ON VIEW oxus.history IS 'Every change of every row, each with the row before and after.';

-- cite counts what the lists of a statement's rows name, each list that repeats once.
-- Changes wait for each other, so that they do not meet at one source.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION oxus.cite() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO oxus.citations AS c
        SELECT s, TG_ARGV[0], TG_ARGV[1], sum(l.n)
          FROM (SELECT sources, count(*) AS n FROM new_rows GROUP BY sources) l, unnest(l.sources) s GROUP BY s ORDER BY s
        ON CONFLICT (source, collection, kind) DO UPDATE SET cited = c.cited + excluded.cited;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        UPDATE oxus.citations c SET cited = c.cited - gone.cited
          FROM (SELECT s, sum(l.n) AS cited
                  FROM (SELECT sources, count(*) AS n FROM old_rows GROUP BY sources) l, unnest(l.sources) s GROUP BY s) gone
         WHERE c.source = gone.s AND c.collection = TG_ARGV[0] AND c.kind = TG_ARGV[1];
        DELETE FROM oxus.citations c WHERE c.cited = 0;
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- What a feature became is its row: no way leads around the triggers that keep it, not
-- even the one of replication.
-- +goose StatementBegin
CREATE PROCEDURE oxus.keep_always(tbl text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('ALTER TABLE oxus.%I ENABLE ALWAYS TRIGGER change_row, ENABLE ALWAYS TRIGGER record_update,
        ENABLE ALWAYS TRIGGER record_delete, ENABLE ALWAYS TRIGGER keep', tbl);
END
$$;
-- +goose StatementEnd

ALTER PROCEDURE oxus.keep_history RENAME TO keep_history_by_statement;

-- keep_history puts a table under history; see 0001_ground.sql.
-- +goose StatementBegin
CREATE PROCEDURE oxus.keep_history(tbl text, collection text, kind text, VARIADIC spans text[] DEFAULT '{}')
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    CALL oxus.keep_history_by_statement(tbl, collection, kind, VARIADIC spans);
    CALL oxus.keep_always(tbl);
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
DO $$
DECLARE
    tbl text;
BEGIN
    FOR tbl IN SELECT relname FROM pg_class JOIN pg_trigger ON tgrelid = pg_class.oid WHERE tgname = 'record_insert' LOOP
        CALL oxus.keep_always(tbl);
    END LOOP;
END
$$;
-- +goose StatementEnd
