-- How often agents could not run a job: their own trouble, which does not count against its retries.
ALTER TABLE jobs ADD COLUMN agent_errors bigint NOT NULL DEFAULT 0;
