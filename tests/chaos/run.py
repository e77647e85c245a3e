"""One chaos run: jobs are submitted while things break, then everything is repaired, all jobs end, and the checker judges.

    dev/chaos --jobs 1000 --kills 200 --database sqlite --seed 1 --scale 0.1
"""

import collections
import contextlib
import pathlib
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

from chaos import checker
from chaos.monkey import FULL_KILLS, JOBS_PER_KILL, Monkey
from chaos.options import Options, command, parse
from chaos.users import Users
from chaos.workload import Workload
from chaos.world import FAKETIME, World
from support.process import end_on_signals

OPEN_JOBS_MAX = 40
BROKEN, NEVER_STRUCK = 1, 3  # exit codes; 2 is for wrong arguments
INTERRUPTED = 130  # as a shell has it of Ctrl-C
HELD = ("assigned", "running", "cancelling")


@dataclass
class Outcome:
    problems: dict[str, list[str]]  # broken promises
    never: list[str]  # kinds of faults that never struck, though the run was long enough for them
    too_short: dict[str, int]  # those for which it was not, and the kills that a run should have
    faults: collections.Counter
    figures: dict[str, str]
    folder: pathlib.Path


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def submit_all(options: Options, users: Users, monkey: Monkey, deadline: float) -> None:
    """Keeps some jobs open, and the submissions in step with the kills, so that there is work until the last of them."""
    told = time.monotonic()
    index = 0
    while index < options.jobs or monkey.kills < options.kills:
        assert time.monotonic() < deadline, f"{index} jobs submitted, {users.ended()} ended, {monkey.kills} kills when the time was over"
        if monkey.failure:
            raise monkey.failure
        in_step = monkey.kills >= options.kills or index < options.jobs * (monkey.kills + 8) / max(1, options.kills)
        if index < options.jobs and in_step and index - users.ended() < OPEN_JOBS_MAX:
            users.submit(index)
            index += 1
        else:
            time.sleep(0.02)
        if time.monotonic() - told > 10:
            told = time.monotonic()
            say(f"  {index} submitted, {users.ended()} ended, {monkey.kills} kills")


def wait_for_ends(users: Users, deadline: float) -> dict[str, dict]:
    while True:
        open_jobs = [job_id for job_id, (state, _) in list(users.states.items()) if state not in checker.ENDED]
        if not open_jobs and len(users.states) >= len(users.planned) or time.monotonic() > deadline:
            return users.all_jobs()
        for job_id in set(users.planned) - set(users.states) | set(open_jobs):
            users.note(users.until_answered("GET", f"/api/v1/jobs/{job_id}", {200}).json)
        time.sleep(0.2)


def searched(world: World) -> dict[str, bytes]:
    """Every place where a secret could have been left: logs of the programs, the data folder but for the token files, the database."""
    files = [world.folder / "server.log", *world.folder.glob("a*/agent.log"), *(p for p in world.disk.rglob("*") if p.is_file())]
    found = {str(path.relative_to(world.folder)): path.read_bytes() for path in files if path.suffix != ".token"}
    if world.postgres:
        dump = [world.postgres.programs / "pg_dumpall", "-h", "127.0.0.1", "-p", str(world.postgres.port), "-U", "postgres"]
        found["the database"] = subprocess.run(dump, check=True, capture_output=True).stdout
    return found


def detection(events: list[dict]) -> tuple[list[float], list[float]]:
    """Seconds from an agent's death in a job to the first sight of that job without that attempt; apart those in which the server or its
    database failed meanwhile, because then the count of silence began anew, which may happen again and again."""
    waits: tuple[list[float], list[float]] = ([], [])
    now: dict[str, tuple] = {}  # of each job: attempt, state
    killed: dict[str, tuple] = {}  # jobs whose agent died: attempt, when
    failed = 0.0  # when the server or its database last failed, or came back
    for event in events:
        job = event.get("job")
        if event["kind"] == "seen" and event["by"] == "poll":
            now[job] = (event["attempt"], event["state"])
            if job in killed and (event["attempt"] != killed[job][0] or event["state"] not in HELD):
                since = killed.pop(job)[1]
                waits[failed > since].append(event["t"] - since)
        elif event["kind"] == "fault" and event["fault"].startswith("kill agent") and job and job not in killed:
            attempt, state = now.get(job, (0, ""))
            if attempt == event["attempt"] and state in HELD:
                killed[job] = (attempt, event["t"])
        elif event["kind"] == "ready" or event.get("victim") in ("server", "database", "postgres"):
            failed = event["t"]
    return waits


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} median, {max(values):.2f} most, of {len(values)}" if values else "none"


def not_struck(expected: dict[str, int], faults: collections.Counter, kills: int) -> tuple[list[str], dict[str, int]]:
    """The kinds that never struck: those that a run of so many kills must see, and those for which it is too short."""
    absent = {kind: needed for kind, needed in expected.items() if not faults[kind]}
    return [kind for kind, needed in absent.items() if needed <= kills], {kind: needed for kind, needed in absent.items() if needed > kills}


def judge(options: Options, world: World, users: Users, monkey: Monkey, jobs: dict, seconds: float) -> Outcome:
    logs, viewed = users.all_logs(jobs), users.viewed()
    canaries = dict(world.proxy.canaries, **{f"the {kind} token": world.server.token(kind) for kind in ("admin", "registration")})
    users.stop()
    left = world.stop_programs()
    run = checker.Run(events=world.history.of("submit", "claim", "write", "tried", "seen", "fault"), planned=users.planned, jobs=jobs, logs=logs,
                      viewed=viewed, witness=checker.read_witness(world.witness), canaries=canaries, searched=searched(world), leftovers=left)
    found = checker.check(run)
    problems = {rule.name: list_ for rule, list_ in found.items() if list_}
    faults = collections.Counter(event["fault"] for event in world.history.of("fault"))
    never, too_short = not_struck(monkey.expected(), faults, FULL_KILLS if options.every_kind else min(monkey.kills, len(jobs) // JOBS_PER_KILL))
    states = collections.Counter(job["state"] for job in jobs.values())
    flagged = collections.Counter(job["attempts"][-1]["state"] for job in jobs.values() if job.get("log_flags"))
    details = {
        checker.logs_are_exact: f" of {len(logs)}; {sum(map(len, logs.values()))} bytes compared",
        checker.viewers_see_all: f" of {len(viewed)}, {sum(viewer.reconnects for viewer in users.viewers.values())} reconnects",
    }
    alive, away = detection(world.history.of("fault", "seen", "ready"))
    figures = {
        "jobs": f"{len(users.planned)} accepted, " + ", ".join(f"{count} {state}" for state, count in states.most_common()),
        "kills": str(monkey.kills),
        "jobs accepted and gone": str(sum(job_id not in jobs for job_id in users.planned)),
        **{rule.figure: f"{len(found[rule])}{details.get(rule.broken, '')}" for rule in checker.RULES},
        "logs marked incomplete": ", ".join(f"{count} {state}" for state, count in flagged.most_common()) or "0",
        "attempts": str(sum(len(job["attempts"]) for job in jobs.values())),
        "seconds from start to ready": spread(world.seconds_to_ready),
        "seconds to notice a killed agent": spread(alive),
        "  when the server failed meanwhile": spread(away),
        "seconds in all": f"{seconds:.0f}",
    }
    return Outcome(problems, never, too_short, faults, figures, world.folder)


def run(options: Options) -> Outcome:
    begun = time.monotonic()
    deadline = begun + options.minutes * 60
    if options.clock and not FAKETIME.exists():
        sys.exit("dev/chaos: --clock needs libfaketime: run dev/install chaos")
    world = World(database=options.database, seed=options.seed, scale=options.scale, agents=options.agents, clock=options.clock, disk_mb=256)
    if not world.mounted:
        say("  not root: the server's disk is not a small one and is never full")
    good = False
    with contextlib.ExitStack() as ends:  # the last one first: a monkey would start again what the world's end kills
        ends.callback(lambda: world.destroy(keep=not good))
        try:
            users = Users(world, Workload(options.seed, world.witness, options.scale, ["shell", "shell", "sandbox"]), deadline)
            ends.callback(users.stop)
            monkey = Monkey(world, options.seed, options.kills)
            ends.callback(monkey.end)
            monkey.thread.start()
            submit_all(options, users, monkey, deadline)
            monkey.calm()
            jobs = wait_for_ends(users, min(deadline, time.monotonic() + 60 + 1200 * options.scale))
            outcome = judge(options, world, users, monkey, jobs, time.monotonic() - begun)
        except BaseException:
            say(f"broken off; history, logs and data: {world.folder}")
            raise
        good = exit_code(outcome) == 0
        return outcome


def exit_code(outcome: Outcome) -> int:
    return BROKEN if outcome.problems else NEVER_STRUCK if outcome.never else 0


def report(outcome: Outcome) -> None:
    for kind, count in sorted(outcome.faults.items()):
        print(f"{kind:<36} {count:>6}")
    print()
    for name, value in outcome.figures.items():
        print(f"{name:<36} {value}")
    for rule, found in outcome.problems.items():
        print(f"\nBROKEN {rule}: {len(found)}")
        print("\n".join(f"  {problem}" for problem in found[:10]))
    if outcome.never:
        print(f"\nNEVER STRUCK though the run was long enough: {', '.join(outcome.never)}")
    if outcome.too_short:
        print("\ntoo short to strike:")
        print("\n".join(f"  {kind:<34} about --jobs {kills * JOBS_PER_KILL} --kills {kills} would" for kind, kills in outcome.too_short.items()))
    if exit_code(outcome):
        print(f"\nhistory, logs and data: {outcome.folder}")
    else:
        print("\nevery promise held")


def main() -> int:
    options = parse()
    end_on_signals()
    try:
        outcome = run(options)
        report(outcome)
        return exit_code(outcome)
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        print(f"the same settings again: {command(options)}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
