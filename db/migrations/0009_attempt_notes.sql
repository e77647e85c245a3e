-- What an attempt says about itself beside its log, for people: a summary in Markdown, and annotations as JSON. Apart from the attempts, as
-- most have none and a summary may be long.
CREATE TABLE attempt_notes (
  job_id text NOT NULL,
  attempt bigint NOT NULL,
  summary text NOT NULL,
  summary_bytes bigint NOT NULL,
  annotations text NOT NULL,
  PRIMARY KEY (job_id, attempt)
);
