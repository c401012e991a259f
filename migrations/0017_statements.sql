-- What is done once a statement of many rows looks at them fewer times. Everything held
-- before is held still.

-- +goose Up
-- record is that of 0014_many.sql; the ids of many features are sorted once, not counted
-- and sorted again in their thousands.
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
            'SELECT $1 + p, $1 + least(p + 1000, $9) - 1, $2, $3, $4, session_user, $5, $6, $7, $8, c.ids[p + 1 : p + 1000] '
            'FROM (SELECT array_agg(id ORDER BY id COLLATE "C") AS ids FROM %s) c, generate_series(0, $9 - 1, 1000) p',
            CASE TG_OP WHEN 'DELETE' THEN 'old_rows' ELSE 'new_rows' END)
        USING first_seq, touched.changed, touched.version, actor, direct, note, TG_ARGV[0], lower(TG_OP), changed;
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

-- count_added is that of 0011_bulk.sql. Where no past row has an id from the first to the
-- last of those added, all revisions are the first, and nothing is looked up for each.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION oxus.count_added() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    moment timestamptz;
    first_id text;
    last_id text;
    near boolean := true;
    wrong boolean;
BEGIN
    IF current_setting('oxus.program', true) IS DISTINCT FROM 'oxus' THEN
        RETURN NULL; -- the rows were counted one by one
    END IF;
    moment := oxus.take_moment();
    IF TG_ARGV[0] = 'feature' THEN
        SELECT min(n.id), max(n.id), bool_or(n.recorded <> moment OR n.revision <> 1) INTO first_id, last_id, wrong FROM new_rows n;
        EXECUTE format('SELECT EXISTS (SELECT FROM oxus.%I WHERE id BETWEEN $1 AND $2)', TG_TABLE_NAME || '_past') INTO near USING first_id, last_id;
    END IF;
    IF near THEN
        EXECUTE 'SELECT EXISTS (SELECT FROM new_rows n WHERE n.recorded <> $1' ||
            CASE WHEN TG_ARGV[0] <> 'feature' THEN '' ELSE format(
                ' OR n.revision <> 1 + coalesce((SELECT max(p.revision) FROM oxus.%I p WHERE p.id = n.id), 0)', TG_TABLE_NAME || '_past') END || ')'
           INTO wrong USING moment;
    END IF;
    IF wrong THEN
        RAISE EXCEPTION 'a row added to %.% is not of this moment, or not of its next revision', TG_TABLE_SCHEMA, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
