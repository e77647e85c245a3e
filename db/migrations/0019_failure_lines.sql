-- By what the failure of a job is known again: a hash of its first error line without what differs each time; '' where there is none.
CREATE TABLE failure_lines (
  job_id text PRIMARY KEY,
  fingerprint text NOT NULL
);
