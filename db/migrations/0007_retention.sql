-- Retention looks for what ended first, and leaves what an Idempotency-Key still names.
CREATE INDEX jobs_ended ON jobs (finished_at, id) WHERE finished_at IS NOT NULL;
CREATE INDEX idempotency_keys_job ON idempotency_keys (job_id);
