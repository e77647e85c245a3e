"""Agents killed under their jobs: when the server notices, when the job runs elsewhere, what is left behind; one that hangs; and the two cases in
which a broken connection is no sign of death: many at once, and a server that has just started."""

import signal
import time

from harness import Agent, User, a_server, emit, pick

from support import leftovers  # after harness, which sets the path
from support.server import scaled_protocol
from support.wait import wait_until

# The real times, or a twentieth of them: after a start the server waits before it believes a broken poll.
GRACE_S = pick(31, 1)
WINDOW_S = pick(11, 1)  # deaths further apart than this are no mass
KILLS = pick(5, 1)
FASTER = {name.removeprefix("OPEN_CICD_"): value for name, value in scaled_protocol(0.05).items()} | {"PROTOCOL_WATCH_GRACE": "100ms"}
RETRY = {"max": 2, "on": ["agent_lost"]}
MARK = "open_cicd_bench_orphan"


def seconds_until(what: str, probe) -> float:
    begin = time.perf_counter()
    wait_until(what, probe, within=120, every=0.01)
    return time.perf_counter() - begin


def attempt_of(user: User, job_id: str) -> tuple[int, str]:
    job = user.get(f"/api/v1/jobs/{job_id}")
    return job["attempt"], job["state"]


def running_on(server, agents: list[Agent], user: User, job_id: str) -> Agent:
    wait_until("the job to run", lambda: attempt_of(user, job_id)[1] == "running", within=30)
    holder = next(agent["name"] for agent in server.agents() if agent["current_job"])
    return next(agent for agent in agents if agent.name == holder)


def pids_of_sleeper() -> set[str]:
    """The job's processes; none until its step got to its sleep: before that they are still becoming."""
    found = leftovers.processes(f"{MARK}=1")
    return {line.split()[0] for line in found} if any(line.endswith("sleep 600 ") for line in found) else set()


def kill_one(server, agents: list[Agent], user: User) -> tuple[float, float, int]:
    """Seconds until it is noticed and until the job runs elsewhere, and processes left behind."""
    job_id = user.submit("echo begun; sleep 600", retry=RETRY, env={MARK: "1"})
    victim = running_on(server, agents, user, job_id)
    pids = wait_until("the step to sleep", pids_of_sleeper, within=30)
    begin = time.perf_counter()
    victim.kill()
    noticed = seconds_until("the death to be noticed", lambda: attempt_of(user, job_id) != (1, "running"))
    wait_until("the job to run elsewhere", lambda: attempt_of(user, job_id) == (2, "running"), within=60, every=0.01)
    elsewhere = time.perf_counter() - begin
    orphans = len(pids & {line.split()[0] for line in leftovers.processes(f"{MARK}=1")})
    end_job(server, user, job_id)
    victim.start()
    return noticed, elsewhere, orphans


def end_job(server, user: User, job_id: str) -> None:
    server.admin.put(f"/api/v1/jobs/{job_id}/status", {"status": "cancelled"})
    wait_until("the job to be cancelled", lambda: attempt_of(user, job_id)[1] == "cancelled", within=30)


def kill_some(server, agents: list[Agent], user: User) -> None:
    found = []
    for _ in range(KILLS):
        found.append(kill_one(server, agents, user))
        time.sleep(WINDOW_S)
    noticed, elsewhere, orphans = zip(*found)
    emit("death.noticed", max(noticed))
    emit("death.elsewhere", max(elsewhere))
    emit("death.orphans", max(orphans))


def hang_one(server, agents: list[Agent], user: User) -> None:
    job_id = user.submit("echo begun; sleep 600", retry=RETRY)
    victim = running_on(server, agents, user, job_id)
    victim.program.signal(signal.SIGSTOP)
    emit("death.hung", seconds_until("the hang to be noticed", lambda: attempt_of(user, job_id) != (1, "running")))
    victim.kill()
    end_job(server, user, job_id)
    victim.start()
    time.sleep(WINDOW_S)


def kill_most(server, agents: list[Agent], user: User) -> None:
    job_id = user.submit("echo begun; sleep 600", retry=RETRY)
    holder = running_on(server, agents, user, job_id)
    others = [agent for agent in agents if agent is not holder][:2]
    for victim in (holder, *others):
        victim.kill()
    emit("death.mass", seconds_until("the deaths to be noticed", lambda: attempt_of(user, job_id) != (1, "running")))
    end_job(server, user, job_id)


def kill_soon(server, agents: list[Agent], user: User) -> None:
    job_id = user.submit("echo begun; sleep 600", retry=RETRY)
    running_on(server, agents, user, job_id).kill()
    emit("death.fresh", seconds_until("the death to be noticed", lambda: attempt_of(user, job_id) != (1, "running")))
    end_job(server, user, job_id)


with a_server(agents=2, settings=pick({}, FASTER)) as (server, agents):
    kill_soon(server, agents, User(server))

with a_server(agents=4, settings=pick({}, FASTER)) as (server, agents):
    user = User(server)
    time.sleep(GRACE_S)  # so long the server does not trust silence
    kill_some(server, agents, user)
    hang_one(server, agents, user)
    kill_most(server, agents, user)
