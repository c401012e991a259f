-- Many rows at once. What was done row by row, by functions that cost more than the
-- row itself, is done once a statement; everything held before is held still.

-- +goose Up
-- How often each collection cites each source. A row for every source of every
-- feature held the same and cost as much as the feature.
DROP TABLE oxus.citations;
CREATE TABLE oxus.citations (
    source     text COLLATE "C" NOT NULL CONSTRAINT citations_source REFERENCES oxus.sources,
    collection text COLLATE "C" NOT NULL,
    kind       text COLLATE "C" NOT NULL,
    cited      bigint NOT NULL CONSTRAINT citations_cited_range CHECK (cited >= 0),
    PRIMARY KEY (source, collection, kind)
) WITH (fillfactor = 50);
COMMENT ON TABLE oxus.citations IS 'How often the lists of each collection name each source: what is named must be there.';

-- +goose StatementBegin
DO $$
DECLARE
    tbl regclass;
    what text;
    row_kind text;
BEGIN
    FOR tbl, what, row_kind IN
        SELECT t, collection, k FROM oxus.versions,
               LATERAL (VALUES (to_regclass('oxus.' || oxus.table_of(collection)), 'feature'),
                               (to_regclass('oxus.' || oxus.table_of(collection) || '_status'), 'status')) AS v (t, k)
         WHERE collection <> 'sources' AND t IS NOT NULL
    LOOP
        EXECUTE format('INSERT INTO oxus.citations SELECT s, %L, %L, count(*) FROM %s, unnest(sources) s GROUP BY s', what, row_kind, tbl);
    END LOOP;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER forge BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON oxus.citations
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION oxus.refuse('citations follow the lists of sources');

-- cite counts what the lists of a statement's rows name. Changes wait for each
-- other, so that they do not meet at one source.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION oxus.cite() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO oxus.citations AS c
        SELECT s, TG_ARGV[0], TG_ARGV[1], count(*) FROM new_rows n, unnest(n.sources) s GROUP BY s ORDER BY s
        ON CONFLICT (source, collection, kind) DO UPDATE SET cited = c.cited + excluded.cited;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        UPDATE oxus.citations c SET cited = c.cited - gone.cited
          FROM (SELECT s, count(*) AS cited FROM old_rows o, unnest(o.sources) s GROUP BY s) gone
         WHERE c.source = gone.s AND c.collection = TG_ARGV[0] AND c.kind = TG_ARGV[1];
        DELETE FROM oxus.citations c WHERE c.cited = 0;
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- count_added refuses added rows that are not of this moment, or not of the
-- revision that follows their last: a program that says it is Oxus gives them
-- itself. It takes the kind of row.
-- +goose StatementBegin
CREATE FUNCTION oxus.count_added() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wrong boolean;
BEGIN
    IF current_setting('oxus.program', true) IS DISTINCT FROM 'oxus' THEN
        RETURN NULL; -- the rows were counted one by one
    END IF;
    EXECUTE 'SELECT EXISTS (SELECT FROM new_rows n WHERE n.recorded <> $1' ||
        CASE WHEN TG_ARGV[0] <> 'feature' THEN '' ELSE format(
            ' OR n.revision <> 1 + coalesce((SELECT max(p.revision) FROM oxus.%I p WHERE p.id = n.id), 0)', TG_TABLE_NAME || '_past') END || ')'
       INTO wrong USING oxus.take_moment();
    IF wrong THEN
        RAISE EXCEPTION 'a row added to %.% is not of this moment, or not of its next revision', TG_TABLE_SCHEMA, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- count_by_statement lets the program add rows that it has counted itself, which
-- are checked together. Those of others are counted one by one.
-- +goose StatementBegin
CREATE PROCEDURE oxus.count_by_statement(tbl text, kind text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    others text := 'FOR EACH ROW WHEN (current_setting(''oxus.program'', true) IS DISTINCT FROM ''oxus'')';
BEGIN
    EXECUTE format($sql$
        DROP TRIGGER change_row ON oxus.%1$I;
        CREATE TRIGGER change_row BEFORE UPDATE ON oxus.%1$I FOR EACH ROW EXECUTE FUNCTION oxus.change_row(%2$L);
        CREATE TRIGGER add_row BEFORE INSERT ON oxus.%1$I %3$s EXECUTE FUNCTION oxus.change_row(%2$L);
        CREATE TRIGGER count_added AFTER INSERT ON oxus.%1$I REFERENCING NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION oxus.count_added(%2$L)
        $sql$, tbl, kind, others);
    IF kind = 'feature' THEN
        EXECUTE format($sql$
            DROP TRIGGER count_on ON oxus.%1$I;
            CREATE TRIGGER count_on BEFORE INSERT ON oxus.%1$I %2$s EXECUTE FUNCTION oxus.%3$I()
            $sql$, tbl, others, tbl || '_count_on');
    END IF;
END
$$;
-- +goose StatementEnd

ALTER PROCEDURE oxus.keep_history RENAME TO keep_history_by_row;

-- keep_history puts a table under history; see 0001_ground.sql.
-- +goose StatementBegin
CREATE PROCEDURE oxus.keep_history(tbl text, collection text, kind text, VARIADIC spans text[] DEFAULT '{}')
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    CALL oxus.keep_history_by_row(tbl, collection, kind, VARIADIC spans);
    CALL oxus.count_by_statement(tbl, kind);
END
$$;
-- +goose StatementEnd

CALL oxus.count_by_statement('sources', 'source');
-- +goose StatementBegin
DO $$
DECLARE
    tbl text;
BEGIN
    FOR tbl IN SELECT oxus.table_of(collection) FROM oxus.versions WHERE collection <> 'sources' LOOP
        CALL oxus.count_by_statement(tbl, 'feature');
        IF to_regclass('oxus.' || tbl || '_status') IS NOT NULL THEN
            CALL oxus.count_by_statement(tbl || '_status', 'status');
        END IF;
    END LOOP;
END
$$;
-- +goose StatementEnd

-- What every row is checked by, in a form that becomes part of the check itself
-- instead of a call: no subquery, nothing that looks at a setting. They say what
-- they said.
CREATE OR REPLACE FUNCTION oxus.is_id(t text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN length(t) <= 100 AND t ~ '^[A-Za-z0-9][A-Za-z0-9._-]*$';

CREATE FUNCTION oxus.is_placed_throughout(g geometry) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT bool_and(abs(public.st_x(d.geom)) <= 180 AND abs(public.st_y(d.geom)) <= 90) FROM public.st_dumppoints(g) d);

CREATE OR REPLACE FUNCTION oxus.is_placed(g geometry) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN public.geometrytype(g) = 'POINT' THEN abs(public.st_x(g)) <= 180 AND abs(public.st_y(g)) <= 90
            ELSE oxus.is_placed_throughout(g) END;

CREATE OR REPLACE FUNCTION oxus.last_day(d date, prec text) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE prec WHEN 'month' THEN (date_trunc('month', d::timestamp) + interval '1 month' - interval '1 day')::date
                 WHEN 'year' THEN (date_trunc('year', d::timestamp) + interval '1 year' - interval '1 day')::date ELSE d END;
