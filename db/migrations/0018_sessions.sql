-- Browsers that are signed in. Of the cookie's value only the hash is kept; a session lives no longer than the token that it was opened with.
CREATE TABLE sessions (
  hash text PRIMARY KEY,
  token_id text NOT NULL REFERENCES tokens (id),
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL
);
CREATE INDEX sessions_of_token ON sessions (token_id, created_at);
CREATE INDEX sessions_age ON sessions (expires_at);

-- What a link holds that signs a browser in once.
CREATE TABLE sign_in_codes (
  hash text PRIMARY KEY,
  token_id text NOT NULL REFERENCES tokens (id),
  expires_at bigint NOT NULL
);
CREATE INDEX sign_in_codes_age ON sign_in_codes (expires_at);
