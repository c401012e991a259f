-- Keys that let programs write over HTTP. What a key says is never stored, only
-- its SHA-256. Keys are not data: no collection, no history and no version
-- knows of them.

-- +goose Up
CREATE TABLE oxus.keys (
    name          text PRIMARY KEY CONSTRAINT keys_name_text CHECK (name <> ''),
    role          text NOT NULL CONSTRAINT keys_role_code CHECK (role IN ('viewer', 'editor', 'maintainer', 'admin')),
    unconditional boolean NOT NULL DEFAULT false,
    prefix        text NOT NULL,
    digest        bytea NOT NULL CONSTRAINT keys_digest_id UNIQUE CONSTRAINT keys_digest_range CHECK (octet_length(digest) = 32),
    created       timestamptz NOT NULL,
    revoked       timestamptz
);
COMMENT ON TABLE oxus.keys IS 'Who may write over HTTP. A row is never deleted: the history names changes by it.';
COMMENT ON COLUMN oxus.keys.digest IS 'The SHA-256 of the key, which is stored nowhere.';
COMMENT ON COLUMN oxus.keys.unconditional IS 'The key may replace and delete without If-Match.';
