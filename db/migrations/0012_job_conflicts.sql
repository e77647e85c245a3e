-- What a job of a run does to those of other runs that wait in its group, or hold a slot of it.
ALTER TABLE jobs ADD COLUMN on_conflict text NOT NULL DEFAULT 'queue';
CREATE INDEX jobs_replacing ON jobs (concurrency_group, seq) WHERE on_conflict <> 'queue' AND state = 'blocked' AND needs_open = 0;
