"""R19: a job that kills its agent each time stops after its retries, and the others are unharmed."""

from support.wait import wait_until


def test_job_that_kills_its_agent(new_world):
    world = new_world(agents=1)
    agent = world.agents[0]
    pid_file = world.folder / "pid"
    pid_file.write_text(str(agent.program.pid))
    killer = world.server.submit(f"echo attempt $CI_ATTEMPT; kill -9 $(cat {pid_file}); sleep 60", retry=2, priority=10)
    others = [world.server.submit(f"echo other {number}") for number in range(5)]

    def over():
        if not agent.program.running():
            world.start_agent(agent)
            pid_file.write_text(str(agent.program.pid))
        return world.server.job(killer)["state"] == "lost"

    wait_until("the job to be given up", over, within=40)
    job = world.server.job(killer)
    assert [attempt["state"] for attempt in job["attempts"]] == ["lost"] * 3, job
    for number, job_id in enumerate(others):
        assert world.server.wait_for_end(job_id)["state"] == "succeeded"
        assert world.server.log(job_id) == b"other %d\n" % number
