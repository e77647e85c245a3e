-- `edited`: the round brought a file or inputs of its own. `modified`: some round of the run did, and what runs since then is not what the repository holds.
ALTER TABLE rounds ADD COLUMN edited bigint NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN modified bigint NOT NULL DEFAULT 0;
