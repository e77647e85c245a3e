"""Judges a run from its history: each rule returns what breaks it, in words. The rules know nothing of how the product works inside."""

import pathlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from chaos.workload import Planned

ENDED = {"succeeded", "failed", "cancelled", "timed_out", "lost", "skipped"}
NOT_THE_END = {"lost", "released", "failed", "timed_out"}  # what an attempt that was followed by another one can have ended as
UPLOADS_MAX = 4  # an agent whose log the server loses so often finishes without it
FLAGGED_MIN, FLAGGED_PART = 5, 20  # marked logs of jobs that were not lost: five, or a twentieth of all jobs


class Begins(NamedTuple):
    """A viewer was told that the log of an attempt begins: what it has of that attempt means nothing any more."""

    attempt: int


class Piece(NamedTuple):
    """A viewer got bytes."""

    attempt: int
    step: int
    offset: int
    size: int


@dataclass
class Run:
    """All that the checker looks at."""

    events: list[dict]
    planned: dict[str, Planned]  # by job id, the accepted ones
    jobs: dict[str, dict]  # as the API shows them at the end
    logs: dict[tuple[str, int], bytes]  # by job and step, of the last attempt
    viewed: dict[str, list[Begins | Piece]] = field(default_factory=dict)  # by job; to their ends
    witness: list[str] = field(default_factory=list)
    canaries: dict[str, str] = field(default_factory=dict)  # what must not be found: name → secret
    searched: dict[str, bytes] = field(default_factory=dict)  # where: name → content
    leftovers: list[str] = field(default_factory=list)


def accepted_jobs_end(run: Run) -> list[str]:
    problems = []
    for job_id, planned in run.planned.items():
        job = run.jobs.get(job_id)
        if job is None:
            problems.append(f"{job_id} ({planned.kind}) was accepted and does not exist")
        elif job["state"] not in ENDED:
            problems.append(f"{job_id} ({planned.kind}) never ended: {job['state']}")
        elif job["state"] == "lost" and (tries := attempts_used(job)) != planned.retries + 1:
            problems.append(f"{job_id} ({planned.kind}) was given up after {tries} of {planned.retries + 1} attempts: {job['reason']}")
        elif job["state"] not in planned.ends | {"lost"}:
            problems.append(f"{job_id} ({planned.kind}) ended as {job['state']}: {job['reason']}")
    indices = {planned.index: job_id for job_id, planned in run.planned.items()}
    for event in run.events:
        if event["kind"] == "submit" and indices.get(event["index"]) != event["job"]:
            problems.append(f"submission {event['index']} was accepted as {event['job']} and as {indices.get(event['index'])}")
    problems += [f"{job_id} exists and its submission was never answered" for job_id in run.jobs if job_id not in run.planned]
    return problems


def attempts_used(job: dict) -> int:
    """Those that count against `retry`: one that was given back, that never started or that its agent could not run does not."""
    return sum(attempt["state"] != "released" and attempt.get("cause") != "agent" and attempt.get("started_at") is not None
               for attempt in job["attempts"])


def one_end(run: Run) -> list[str]:
    """An end that was seen once never changes, and the stored attempts agree with it."""
    problems = []
    ends: dict[str, tuple] = {}
    for event in run.events:
        if event["kind"] == "seen":
            before = ends.get(event["job"])
            now = (event["state"], event["attempt"])
            if before and (before[0] != now[0] or None not in (before[1], now[1]) and before[1] != now[1]):
                problems.append(f"{event['job']} had ended as {before} and was then seen as {now} by {event['by']}")
            if event["state"] in ENDED:
                ends[event["job"]] = before if before and before[1] is not None else now
    for job_id, job in run.jobs.items():
        if job_id in ends and (job["state"] != ends[job_id][0] or ends[job_id][1] not in (None, job["attempt"])):
            problems.append(f"{job_id} was seen to end as {ends[job_id]} and is stored as {job['state']} of attempt {job['attempt']}")
        problems += attempts_of(job_id, job)
    return problems


def attempts_of(job_id: str, job: dict) -> list[str]:
    attempts = job["attempts"]
    numbers = [attempt["attempt"] for attempt in attempts]
    if numbers != list(range(1, job["attempt"] + 1)):
        return [f"{job_id} is at attempt {job['attempt']} and has the attempts {numbers}"]
    problems = [f"{job_id} went on after attempt {a['attempt']} was {a['state']}" for a in attempts[:-1] if a["state"] not in NOT_THE_END]
    if attempts and job["state"] in ("succeeded", "timed_out") and attempts[-1]["state"] != job["state"]:
        problems.append(f"{job_id} is {job['state']} and its last attempt {attempts[-1]['state']}")
    return problems


def writes_are_current(run: Run) -> list[str]:
    """No write was handed over after a newer attempt's claim had been answered, and was accepted all the same. A finish that repeats an
    earlier one of its own attempt gets the stored answer, which accepts nothing."""
    problems = []
    newest: dict[str, tuple[int, float]] = {}
    owners: dict[tuple[str, int], tuple] = {}
    tried: dict[tuple, int] = {}  # the first time
    for event in run.events:
        if event["kind"] == "tried":
            tried.setdefault((event["job"], event["attempt"], event["digest"]), event["n"])
        elif event["kind"] == "claim":
            owner = (event["agent"], event["claim_id"])
            if owners.setdefault((event["job"], event["attempt"]), owner) != owner:
                problems.append(f"{event['job']} attempt {event['attempt']} was claimed twice")
            if newest.get(event["job"], (0, 0))[0] < event["attempt"]:
                newest[event["job"]] = (event["attempt"], event["t"])
        elif event["kind"] == "write":
            attempt, since = newest.get(event["job"], (0, 0))
            first = tried.get((event["job"], event["attempt"], event["digest"]), event["n"])
            repeat = event["what"] in ENDED and first < event["n"]
            if event["attempt"] < attempt and event["sent"] > since and not repeat:
                problems.append(f"{event['job']}: {event['what']} of attempt {event['attempt']} accepted when {attempt} was current")
    return problems


def logs_are_exact(run: Run) -> list[str]:
    problems = []
    for job_id, planned in run.planned.items():
        job = run.jobs.get(job_id)
        if job is None or not job["attempts"]:
            continue
        whole = job["attempts"][-1]["state"] not in ("lost", "released") and not job.get("log_flags")
        for step in job["steps"]:
            got, want = run.logs.get((job_id, step["step"]), b""), planned.output[step["step"]]
            exact = whole and step["state"] in ("succeeded", "failed")
            if got != want if exact else not want.startswith(got):
                at = next((i for i, (a, b) in enumerate(zip(got, want)) if a != b), min(len(got), len(want)))
                problems.append(f"{job_id} ({planned.kind}, {job['state']}) step {step['step']} ({step['state']}): {len(got)} bytes, "
                                f"printed {len(want)}, different at {at}")
    return problems


def flags_have_causes(run: Run) -> list[str]:
    """A log is marked incomplete only when bytes of it were lost that nobody had any more. Of a succeeded or failed job that takes the
    death of its agent, which had the rest, and one of the server while the attempt was open; or so many deaths of the server that the
    agent, which sends the rest again after each, gives up. Other ends are flagged when agent or server could not deliver them."""
    begun = {(event["job"], event["attempt"]): event["sent"] for event in reversed(run.events) if event["kind"] == "claim"}
    ended = {event["job"]: event["t"] for event in reversed(run.events) if event["kind"] == "seen" and event["state"] in ENDED}
    faults = [event for event in run.events if event["kind"] == "fault"]
    server_deaths = [event["t"] for event in faults if event["fault"].startswith("kill server")]
    agent_deaths = {(event["job"], event["attempt"]) for event in faults if event["fault"].startswith("kill agent") and event.get("job")}
    flagged = {job_id: job for job_id, job in run.jobs.items() if job.get("log_flags") and job["state"] != "lost"}
    problems = []
    for job_id, job in flagged.items():
        lease = (job_id, job["attempt"])
        deaths = sum(begun.get(lease, 0) <= at <= ended.get(job_id, at) for at in server_deaths)
        explained = set(job["log_flags"]) == {"log_incomplete"} and (deaths >= UPLOADS_MAX or deaths and lease in agent_deaths)
        if job["state"] in ("succeeded", "failed") and not explained:
            problems.append(f"{job_id} attempt {lease[1]} is {job['state']} with {job['log_flags']}; the server died {deaths} times in it, "
                            f"its agent {'too' if lease in agent_deaths else 'not'}")
    most = max(FLAGGED_MIN, len(run.planned) // FLAGGED_PART)
    return problems + ([f"{len(flagged)} logs are marked, of jobs that were not lost; {most} may be"] if len(flagged) > most else [])


def groups_never_overlap(run: Run) -> list[str]:
    problems = [f"the lock was held: {line}" for line in run.witness if line.startswith("overlap")]
    begun: dict[str, dict[tuple, int]] = {}  # by group: (job, attempt) → line; in the order of the lines
    for number, line in enumerate(run.witness):
        words = line.split()
        if words[0] == "begin":
            begun.setdefault(words[1], {})[(words[2], words[3])] = number
        elif words[0] == "end":
            group = begun.get(words[1], {})
            since = group.get((words[2], words[3]), number)
            inside = [other for other, at in group.items() if at > since]
            problems += [f"{words[1]}: job {other[0]} began between begin and end of job {words[2]}" for other in inside]
    return problems


def at_most_once(run: Run) -> list[str]:
    limited = {str(planned.index) for planned in run.planned.values() if planned.retries == 0}
    counts: dict[str, int] = {}
    for line in run.witness:
        words = line.split()
        if words[0] == "once" and words[1] in limited:
            counts[words[1]] = counts.get(words[1], 0) + 1
    return [f"job {index} must run at most once and began {count} times" for index, count in counts.items() if count > 1]


def no_secret_shows(run: Run) -> list[str]:
    """Looks at what could be a secret: long runs of the signs that secrets are made of, and each part of one that has their length."""
    names = {secret.encode(): name for name, secret in run.canaries.items() if secret}
    lengths = {len(secret) for secret in names}
    if not names:
        return []
    candidate = re.compile(rb"[A-Za-z0-9_-]{%d,}" % min(lengths))
    problems = []
    for where, content in run.searched.items():
        found = set()
        for text in set(candidate.findall(content)):
            found |= {text[i : i + length] for length in lengths for i in range(len(text) - length + 1)} & names.keys()
        problems += [f"{names[secret]} stands in {where}" for secret in sorted(found)]
    return problems


def viewers_see_all(run: Run) -> list[str]:
    return [f"a viewer of {job_id} {what}" for job_id, shown in run.viewed.items() for what in wrongly_shown(run, job_id, shown)]


def wrongly_shown(run: Run, job_id: str, shown: list[Begins | Piece]) -> list[str]:
    """The pieces of each step follow each other without a gap or a double, and attempts only go up; of the last attempt up to the stored log's
    end. If the job says that its log is incomplete, a viewer can have seen what the server and the agent lost together: then its end is not
    compared. One that saw more than is stored may also get the last attempt from its begin, and then has to see exactly what is stored."""
    job = run.jobs.get(job_id, {"attempt": 0, "steps": []})
    stored = {step["step"]: len(run.logs.get((job_id, step["step"]), b"")) for step in job["steps"]}
    incomplete = "log_incomplete" in (job.get("log_flags") or [])
    problems = []
    attempt, anew = 0, False
    position: dict[int, int] = {}  # of the attempt, by step
    for event in shown:
        if isinstance(event, Begins):
            behind = any(position.get(step, 0) > size for step, size in stored.items())
            lost = incomplete and behind and event.attempt == attempt == job["attempt"]
            if event.attempt > attempt or lost:
                attempt, anew, position = event.attempt, lost, {}
            elif event.attempt < attempt or position:
                problems.append(f"was told that attempt {event.attempt} begins, at {position} of attempt {attempt}")
        elif event.attempt != attempt:
            problems.append(f"got bytes of attempt {event.attempt} in attempt {attempt}")
        else:
            before = position.get(event.step, 0)
            if event.offset != before or event.size < 1:
                problems.append(f"attempt {attempt} step {event.step} got {event.size} bytes at {event.offset} after {before}")
            position[event.step] = event.offset + event.size
    for step, size in stored.items() if anew or not incomplete else []:
        seen = position.get(step, 0) if attempt == job["attempt"] else 0
        if seen != size:
            problems.append(f"step {step} saw {seen} of {size} bytes")
    return problems


def nothing_is_left(run: Run) -> list[str]:
    return [f"left behind: {left}" for left in run.leftovers]


@dataclass(frozen=True)
class Rule:
    name: str
    broken: Callable[[Run], list[str]]
    figure: str  # what a run calls the number of its problems


RULES = [
    Rule("accepted jobs end", accepted_jobs_end, "jobs lost, or with a wrong end"),
    Rule("one end", one_end, "ends doubled or changed"),
    Rule("writes are current", writes_are_current, "stale writes accepted"),
    Rule("logs are exact", logs_are_exact, "logs wrong"),
    Rule("flags have causes", flags_have_causes, "logs marked without a cause"),
    Rule("groups never overlap", groups_never_overlap, "groups overlapped"),
    Rule("at most once", at_most_once, "at-most-once jobs begun again"),
    Rule("viewers see all", viewers_see_all, "viewers with a gap or double"),
    Rule("no secret shows", no_secret_shows, "secrets shown"),
    Rule("nothing is left", nothing_is_left, "things left behind"),
]


def check(run: Run) -> dict[Rule, list[str]]:
    """The problems of each rule; none if it holds."""
    return {rule: rule.broken(run) for rule in RULES}


def read_witness(path: pathlib.Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []
