"""The checker itself: a history without a fault passes, and each rule finds what breaks it in a doctored one."""

import copy
import pathlib

import pytest

from chaos.checker import RULES, Run, check
from chaos.workload import Workload

WORKLOAD = Workload(7, pathlib.Path("/nowhere/witness"), 0.1, ["shell"])
KINDS = {"t": 0, "s": 1, "x": 9, "o": 10}  # trivial, steps, exclusive, once: their indices
TOKEN = "lease-4711-token"


def claim(t: float, job: str, attempt: int, agent: str = "a1", claim_id: str | None = None) -> dict:
    return {"t": t, "kind": "claim", "job": job, "attempt": attempt, "agent": agent, "sent": t - 0.1, "claim_id": claim_id or f"{job}{attempt}"}


def write(t: float, job: str, attempt: int, what: str, n: int = 1, sent: float | None = None, digest: str = "d") -> dict:
    return {"t": t, "kind": "write", "job": job, "attempt": attempt, "what": what, "n": n, "digest": digest,
            "sent": t - 0.1 if sent is None else sent}


def seen(t: float, job: str, state: str, attempt: int | None, by: str = "poll") -> dict:
    return {"t": t, "kind": "seen", "job": job, "state": state, "attempt": attempt, "by": by}


def good() -> Run:
    """Four jobs; the second lost its first attempt."""
    planned = {job: WORKLOAD.job(index) for job, index in KINDS.items()}
    jobs, logs, events = {}, {}, []
    for number, (job, plan) in enumerate(planned.items()):
        last = 2 if job == "s" else 1
        states = ["lost"] * (last - 1) + ["succeeded"]
        jobs[job] = {"state": "succeeded", "reason": None, "attempt": last,
                     "attempts": [{"attempt": n + 1, "state": state} for n, state in enumerate(states)],
                     "steps": [{"step": step, "state": "succeeded"} for step in range(len(plan.output))]}
        logs.update({(job, step): out for step, out in enumerate(plan.output)})
        begin = 10 * number
        events += [{"t": begin, "kind": "submit", "job": job, "index": plan.index}, claim(begin + 1, job, 1)]
        events += [claim(begin + 3, job, 2, "a2")] if last == 2 else []
        events += [write(begin + 4, job, last, "running"), write(begin + 5, job, last, "log"), write(begin + 6, job, last, "succeeded"),
                   seen(begin + 6, job, "running", last), seen(begin + 7, job, "succeeded", last), seen(begin + 7, job, "succeeded", None, "sse")]
    group = planned["x"].group
    witness = [f"begin {group} 9 1 1.00", f"end {group} 9 1 2.00", "once 10 1"]
    return Run(events, planned, jobs, logs, viewed={"t": [(1, 0, 0, 3), (1, 0, 3, 3)]}, witness=witness, canaries={"a lease token": TOKEN},
               searched={"server.log": b"nothing to see"})


def gone(run):
    del run.jobs["t"]


def never_ended(run):
    run.jobs["t"]["state"] = "running"


def other_end(run):
    run.jobs["t"]["state"] = "timed_out"


def accepted_twice(run):
    run.events.append({"t": 99, "kind": "submit", "job": "t2", "index": 0})


def unknown_job(run):
    run.jobs["u"] = copy.deepcopy(run.jobs["t"])


def end_changed(run):
    run.events.append(seen(99, "t", "failed", 1))


def ran_again_after_its_end(run):
    run.events.append(seen(99, "t", "queued", 2))


def stored_otherwise(run):
    run.jobs["t"]["state"] = "cancelled"


def viewer_saw_another_end(run):
    run.events.append(seen(99, "t", "failed", None, "sse"))


def attempt_after_success(run):
    run.jobs["s"]["attempts"][0]["state"] = "succeeded"


def attempt_is_missing(run):
    run.jobs["s"]["attempts"].pop(0)


def stale_log(run):
    run.events.append(write(14, "s", 1, "log"))


def stale_finish(run):
    run.events.append(write(14, "s", 1, "succeeded"))


def two_claims_of_one_attempt(run):
    run.events.append(claim(14, "s", 2, "a3", "another"))


def byte_changed(run):
    run.logs["t", 0] = run.logs["t", 0].replace(b"job", b"jab")


def bytes_missing(run):
    run.logs["t", 0] = run.logs["t", 0][:-1]


def bytes_doubled(run):
    run.logs["s", 1] *= 2


def wrong_bytes_of_a_lost_attempt(run):
    run.jobs["t"]["attempts"][-1]["state"] = run.jobs["t"]["state"] = "lost"
    run.events[:] = [event for event in run.events if event["job"] != "t" or event["kind"] != "seen"]
    run.logs["t", 0] = b"other"


def lock_was_held(run):
    run.witness.insert(1, "overlap group0 40 1 1.50")


def began_inside(run):
    run.witness.insert(1, run.witness[0].replace(" 9 1 ", " 40 1 "))


def nested(run):
    begin, end = run.witness[:2]
    run.witness[1:1] = [begin.replace(" 9 1 ", " 40 1 "), end.replace(" 9 1 ", " 40 1 ")]


def began_twice(run):
    run.witness.append("once 10 2")


def secret_in_log(run):
    run.searched["server.log"] += TOKEN.encode()


def secret_between_other_signs(run):
    run.searched["server.log"] += b"\0zz" + TOKEN.encode() + b"zz\0"


def viewer_gap(run):
    run.viewed["t"][1] = (1, 0, 4, 2)


def viewer_double(run):
    run.viewed["t"].append((1, 0, 3, 3))


def viewer_cut_off(run):
    run.viewed["t"].pop()


def process_left(run):
    run.leftovers.append("4711 sleep 600")


DOCTORED = {
    "a: accepted jobs end": [gone, never_ended, other_end, accepted_twice, unknown_job],
    "b: one end": [end_changed, ran_again_after_its_end, stored_otherwise, viewer_saw_another_end, attempt_after_success, attempt_is_missing],
    "c: writes are current": [stale_log, stale_finish, two_claims_of_one_attempt],
    "d: logs are exact": [byte_changed, bytes_missing, bytes_doubled, wrong_bytes_of_a_lost_attempt],
    "g: groups never overlap": [lock_was_held, began_inside, nested],
    "once: at most once": [began_twice],
    "viewers see all": [viewer_gap, viewer_double, viewer_cut_off],
    "i: no secret shows": [secret_in_log, secret_between_other_signs],
    "j: nothing is left": [process_left],
}


def test_good_history_passes():
    assert check(good()) == {}


def test_each_rule_is_tried():
    assert DOCTORED.keys() == RULES.keys()


@pytest.mark.parametrize("rule,doctor", [(rule, doctor) for rule, doctors in DOCTORED.items() for doctor in doctors],
                         ids=lambda value: value.__name__ if callable(value) else "")
def test_rule_finds(rule, doctor):
    run = good()
    doctor(run)
    assert rule in check(run)


def test_write_that_was_on_its_way_is_no_violation():
    run = good()
    run.events.append(write(13.5, "s", 1, "log", sent=12.5))
    assert check(run) == {}


def test_repeated_finish_gets_its_stored_answer():
    run = good()
    run.events.append({"t": 12, "kind": "tried", "job": "s", "attempt": 1, "what": "failed", "digest": "f", "n": 5})
    run.events.append(write(15, "s", 1, "failed", n=9, digest="f"))
    assert check(run) == {}


def test_killed_holder_is_no_overlap():
    run = good()
    group = run.planned["x"].group
    run.witness = [f"begin {group} 9 1 1.00", f"begin {group} 9 2 8.00", f"end {group} 9 2 9.00"]
    assert check(run) == {}


def test_workload_is_the_same_again():
    other = Workload(7, WORKLOAD.witness, 0.1, ["shell"])
    assert [other.job(index) for index in range(50)] == [WORKLOAD.job(index) for index in range(50)]
    assert {WORKLOAD.job(index).kind for index in range(12)} == {kind.__name__ for kind in WORKLOAD.kinds}
