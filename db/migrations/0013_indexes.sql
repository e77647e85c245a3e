-- Jobs of a group by their state. jobs_in_group named the states in its WHERE, which SQLite matches only with the very same list.
DROP INDEX jobs_in_group;
CREATE INDEX jobs_of_group ON jobs (concurrency_group, state, seq) WHERE concurrency_group IS NOT NULL;
DROP INDEX jobs_repeating;
-- @sqlite

-- SQLite gathers no statistics by itself, and without any it takes a look-up by state alone for a narrow one. These say what holds in
-- every database that has work to do: many jobs of a state, few that are ready or wait for a group.
ANALYZE sqlite_schema;  -- makes the table of statistics
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('jobs', 'jobs_by_state', '1000000 200000 1'),
  ('jobs', 'jobs_open', '20000 5000 1'),
  ('jobs', 'jobs_of_group', '10000 100 10 1'),
  ('jobs', 'jobs_ready', '10 2'),
  ('jobs', 'jobs_waiting', '100 10 1'),
  ('jobs', 'jobs_replacing', '10 5 1'),
  ('attempts', 'attempts_exclusive', '10 1');
-- For the connections that are open already.
ANALYZE sqlite_schema;
-- @end
