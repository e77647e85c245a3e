-- What the server decides with is a column; the spec is only handed on, as text.
ALTER TABLE jobs ADD COLUMN timeout_ms bigint NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN retry text NOT NULL DEFAULT '{"max":2,"on":["agent_lost","image_pull"],"exit_codes":[],"delay_ms":0}';
-- The steps as a first attempt begins with them.
ALTER TABLE jobs ADD COLUMN steps text NOT NULL DEFAULT '[]';

-- @sqlite
UPDATE jobs SET timeout_ms = coalesce(json_extract(spec, '$.timeout_ms'), timeout_ms), retry = coalesce(json_extract(spec, '$.retry'), retry),
  steps = (SELECT json_group_array(json_object('step', s.key, 'name', json_extract(s.value, '$.name'), 'state', 'pending', 'log_bytes', 0))
           FROM json_each(jobs.spec, '$.steps') s);
-- @end
-- @postgres
UPDATE jobs SET timeout_ms = coalesce((spec::json ->> 'timeout_ms')::bigint, timeout_ms), retry = coalesce(spec::json ->> 'retry', retry),
  steps = coalesce((SELECT json_agg(json_build_object('step', s.number - 1, 'name', s.step ->> 'name', 'state', 'pending', 'log_bytes', 0) ORDER BY s.number)::text
           FROM json_array_elements(spec::json -> 'steps') WITH ORDINALITY s (step, number)), '[]');
-- @end
