-- Imports on their way into the data: what was uploaded, what each would change,
-- and how fields are matched to properties. They are not data: no collection, no
-- history and no version knows of them. The history names the changes of an import
-- by its id.

-- +goose Up
CREATE TABLE oxus.imports (
    id          text COLLATE "C" PRIMARY KEY CONSTRAINT imports_id_text CHECK (id <> ''),
    state       text NOT NULL CONSTRAINT imports_state_code CHECK (state IN (
                'uploaded', 'decoded', 'checked', 'staged', 'applied', 'discarded', 'rolled-back')),
    serial      bigint NOT NULL CONSTRAINT imports_serial_range CHECK (serial > 0),
    collection  text NOT NULL,
    file        text,
    digest      text,
    size        bigint NOT NULL,
    actor       text NOT NULL CONSTRAINT imports_actor_text CHECK (actor <> ''),
    token       text CONSTRAINT imports_token_text CHECK (token <> ''),
    created     timestamptz NOT NULL,
    changed     timestamptz NOT NULL,
    options     json,
    report      json,
    base_moment timestamptz NOT NULL,
    base_last   bigint NOT NULL,
    moment      timestamptz,
    undoes      text,
    undone_by   text,
    CONSTRAINT imports_token_id UNIQUE (actor, token),
    CONSTRAINT imports_moment_dated CHECK (state <> 'applied' OR moment IS NOT NULL)
);
CREATE INDEX imports_newest ON oxus.imports (created, id);
COMMENT ON TABLE oxus.imports IS 'One upload a row, or the taking back of one. A row is never deleted: the history names changes by it.';
COMMENT ON COLUMN oxus.imports.serial IS 'Counts the writes of the row: who writes it names the one that was read.';
COMMENT ON COLUMN oxus.imports.token IS 'What the client names its upload by, so that sending it again makes no second one.';
COMMENT ON COLUMN oxus.imports.base_last IS 'The number of the last revision that the difference was made against.';
COMMENT ON COLUMN oxus.imports.moment IS 'When it was applied: that of its revisions.';
CREATE TRIGGER keep BEFORE DELETE OR TRUNCATE ON oxus.imports
    FOR EACH STATEMENT EXECUTE FUNCTION oxus.refuse('the history names changes by it');

CREATE TABLE oxus.import_parts (
    import text COLLATE "C" NOT NULL CONSTRAINT import_parts_import_id REFERENCES oxus.imports,
    number integer NOT NULL,
    part   bytea NOT NULL,
    PRIMARY KEY (import, number)
);
-- Whoever stages decides whether to compress; PostgreSQL would spend longer on it
-- than on everything else.
ALTER TABLE oxus.import_parts ALTER COLUMN part SET STORAGE EXTERNAL;
COMMENT ON TABLE oxus.import_parts IS 'What an import would change, in parts that only the program reads.';

CREATE TABLE oxus.mappings (
    name       text COLLATE "C" PRIMARY KEY CONSTRAINT mappings_name_text CHECK (name <> ''),
    collection text NOT NULL,
    fields     json NOT NULL
);
COMMENT ON TABLE oxus.mappings IS 'Which field of a file fills which property, under a name that later imports can use it by.';
