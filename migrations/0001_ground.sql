-- The ground every collection stands on: sources, history, versions, and the
-- functions that give a new collection all of it. See 0002_crossings.sql for
-- what is left to say for one collection.
--
-- Names of constraints end in the rule they hold (…_code, …_range, …_overlap);
-- programs turn that last word into the rule's name, so keep to the words used
-- here. Functions that triggers run have a fixed search_path; the others are
-- bound to what they name when they are made.

-- +goose Up
CREATE SCHEMA IF NOT EXISTS oxus;
CREATE EXTENSION IF NOT EXISTS postgis SCHEMA public;
CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA public;

-- Identity and versions ------------------------------------------------------

CREATE TABLE oxus.store (
    id      uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    the_one boolean NOT NULL UNIQUE DEFAULT true CHECK (the_one)
);
COMMENT ON TABLE oxus.store IS 'One row: what tells this database from every other.';
INSERT INTO oxus.store DEFAULT VALUES;

CREATE TABLE oxus.versions (
    collection text PRIMARY KEY,
    version    bigint NOT NULL DEFAULT 0,
    changed    timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Never the same twice: a database taken back to a backup counts the same
    -- numbers again, over other data.
    stamp      uuid NOT NULL DEFAULT gen_random_uuid()
) WITH (fillfactor = 50);
COMMENT ON TABLE oxus.versions IS 'The state of each collection, raised in the transaction that changes it.';
INSERT INTO oxus.versions (collection) VALUES ('sources');

-- The clock of the record: whatever a transaction changes, in however many
-- tables, is recorded at one moment, and moments are in the order of commits. The
-- sequence holds the last moment taken, in microseconds since 1970; everybody
-- sees it at once, and a rollback does not take it back.
CREATE SEQUENCE oxus.moment MINVALUE 0 START 0;

CREATE FUNCTION oxus.microseconds(t timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (extract(epoch FROM t) * 1000000)::bigint;

CREATE FUNCTION oxus.moment_at(microseconds bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN timestamptz 'epoch' + microseconds * interval '1 microsecond';

-- take_moment returns the moment of this transaction. Its first change takes the
-- lock that lets one transaction record at a time, until its end; the moment is
-- kept in a setting that a rollback to a savepoint takes back together with the
-- lock.
-- +goose StatementBegin
CREATE FUNCTION oxus.take_moment() RETURNS timestamptz
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    taken text := current_setting('oxus.moment', true);
    chosen bigint;
BEGIN
    IF split_part(taken, ' ', 1) = pg_current_xact_id()::text THEN
        RETURN oxus.moment_at(split_part(taken, ' ', 2)::bigint);
    END IF;
    PERFORM pg_advisory_xact_lock(1869116787, 1);
    SELECT greatest(oxus.microseconds(clock_timestamp()), last_value + 1) INTO chosen FROM oxus.moment;
    PERFORM setval('oxus.moment', chosen);
    PERFORM set_config('oxus.moment', pg_current_xact_id()::text || ' ' || chosen, true);
    RETURN oxus.moment_at(chosen);
END
$$;
-- +goose StatementEnd

-- settle returns the moment asked for, now for none, when nothing will ever be
-- recorded at it or before it any more; a moment that lies ahead comes back
-- with the present one. Before the last moment taken that is so already: who may
-- still be writing records later. Else whoever writes is waited for, and the
-- clock is moved on to the moment, past which the next one will record. Its
-- lock must be let go before the data is read: it is a statement of its own.
-- +goose StatementBegin
CREATE FUNCTION oxus.settle(asked timestamptz, OUT moment timestamptz, OUT present timestamptz)
LANGUAGE plpgsql SET lock_timeout = '5s' SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    taken bigint;
BEGIN
    SELECT last_value INTO taken FROM oxus.moment;
    present := greatest(clock_timestamp(), oxus.moment_at(taken));
    moment := coalesce(asked, present);
    IF moment > present OR oxus.microseconds(moment) < taken THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(1869116787, 1);
    SELECT last_value INTO taken FROM oxus.moment;
    IF oxus.microseconds(moment) > taken THEN
        PERFORM setval('oxus.moment', oxus.microseconds(moment));
    END IF;
END
$$;
-- +goose StatementEnd

-- touch raises the version of a collection, once a transaction: a change of
-- many statements leaves one version.
-- +goose StatementBegin
CREATE FUNCTION oxus.touch(what text) RETURNS oxus.versions
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    touched oxus.versions;
BEGIN
    UPDATE oxus.versions v
       SET version = v.version + 1,
           changed = oxus.take_moment(),
           stamp = gen_random_uuid()
     WHERE v.collection = what AND v.xmin <> pg_current_xact_id()::xid
    RETURNING v.* INTO touched;
    IF NOT FOUND THEN
        SELECT v.* INTO STRICT touched FROM oxus.versions v WHERE v.collection = what;
    END IF;
    RETURN touched;
END
$$;
-- +goose StatementEnd

-- History --------------------------------------------------------------------

CREATE TABLE oxus.revisions (
    seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recorded   timestamptz NOT NULL,
    version    bigint NOT NULL,
    actor      text NOT NULL,
    login      text NOT NULL,
    direct     boolean NOT NULL,
    note       text,
    collection text NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('feature', 'status', 'source')),
    id         text COLLATE "C" NOT NULL,
    action     text NOT NULL CHECK (action IN ('insert', 'update', 'delete')),
    before     jsonb,
    after      jsonb,
    CHECK ((before IS NULL) = (action = 'insert') AND (after IS NULL) = (action = 'delete'))
);
CREATE INDEX revisions_of ON oxus.revisions (collection, kind, id, seq);
CREATE INDEX revisions_in ON oxus.revisions (collection, seq);
CREATE INDEX revisions_when ON oxus.revisions (recorded, seq);
CREATE INDEX revisions_after ON oxus.revisions (collection, (after ->> 'feature')) WHERE kind = 'status' AND after IS NOT NULL;
CREATE INDEX revisions_before ON oxus.revisions (collection, (before ->> 'feature')) WHERE kind = 'status' AND before IS NOT NULL;
COMMENT ON TABLE oxus.revisions IS 'Every change of every row, by whatever program. Nothing here is changed or deleted.';
COMMENT ON COLUMN oxus.revisions.recorded IS 'The same for all changes of a transaction; later for every later transaction.';
COMMENT ON COLUMN oxus.revisions.version IS 'The version of the collection that the change made.';
COMMENT ON COLUMN oxus.revisions.actor IS 'Who, as the program says (setting oxus.actor), else the database user.';
COMMENT ON COLUMN oxus.revisions.direct IS 'The change did not come through Oxus.';
COMMENT ON COLUMN oxus.revisions.login IS 'The database user, whatever the program says.';
COMMENT ON COLUMN oxus.revisions.after IS 'The row; its geometry as hexadecimal EWKB, so that no digit is lost.';

-- record writes the history of one statement and raises the version. It takes
-- the collection and the kind of row as arguments and runs once a statement, on
-- transition tables, so that loading a million rows costs one pass.
-- +goose StatementBegin
CREATE FUNCTION oxus.record() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changes text := CASE TG_OP WHEN 'INSERT' THEN 'new_rows n' WHEN 'DELETE' THEN 'old_rows o'
                               ELSE 'old_rows o JOIN new_rows n USING (id)' END;
    touched oxus.versions;
    image text;
    changed boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %s)', changes) INTO changed;
    IF NOT changed THEN
        RETURN NULL;
    END IF;
    touched := oxus.touch(TG_ARGV[0]);
    -- What is generated follows from the rest. Geometry is named one by one
    -- because the whole row's way to JSON goes through GeoJSON, which costs ten
    -- times everything else and rounds.
    SELECT 'to_jsonb((SELECT r FROM (SELECT ' ||
           string_agg('%1$s.' || quote_ident(attname) || CASE typname WHEN 'geometry' THEN '::text AS ' || quote_ident(attname) ELSE '' END, ', ')
           || ') r))'
      INTO image
      FROM pg_attribute JOIN pg_type t ON t.oid = atttypid
     WHERE attrelid = TG_RELID AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attname <> 'recorded';
    EXECUTE format(
        'INSERT INTO oxus.revisions (recorded, version, actor, login, direct, note, collection, kind, id, action, before, after) '
        'SELECT $1, $2, $3, session_user, $8, $4, $5, $6, id, $7, %s, %s FROM %s ORDER BY id COLLATE "C"',
        CASE WHEN TG_OP = 'INSERT' THEN 'NULL::jsonb' ELSE format(image, 'o') END,
        CASE WHEN TG_OP = 'DELETE' THEN 'NULL::jsonb' ELSE format(image, 'n') END,
        changes)
    USING touched.changed, touched.version,
          coalesce(nullif(current_setting('oxus.actor', true), ''), session_user),
          nullif(current_setting('oxus.note', true), ''), TG_ARGV[0], TG_ARGV[1], lower(TG_OP),
          coalesce(current_setting('oxus.program', true), '') = '';
    IF TG_OP <> 'INSERT' THEN
        -- A row of this very transaction was never in force.
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

-- +goose StatementBegin
CREATE FUNCTION oxus.refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% of %.% is refused: %', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_ARGV[0]
        USING ERRCODE = 'insufficient_privilege';
END
$$;
-- +goose StatementEnd

CREATE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON oxus.revisions
    FOR EACH STATEMENT EXECUTE FUNCTION oxus.refuse('history is kept as it was written');
CREATE TRIGGER forge BEFORE INSERT ON oxus.revisions
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION oxus.refuse('history is written by the changes themselves');
-- Also where triggers are off for replication.
ALTER TABLE oxus.revisions ENABLE ALWAYS TRIGGER keep;
ALTER TABLE oxus.revisions ENABLE ALWAYS TRIGGER forge;

-- change_row stands before every row. It counts revisions whatever a client
-- says, drops updates that change nothing, and holds on to ids, by which
-- everything else refers to the row.
-- +goose StatementBegin
CREATE FUNCTION oxus.change_row() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF TG_ARGV[0] = 'feature' THEN
            new.revision := 1;
        END IF;
        new.recorded := oxus.take_moment();
        RETURN new;
    END IF;
    IF new.id IS DISTINCT FROM old.id THEN
        RAISE EXCEPTION 'the id % cannot change; add a new row and delete this one', old.id
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_TABLE_NAME || '_id_stable';
    END IF;
    -- Generated columns are not yet computed here.
    IF TG_ARGV[0] = 'feature' THEN
        new.lifetime := old.lifetime;
        new.revision := old.revision;
    ELSIF TG_ARGV[0] = 'status' THEN
        new.during := old.during;
    END IF;
    new.recorded := old.recorded;
    IF new *= old THEN
        RETURN NULL;
    END IF;
    new.recorded := oxus.take_moment();
    IF TG_ARGV[0] = 'feature' THEN
        new.revision := old.revision + 1;
    END IF;
    RETURN new;
END
$$;
-- +goose StatementEnd

-- keep_history puts a table under history. What a row was before it was changed
-- or deleted goes to a table of past rows beside it, with the moments it was
-- known from and to; current and past rows together are what the view of known
-- rows is asked for at a moment. spans names the columns that stand in one index
-- with them, each list for an index of its own.
-- +goose StatementBegin
CREATE PROCEDURE oxus.keep_history(tbl text, collection text, kind text, VARIADIC spans text[] DEFAULT '{}')
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    listed text;
    span text;
BEGIN
    EXECUTE format('ALTER TABLE oxus.%1$I ADD COLUMN recorded timestamptz NOT NULL DEFAULT clock_timestamp()', tbl);
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO listed
      FROM pg_attribute WHERE attrelid = to_regclass('oxus.' || tbl) AND attnum > 0 AND NOT attisdropped;
    EXECUTE format($sql$
        CREATE TABLE oxus.%1$I (LIKE oxus.%2$I, known tstzrange NOT NULL);
        CREATE INDEX ON oxus.%1$I (id);
        CREATE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON oxus.%1$I
            FOR EACH STATEMENT EXECUTE FUNCTION oxus.refuse('history is kept as it was written');
        CREATE TRIGGER forge BEFORE INSERT ON oxus.%1$I
            FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION oxus.refuse('history is written by the changes themselves');
        ALTER TABLE oxus.%1$I ENABLE ALWAYS TRIGGER keep, ENABLE ALWAYS TRIGGER forge;
        CREATE VIEW oxus.%3$I AS
            SELECT %4$s, tstzrange(recorded, NULL) AS known FROM oxus.%2$I UNION ALL SELECT %4$s, known FROM oxus.%1$I
        $sql$, tbl || '_past', tbl, tbl || '_known', listed);
    FOREACH span IN ARRAY spans LOOP
        EXECUTE format('CREATE INDEX ON oxus.%I USING gist (%s, known)', tbl || '_past', span);
    END LOOP;
    IF kind = 'feature' THEN
        -- A feature that was deleted and is added again counts its revisions on.
        EXECUTE format($sql$
            CREATE FUNCTION oxus.%1$I() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
            BEGIN
                new.revision := 1 + coalesce((SELECT max(p.revision) FROM oxus.%2$I p WHERE p.id = new.id), 0);
                RETURN new;
            END
            $f$;
            CREATE TRIGGER count_on BEFORE INSERT ON oxus.%3$I FOR EACH ROW EXECUTE FUNCTION oxus.%1$I()
            $sql$, tbl || '_count_on', tbl || '_past', tbl);
    END IF;
    EXECUTE format('CREATE TRIGGER change_row BEFORE INSERT OR UPDATE ON oxus.%I
                    FOR EACH ROW EXECUTE FUNCTION oxus.change_row(%L)', tbl, kind);
    EXECUTE format('CREATE TRIGGER record_insert AFTER INSERT ON oxus.%I REFERENCING NEW TABLE AS new_rows
                    FOR EACH STATEMENT EXECUTE FUNCTION oxus.record(%L, %L)', tbl, collection, kind);
    EXECUTE format('CREATE TRIGGER record_update AFTER UPDATE ON oxus.%I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
                    FOR EACH STATEMENT EXECUTE FUNCTION oxus.record(%L, %L)', tbl, collection, kind);
    EXECUTE format('CREATE TRIGGER record_delete AFTER DELETE ON oxus.%I REFERENCING OLD TABLE AS old_rows
                    FOR EACH STATEMENT EXECUTE FUNCTION oxus.record(%L, %L)', tbl, collection, kind);
    EXECUTE format('CREATE TRIGGER keep BEFORE TRUNCATE ON oxus.%I
                    FOR EACH STATEMENT EXECUTE FUNCTION oxus.refuse(''it would leave no history; use DELETE'')', tbl);
END
$$;
-- +goose StatementEnd

-- Values ---------------------------------------------------------------------

CREATE FUNCTION oxus.is_id(t text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN t ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$';

-- A date as far as its source gives it: YYYY, YYYY-MM or YYYY-MM-DD.
CREATE FUNCTION oxus.is_partial(t text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN t !~ '^[0-9]{4}(-(0[1-9]|1[0-2])(-[0-9]{2})?)?$' OR t LIKE '0000%' THEN false
    WHEN length(t) < 10 THEN true
    ELSE substr(t, 9)::int BETWEEN 1 AND extract(day FROM
         make_date(substr(t, 1, 4)::int, substr(t, 6, 2)::int, 1)::timestamp + interval '1 month - 1 day')
END;

-- A plain list without holes.
CREATE FUNCTION oxus.is_list(l text[]) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN array_ndims(l) > 1 THEN false ELSE array_position(l, NULL) IS NULL END;

CREATE FUNCTION oxus.is_day(d date) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN d BETWEEN '0001-01-01' AND '9999-12-31';

CREATE FUNCTION oxus.is_point(g geometry) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN public.geometrytype(g) = 'POINT' AND NOT public.st_isempty(g);

CREATE FUNCTION oxus.is_line(g geometry) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN public.geometrytype(g) IN ('LINESTRING', 'MULTILINESTRING') AND NOT public.st_isempty(g)
   AND (SELECT bool_and(public.st_npoints(public.st_geometryn(g, n)) > 1) FROM generate_series(1, public.st_numgeometries(g)) n);

-- Every position, because a box around a line passes over a NaN inside it. NaN
-- is greater than every number here.
CREATE FUNCTION oxus.is_placed(g geometry) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN public.geometrytype(g) = 'POINT' THEN abs(public.st_x(g)) <= 180 AND abs(public.st_y(g)) <= 90
            ELSE (SELECT bool_and(abs(public.st_x(d.geom)) <= 180 AND abs(public.st_y(d.geom)) <= 90) FROM public.st_dumppoints(g) d) END;

-- The first and last day a date of some precision may mean.
CREATE FUNCTION oxus.first_day(d date, prec text) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN prec IN ('month', 'year') THEN date_trunc(prec, d::timestamp)::date ELSE d END;

CREATE FUNCTION oxus.last_day(d date, prec text) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN prec IN ('month', 'year')
            THEN (date_trunc(prec, d::timestamp) + ('1 ' || prec)::interval - interval '1 day')::date ELSE d END;

-- The days on which a lifetime may hold. An end before its start comes out
-- empty, for a check to refuse.
CREATE FUNCTION oxus.lifetime(from_day date, from_prec text, to_day date, to_prec text)
RETURNS daterange LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN oxus.first_day(from_day, from_prec) > oxus.last_day(to_day, to_prec) THEN 'empty'::daterange
            ELSE daterange(oxus.first_day(from_day, from_prec), oxus.last_day(to_day, to_prec), '[]') END;

-- The days on which a period is in force. Both dates count as the day they are
-- written with, so that phases that follow each other do not overlap.
CREATE FUNCTION oxus.during(from_day date, from_prec text, to_day date, basis text)
RETURNS daterange LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN to_day < from_day THEN 'empty'::daterange
    WHEN basis = 'ended' AND to_day > from_day THEN daterange(from_day, to_day, '[)')
    WHEN basis IN ('ended', 'last_documented') THEN daterange(from_day, to_day, '[]')
    WHEN basis = 'ongoing' THEN daterange(from_day, NULL)
    ELSE daterange(from_day, oxus.last_day(from_day, from_prec), '[]') END;

-- Sources and citations ------------------------------------------------------

CREATE TABLE oxus.sources (
    id        text COLLATE "C" PRIMARY KEY CONSTRAINT sources_id CHECK (oxus.is_id(id)),
    publisher text NOT NULL CONSTRAINT sources_publisher_required CHECK (publisher <> ''),
    title     text NOT NULL CONSTRAINT sources_title_required CHECK (title <> ''),
    url       text CONSTRAINT sources_url_text CHECK (url <> ''),
    published text CONSTRAINT sources_published_partial CHECK (oxus.is_partial(published)),
    accessed  text CONSTRAINT sources_accessed_partial CHECK (oxus.is_partial(accessed)),
    supports  text CONSTRAINT sources_supports_text CHECK (supports <> '')
);
CALL oxus.keep_history('sources', 'sources', 'source');

-- citations links every row to the sources it names in its list, so that an
-- unknown source is refused and a cited one cannot be deleted.
CREATE TABLE oxus.citations (
    collection text NOT NULL,
    kind       text NOT NULL,
    owner      text COLLATE "C" NOT NULL,
    source     text COLLATE "C" NOT NULL CONSTRAINT citations_source REFERENCES oxus.sources,
    PRIMARY KEY (collection, kind, owner, source)
);
CREATE INDEX citations_of ON oxus.citations (source);
CREATE TRIGGER forge BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON oxus.citations
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION oxus.refuse('citations follow the lists of sources');

-- +goose StatementBegin
CREATE FUNCTION oxus.cite() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO oxus.citations
        SELECT DISTINCT TG_ARGV[0], TG_ARGV[1], n.id, s FROM new_rows n, unnest(n.sources) s;
    ELSIF TG_OP = 'DELETE' THEN
        DELETE FROM oxus.citations c USING old_rows o
         WHERE c.collection = TG_ARGV[0] AND c.kind = TG_ARGV[1] AND c.owner = o.id;
    ELSE
        DELETE FROM oxus.citations c USING old_rows o JOIN new_rows n USING (id)
         WHERE c.collection = TG_ARGV[0] AND c.kind = TG_ARGV[1] AND c.owner = o.id
           AND c.source <> ALL (n.sources);
        INSERT INTO oxus.citations
        SELECT DISTINCT TG_ARGV[0], TG_ARGV[1], n.id, s FROM old_rows o JOIN new_rows n USING (id), unnest(n.sources) s
         WHERE n.sources <> o.sources AND s <> ALL (o.sources);
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE PROCEDURE oxus.keep_citations(tbl text, collection text, kind text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('ALTER TABLE oxus.%1$s
        ADD CONSTRAINT %1$s_sources_cited CHECK (cardinality(sources) > 0),
        ADD CONSTRAINT %1$s_sources_list CHECK (oxus.is_list(sources))', tbl);
    EXECUTE format('CREATE TRIGGER cite_insert AFTER INSERT ON oxus.%I REFERENCING NEW TABLE AS new_rows
                    FOR EACH STATEMENT EXECUTE FUNCTION oxus.cite(%L, %L)', tbl, collection, kind);
    EXECUTE format('CREATE TRIGGER cite_update AFTER UPDATE ON oxus.%I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
                    FOR EACH STATEMENT EXECUTE FUNCTION oxus.cite(%L, %L)', tbl, collection, kind);
    EXECUTE format('CREATE TRIGGER cite_delete AFTER DELETE ON oxus.%I REFERENCING OLD TABLE AS old_rows
                    FOR EACH STATEMENT EXECUTE FUNCTION oxus.cite(%L, %L)', tbl, collection, kind);
END
$$;
-- +goose StatementEnd

-- Collections ----------------------------------------------------------------

-- require_project holds periods of a project against the features of the
-- project, at the end of the transaction. It takes the status table and the
-- feature table. Both sides hold the collection's version by then, so two
-- transactions cannot pass each other.
-- +goose StatementBegin
CREATE FUNCTION oxus.require_project() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    named text;
    orphaned boolean;
BEGIN
    IF TG_TABLE_NAME = TG_ARGV[0] THEN
        named := new.project;
    ELSE
        named := old.project;
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT FROM oxus.%I WHERE project = $1) AND NOT EXISTS (SELECT FROM oxus.%I WHERE project = $1)',
        TG_ARGV[0], TG_ARGV[1]) INTO orphaned USING named;
    IF orphaned THEN
        RAISE EXCEPTION 'no feature of % belongs to project "%"', TG_ARGV[1], named
            USING ERRCODE = 'foreign_key_violation', TABLE = TG_ARGV[0], CONSTRAINT = TG_ARGV[0] || '_project_feature';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- table_of returns the name of a collection's table. It admits nothing that
-- would have to be quoted, so that names can be made from it.
-- +goose StatementBegin
CREATE FUNCTION oxus.table_of(collection text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF collection !~ '^[a-z][a-z0-9-]{0,30}$' THEN
        RAISE EXCEPTION 'the id of a collection is lower-case letters, digits and hyphens, not "%"', collection;
    END IF;
    RETURN replace(collection, '-', '_');
END
$$;
-- +goose StatementEnd

-- add_status gives a collection its table of status periods. Phases of one
-- owner cannot share a day; that is held at the end of a transaction, because
-- moving the day between two phases passes through an overlap.
-- +goose StatementBegin
CREATE PROCEDURE oxus.add_status(collection text, statuses text[], by_project boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    features text := oxus.table_of(collection);
    tbl text := features || '_status';
BEGIN
    EXECUTE format($sql$
        CREATE TABLE oxus.%1$s (
            id             text COLLATE "C" PRIMARY KEY DEFAULT gen_random_uuid()::text,
            feature        text COLLATE "C" CONSTRAINT %1$s_feature_feature REFERENCES oxus.%2$s DEFERRABLE INITIALLY DEFERRED,
            project        text,
            kind           text NOT NULL CONSTRAINT %1$s_kind_code CHECK (kind IN ('phase', 'disruption', 'milestone')),
            status         text NOT NULL CONSTRAINT %1$s_status_code CHECK (status = ANY (%3$L::text[])),
            from_date      date NOT NULL CONSTRAINT %1$s_from_date_range CHECK (oxus.is_day(from_date)),
            from_precision text NOT NULL DEFAULT 'day'
                           CONSTRAINT %1$s_from_precision_code CHECK (from_precision IN ('day', 'month', 'year')),
            to_date        date CONSTRAINT %1$s_to_date_range CHECK (oxus.is_day(to_date)),
            to_precision   text CONSTRAINT %1$s_to_precision_code CHECK (to_precision IN ('day', 'month', 'year')),
            end_basis      text NOT NULL
                           CONSTRAINT %1$s_end_basis_code CHECK (end_basis IN ('ended', 'last_documented', 'ongoing', 'unknown')),
            cause          text CONSTRAINT %1$s_cause_text CHECK (cause <> ''),
            summary        text CONSTRAINT %1$s_summary_text CHECK (summary <> ''),
            sources        text[] NOT NULL,
            during         daterange NOT NULL
                           GENERATED ALWAYS AS (oxus.during(from_date, from_precision, to_date, end_basis)) STORED,
            CONSTRAINT %1$s_id CHECK (oxus.is_id(id)),
            CONSTRAINT %1$s_to_precision_dated CHECK ((to_date IS NULL) = (to_precision IS NULL)),
            CONSTRAINT %1$s_to_date_basis CHECK ((to_date IS NOT NULL) = (end_basis IN ('ended', 'last_documented'))),
            CONSTRAINT %1$s_end_basis_basis CHECK (end_basis <> 'unknown' OR kind <> 'phase'),
            CONSTRAINT %1$s_to_date_order CHECK (to_date >= from_date),
            CONSTRAINT %1$s_feature_overlap EXCLUDE USING gist (feature WITH =, during WITH &&)
                       WHERE (kind = 'phase') DEFERRABLE INITIALLY DEFERRED
        );
        CREATE INDEX %1$s_in_force ON oxus.%1$s USING gist (feature, during)
        $sql$, tbl, features, statuses);
    IF by_project THEN
        EXECUTE format($sql$
            ALTER TABLE oxus.%1$s
                ADD CONSTRAINT %1$s_feature_owner CHECK (num_nonnulls(feature, project) = 1),
                ADD CONSTRAINT %1$s_project_overlap EXCLUDE USING gist (project WITH =, during WITH &&)
                    WHERE (kind = 'phase') DEFERRABLE INITIALLY DEFERRED;
            CREATE INDEX %1$s_project_in_force ON oxus.%1$s USING gist (project, during);
            CREATE INDEX %2$s_project ON oxus.%2$s (project);
            CREATE CONSTRAINT TRIGGER require_project AFTER INSERT OR UPDATE ON oxus.%1$s
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (new.project IS NOT NULL)
                EXECUTE FUNCTION oxus.require_project(%1$L, %2$L);
            CREATE CONSTRAINT TRIGGER require_project AFTER UPDATE OR DELETE ON oxus.%2$s
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION oxus.require_project(%1$L, %2$L)
            $sql$, tbl, features);
    ELSE
        EXECUTE format('ALTER TABLE oxus.%1$s DROP COLUMN project, ALTER COLUMN feature SET NOT NULL', tbl);
    END IF;
    IF by_project THEN
        CALL oxus.keep_history(tbl, collection, 'status', 'feature, during', 'project, during');
    ELSE
        CALL oxus.keep_history(tbl, collection, 'status', 'feature, during');
    END IF;
    CALL oxus.keep_citations(tbl, collection, 'status');
    CALL oxus.show_status_periods();
END
$$;
-- +goose StatementEnd

-- show_status_periods makes the view over the status tables of all collections,
-- one row for each period and each feature it speaks for, and the function that
-- gives the same as it was known at a moment.
-- +goose StatementBegin
CREATE PROCEDURE oxus.show_status_periods()
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    parts text;
BEGIN
    -- What is doubled is filled in twice, once for each.
    SELECT string_agg(format($sql$
        SELECT (%1$L || '~' || s.id || '~' || f.id) COLLATE "C" AS id, f.revision, %1$L::text AS collection, f.id::text AS feature, f.name_en,
               s.status, s.kind, CASE WHEN s.feature IS NULL THEN 'project' ELSE 'feature' END AS scope, s.id AS period, %3$s AS project,
               lower(s.during) AS start, upper(s.during) - 1 AS "end", s.from_precision AS start_precision, s.end_basis,
               s.cause, s.summary, s.sources, s.during AS lifetime, f.geom::geometry(Geometry,4326) AS geom
          FROM oxus.%2$s_status%%1$s s JOIN oxus.%2$s%%1$s f ON (f.id = s.feature %4$s) %%2$s$sql$,
        v.collection, oxus.table_of(v.collection),
        CASE WHEN by_project THEN 's.project' ELSE 'NULL::text' END,
        CASE WHEN by_project THEN 'OR f.project = s.project' ELSE '' END), ' UNION ALL ' ORDER BY v.collection)
      INTO parts
      FROM oxus.versions v
     CROSS JOIN LATERAL to_regclass('oxus.' || oxus.table_of(v.collection) || '_status') AS tbl
     CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM pg_attribute
                          WHERE attrelid = tbl AND attname = 'project' AND NOT attisdropped) AS by_project) p
     WHERE tbl IS NOT NULL;
    EXECUTE 'CREATE OR REPLACE VIEW oxus.status_periods AS ' || format(parts, '', '');
    EXECUTE format('CREATE OR REPLACE FUNCTION oxus.status_periods_at(moment timestamptz) RETURNS SETOF oxus.status_periods
        LANGUAGE sql STABLE PARALLEL SAFE AS $f$ %s $f$', format(parts, '_known', 'WHERE s.known @> $1 AND f.known @> $1'));
END
$$;
-- +goose StatementEnd

-- add_collection makes a collection of a table that has an id and the
-- collection's properties: it adds geometry, lifetime, sources and revision,
-- the checks every property of its type needs, index, history and, when
-- statuses are given, status periods. span names the columns of the lifetime:
-- first day, its precision, last day, its precision. by_project says that
-- periods may also be recorded for the project a feature's column names.
-- +goose StatementBegin
CREATE PROCEDURE oxus.add_collection(collection text, geometry text, span text[],
    statuses text[] DEFAULT NULL, by_project boolean DEFAULT false)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    tbl text := oxus.table_of(collection);
    checks text;
BEGIN
    SELECT string_agg(format(CASE format_type(atttypid, NULL)
               WHEN 'text' THEN 'ADD CONSTRAINT %1$s_%2$s_text CHECK (%2$s <> '''')'
               WHEN 'text[]' THEN 'ADD CONSTRAINT %1$s_%2$s_list CHECK (oxus.is_list(%2$s))'
               ELSE 'ADD CONSTRAINT %1$s_%2$s_finite CHECK (%2$s > ''-Infinity'' AND %2$s < ''Infinity'')' END,
               tbl, quote_ident(attname)), ', ')
      INTO checks
      FROM pg_attribute
     WHERE attrelid = to_regclass('oxus.' || tbl) AND attnum > 0 AND attname <> 'id'
       AND atttypid IN ('text'::regtype, 'text[]'::regtype, 'double precision'::regtype);
    EXECUTE format('ALTER TABLE oxus.%s %s', tbl, checks);
    EXECUTE format($sql$
        ALTER TABLE oxus.%1$s
            ADD CONSTRAINT %1$s_id CHECK (oxus.is_id(id)),
            ADD COLUMN %2$s date CONSTRAINT %1$s_%2$s_range CHECK (oxus.is_day(%2$s)),
            ADD COLUMN %3$s text CONSTRAINT %1$s_%3$s_code CHECK (%3$s IN ('day', 'month', 'year')),
            ADD COLUMN %4$s date CONSTRAINT %1$s_%4$s_range CHECK (oxus.is_day(%4$s)),
            ADD COLUMN %5$s text CONSTRAINT %1$s_%5$s_code CHECK (%5$s IN ('day', 'month', 'year')),
            ADD CONSTRAINT %1$s_%3$s_dated CHECK ((%2$s IS NULL) = (%3$s IS NULL)),
            ADD CONSTRAINT %1$s_%5$s_dated CHECK ((%4$s IS NULL) = (%5$s IS NULL)),
            ADD COLUMN sources text[] NOT NULL,
            ADD COLUMN revision bigint NOT NULL DEFAULT 1,
            ADD COLUMN lifetime daterange NOT NULL GENERATED ALWAYS AS (oxus.lifetime(%2$s, %3$s, %4$s, %5$s)) STORED,
            ADD COLUMN geom geometry(%6$s,4326) CONSTRAINT %1$s_geom_geometry CHECK (oxus.is_%7$s(geom)),
            ADD CONSTRAINT %1$s_%4$s_order CHECK (NOT isempty(lifetime)),
            ADD CONSTRAINT %1$s_geom_coordinates CHECK (oxus.is_placed(geom));
        CREATE INDEX %1$s_where_when ON oxus.%1$s USING gist (geom, lifetime)
        $sql$, tbl, quote_ident(span[1]), quote_ident(span[2]), quote_ident(span[3]), quote_ident(span[4]),
        CASE geometry WHEN 'point' THEN 'Point' ELSE 'Geometry' END, quote_ident(geometry));
    INSERT INTO oxus.versions (collection) VALUES (add_collection.collection);
    CALL oxus.keep_history(tbl, collection, 'feature', 'geom, lifetime');
    CALL oxus.keep_citations(tbl, collection, 'feature');
    IF statuses IS NOT NULL THEN
        CALL oxus.add_status(collection, statuses, by_project);
    END IF;
END
$$;
-- +goose StatementEnd
