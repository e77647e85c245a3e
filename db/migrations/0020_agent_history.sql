-- The history of an agent: its attempts by the time at which it took them. It may be asked for by the agent's name.
CREATE INDEX attempts_of_agent ON attempts (agent_id, claimed_at, job_id);
CREATE INDEX agents_by_name ON agents (name, registered_at);
