"""R4: PostgreSQL's connections end in mid-COMMIT and by pg_terminate_backend, PostgreSQL is killed: nothing accepted is lost, nothing is
doubled, and no running job is tried again for it."""

import uuid

from chaos.hand import HandAgent

LINES = "".join(f"line {i}\n" for i in range(1, 41)).encode()


def test_commit_whose_answer_is_lost(new_world):
    world = new_world("postgres", agents=0)
    agent = HandAgent(world.server)
    accepted = {}
    for number in range(30):
        world.database_link.cut_commits += number % 5 == 0
        key = str(uuid.uuid4())
        accepted[key] = agent.submit(key=key)
    cuts = [event for event in world.history.of("fault") if event["fault"] == "cut_in_commit"]
    assert len(cuts) >= 3, "connections were cut"
    assert len(set(accepted.values())) == 30
    assert {job["id"] for job in world.api.get("/api/v1/jobs?limit=200").json["jobs"]} == set(accepted.values())


def test_database_away_requeues_nothing(new_world):
    world = new_world("postgres", scale=0.03, agents=1)
    job_id = world.server.submit("for i in $(seq 1 40); do echo line $i; sleep 0.1; done", retry=0)
    world.server.wait_for_log(job_id, b"line 3\n")
    world.postgres.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname LIKE 't%'")
    world.server.wait_for_log(job_id, b"line 6\n")
    world.kill_postgres()
    world.postgres.start()
    job = world.server.wait_for_end(job_id)
    assert job["state"] == "succeeded" and job["attempt"] == 1 and world.server.log(job_id) == LINES
