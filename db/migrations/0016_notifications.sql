-- Who is told when a run has ended. `repository_id` is '' for those of the server, which hear of every repository. A webhook has a url, and
-- its secret is a row of `secrets` whose name begins with '@'; e-mail has addresses. `addresses`, `branches` and `events` are JSON lists,
-- the last two empty: any.
CREATE TABLE notifications (
  id text PRIMARY KEY,
  repository_id text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('webhook', 'email')),
  url text NOT NULL,
  addresses text NOT NULL,
  branches text NOT NULL,
  events text NOT NULL,
  told_on text NOT NULL CHECK (told_on IN ('always', 'failure', 'change')),
  created_by text NOT NULL,
  created_at bigint NOT NULL,
  version bigint NOT NULL DEFAULT 1,
  last_error text,
  last_sent_at bigint
);
CREATE INDEX notifications_of_repository ON notifications (repository_id);

-- Messages that are still to be sent: one for each end of a round and target, written in the transaction of that end. `state`,
-- `previous_state` and `finished_at` are what held then; `body` is made from them and the run at the first try, and stays.
CREATE TABLE outbox (
  id text PRIMARY KEY,
  target_id text NOT NULL,
  run_id text NOT NULL,
  round bigint NOT NULL,
  state text NOT NULL,
  previous_state text,
  finished_at bigint NOT NULL,
  body text,
  not_before bigint NOT NULL DEFAULT 0,
  tries bigint NOT NULL DEFAULT 0,
  last_error text,
  created_at bigint NOT NULL,
  UNIQUE (run_id, round, target_id)
);
CREATE INDEX outbox_due ON outbox (not_before);
CREATE INDEX outbox_of_target ON outbox (target_id, not_before);

-- Which run came before, of the same pipeline and branch.
CREATE INDEX runs_of_branch ON runs (repository_id, pipeline, branch, seq) WHERE repository_id IS NOT NULL;
