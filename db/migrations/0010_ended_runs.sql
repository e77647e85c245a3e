-- Retention looks for the runs that ended first.
CREATE INDEX runs_ended ON runs (finished_at, id) WHERE finished_at IS NOT NULL;
