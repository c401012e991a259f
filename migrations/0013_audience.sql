-- Who may see what. A source may be kept for those of a role, and with it all that
-- rests on it. Rights are those of today, also over the past: of a row that changed
-- its last version counts, of one that is gone the last it had.

-- +goose Up
ALTER TABLE oxus.sources ADD COLUMN audience text CONSTRAINT sources_audience_code CHECK (audience IN ('viewer', 'editor', 'maintainer'));
ALTER TABLE oxus.sources_past ADD COLUMN audience text;
COMMENT ON COLUMN oxus.sources.audience IS 'The least role that may see the source and what cites it; everybody where it is null.';
CREATE INDEX sources_kept ON oxus.sources (id) WHERE audience IS NOT NULL;
CREATE INDEX sources_past_kept ON oxus.sources_past (id) WHERE audience IS NOT NULL;
CREATE OR REPLACE VIEW oxus.sources_known AS
SELECT id, publisher, title, url, published, accessed, supports, recorded, tstzrange(recorded, NULL) AS known, audience FROM oxus.sources
UNION ALL
SELECT id, publisher, title, url, published, accessed, supports, recorded, known, audience FROM oxus.sources_past;

CREATE VIEW oxus.sources_latest AS
SELECT id, audience FROM oxus.sources
UNION ALL
SELECT p.id, p.audience FROM oxus.sources_past p
 WHERE NOT EXISTS (SELECT FROM oxus.sources n WHERE n.id = p.id)
   AND NOT EXISTS (SELECT FROM oxus.sources_past q WHERE q.id = p.id AND upper(q.known) > upper(p.known));
COMMENT ON VIEW oxus.sources_latest IS 'Each source that there is or was, by its last version.';

CREATE INDEX revisions_removed ON oxus.revisions (seq) WHERE action = 'delete';

-- hidden_sources are the sources kept for none of the roles seen, as the keys of
-- an object, in which one is found without a walk through all of them; null for
-- none. Also what there was once is among them.
-- +goose StatementBegin
CREATE FUNCTION oxus.hidden_sources(seen text[]) RETURNS jsonb
LANGUAGE plpgsql STABLE STRICT SET plan_cache_mode = force_generic_plan SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT jsonb_object_agg(h.id, 0) FROM oxus.sources_latest h WHERE h.audience IS NOT NULL AND h.audience <> ALL (seen));
END
$$;
-- +goose StatementEnd

-- show_latest makes the function that tells whether the last version of a row may
-- not be seen: it is of a closed collection, or cites a source that is hidden. Of
-- a row that never was it is false.
-- +goose StatementBegin
CREATE PROCEDURE oxus.show_latest()
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    parts text;
BEGIN
    SELECT string_agg(format($sql$
    IF of_kind = %1$L AND of_collection = %2$L THEN
        SELECT n.sources INTO cited FROM oxus.%3$I n WHERE n.id = row_id;
        IF NOT FOUND THEN
            SELECT p.sources INTO cited FROM oxus.%4$I p WHERE p.id = row_id ORDER BY upper(p.known) DESC LIMIT 1;
        END IF;
    END IF;$sql$, k.kind, v.collection, k.tbl, k.tbl || '_past'), '' ORDER BY v.collection, k.kind)
      INTO parts
      FROM oxus.versions v
     CROSS JOIN LATERAL (VALUES ('feature', oxus.table_of(v.collection)), ('status', oxus.table_of(v.collection) || '_status')) k (kind, tbl)
     WHERE v.collection <> 'sources' AND to_regclass('oxus.' || k.tbl) IS NOT NULL AND to_regclass('oxus.' || k.tbl || '_past') IS NOT NULL;
    EXECUTE format('CREATE OR REPLACE FUNCTION oxus.hides(hidden jsonb, closed text[], of_kind text, of_collection text, row_id text) RETURNS boolean
        LANGUAGE plpgsql STABLE STRICT SET plan_cache_mode = force_generic_plan SET search_path = pg_catalog, pg_temp AS %L',
        'DECLARE cited text[]; BEGIN ' || parts || ' RETURN cited IS NOT NULL AND (of_collection = ANY (closed) OR hidden ?| cited); END');
END
$$;
-- +goose StatementEnd
CALL oxus.show_latest();

ALTER PROCEDURE oxus.keep_history RENAME TO keep_history_alone;

-- keep_history puts a table under history; see 0001_ground.sql.
-- +goose StatementBegin
CREATE PROCEDURE oxus.keep_history(tbl text, collection text, kind text, VARIADIC spans text[] DEFAULT '{}')
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    CALL oxus.keep_history_alone(tbl, collection, kind, VARIADIC spans);
    CALL oxus.show_latest();
END
$$;
-- +goose StatementEnd

-- show_status_periods is that of 0001_ground.sql, with what a row rests on: what the
-- period cites and what its feature does.
-- +goose StatementBegin
CREATE OR REPLACE PROCEDURE oxus.show_status_periods()
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    parts text;
BEGIN
    -- What is doubled is filled in twice, once for each.
    SELECT string_agg(format($sql$
        SELECT (%1$L || '~' || s.id || '~' || f.id) COLLATE "C" AS id, f.revision, %1$L::text AS collection, f.id::text AS feature, f.name_en,
               s.status, s.kind, CASE WHEN s.feature IS NULL THEN 'project' ELSE 'feature' END AS scope, s.id AS period, %3$s AS project,
               lower(s.during) AS start, upper(s.during) - 1 AS "end", s.from_precision AS start_precision, s.end_basis,
               s.cause, s.summary, s.sources, s.during AS lifetime, f.geom::geometry(Geometry,4326) AS geom, s.sources || f.sources AS cited
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
CALL oxus.show_status_periods();

-- cites reports whether a recorded row rests on a source that is hidden. Hidden
-- sources are the keys of an object, in which one is found without a walk through
-- all of them.
CREATE FUNCTION oxus.cites(hidden jsonb, image jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN jsonb_typeof(image -> 'sources') = 'array'
            THEN EXISTS (SELECT FROM jsonb_array_elements_text(image -> 'sources') s WHERE hidden ? s) ELSE false END;

-- unnamed is the id of a feature of a collection, null where it may not be seen.
CREATE FUNCTION oxus.unnamed(hidden jsonb, closed text[], refers text, named text) RETURNS text LANGUAGE sql STABLE STRICT
RETURN CASE WHEN oxus.hides(hidden, closed, 'feature', refers, named) THEN NULL ELSE named END;

-- unmentioned is a list without the ids of features that may not be seen, of
-- whatever collection; null when nothing is left of it.
CREATE FUNCTION oxus.unmentioned(hidden jsonb, closed text[], named text[]) RETURNS text[] LANGUAGE sql STABLE STRICT
RETURN (SELECT array_agg(u.n ORDER BY u.at) FROM unnest(named) WITH ORDINALITY u (n, at)
         WHERE NOT EXISTS (SELECT FROM oxus.versions v WHERE oxus.hides(hidden, closed, 'feature', v.collection, u.n)));
