-- The reaper looks at every open attempt twice a second: its deadline is a column, so that no spec is read for it.
ALTER TABLE attempts ADD COLUMN timeout_ms bigint NOT NULL DEFAULT 0;

-- @sqlite
UPDATE attempts SET timeout_ms = (SELECT json_extract(j.spec, '$.timeout_ms') FROM jobs j WHERE j.id = attempts.job_id) WHERE open = 1;
-- @end
-- @postgres
UPDATE attempts SET timeout_ms = (SELECT (j.spec::json ->> 'timeout_ms')::bigint FROM jobs j WHERE j.id = attempts.job_id) WHERE open = 1;
-- @end
