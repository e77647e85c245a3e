-- Values that jobs ask for by name; `scope` is '' for those of the server, else a repository's id. `sealed` opens only in its row, at its
-- version and with the key that `key_id` names. `events`, `branches` and `images` are JSON lists, empty: any.
CREATE TABLE secrets (
  scope text NOT NULL,
  name text NOT NULL,
  version bigint NOT NULL,
  sealed bytea NOT NULL,
  key_id text NOT NULL,
  events text NOT NULL,
  branches text NOT NULL,
  images text NOT NULL,
  created_by text NOT NULL,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  last_used_at bigint,
  PRIMARY KEY (scope, name)
);
