-- A retry's pause, so that a restart does not forget it.
ALTER TABLE jobs ADD COLUMN not_before bigint;

-- The reaper looks at the groups that wait at each of its ticks.
CREATE INDEX jobs_waiting ON jobs (concurrency_group, seq) WHERE concurrency_group IS NOT NULL AND state = 'blocked';
