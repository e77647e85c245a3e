-- Grows with each change of what is shown of a row, so that a client knows which of two answers is newer. That of an attempt counts changes of
-- its steps alone, and is a part of its job's: a step's report writes one row, not two.
ALTER TABLE jobs ADD COLUMN version bigint NOT NULL DEFAULT 1;
ALTER TABLE runs ADD COLUMN version bigint NOT NULL DEFAULT 1;
ALTER TABLE attempts ADD COLUMN version bigint NOT NULL DEFAULT 0;

-- How long jobs of a pipeline take is seen from its newest runs.
CREATE INDEX runs_of_pipeline ON runs (pipeline, seq);
