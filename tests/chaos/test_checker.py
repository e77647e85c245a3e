"""The checker itself: a history without a fault passes, and each rule finds what breaks it in a doctored one."""

import copy
import pathlib
from collections.abc import Callable

import pytest

from chaos.checker import (FLAGGED_MIN, RULES, Begins, Piece, Run, accepted_jobs_end, at_most_once, check, flags_have_causes,
                           groups_never_overlap, logs_are_exact, no_secret_shows, nothing_is_left, one_end, viewers_see_all, writes_are_current)
from chaos.users import shown
from chaos.workload import Workload
from support.sse import Event

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


def fault(t: float, kind: str, job: str | None = None, attempt: int | None = None) -> dict:
    return {"t": t, "kind": "fault", "fault": kind, "victim": "v", "job": job, "attempt": attempt}


def good() -> Run:
    """Four jobs; the second lost its first attempt. Two have a viewer."""
    planned = {job: WORKLOAD.job(index) for job, index in KINDS.items()}
    jobs, logs, events = {}, {}, []
    for number, (job, plan) in enumerate(planned.items()):
        last = 2 if job == "s" else 1
        states = ["lost"] * (last - 1) + ["succeeded"]
        jobs[job] = {"state": "succeeded", "reason": None, "attempt": last,
                     "attempts": [{"attempt": n + 1, "state": state, "started_at": "2026-01-01T00:00:00.000Z"} for n, state in enumerate(states)],
                     "steps": [{"step": step, "state": "succeeded"} for step in range(len(plan.output))]}
        logs.update({(job, step): out for step, out in enumerate(plan.output)})
        begin = 10 * number
        events += [{"t": begin, "kind": "submit", "job": job, "index": plan.index}, claim(begin + 1, job, 1)]
        events += [claim(begin + 3, job, 2, "a2")] if last == 2 else []
        events += [write(begin + 4, job, last, "running"), write(begin + 5, job, last, "log"), write(begin + 6, job, last, "succeeded"),
                   seen(begin + 6, job, "running", last), seen(begin + 7, job, "succeeded", last), seen(begin + 7, job, "succeeded", None, "sse")]
    group = planned["x"].group
    witness = [f"begin {group} 9 1 1.00", f"end {group} 9 1 2.00", "once 10 1"]
    viewed = {"t": [Begins(1), Piece(1, 0, 0, 3), Piece(1, 0, 3, 3)],
              "s": [Begins(1), Piece(1, 0, 0, 2), Begins(2), *(Piece(2, step, 0, len(out)) for step, out in enumerate(planned["s"].output))]}
    return Run(events, planned, jobs, logs, viewed=viewed, witness=witness, canaries={"a lease token": TOKEN},
               searched={"server.log": b"nothing to see"})


def last_byte_lost(run: Run, job: str) -> int:
    """The agent and the server died together, and a byte of step 0 is gone that the job's viewer saw; what is left."""
    run.jobs[job]["log_flags"] = ["log_incomplete"]
    since = min(event["t"] for event in run.events if event["kind"] == "claim" and (event["job"], event["attempt"]) == (job, run.jobs[job]["attempt"]))
    run.events += [fault(since + 0.2, "kill agent", job, run.jobs[job]["attempt"]), fault(since + 0.3, "kill server")]
    run.logs[job, 0] = run.logs[job, 0][:-1]
    return len(run.logs[job, 0])


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
    run.viewed["t"][2] = Piece(1, 0, 4, 2)


def viewer_double(run):
    run.viewed["t"].append(Piece(1, 0, 3, 3))


def viewer_cut_off(run):
    run.viewed["t"].pop()


def viewer_of_a_truncated_log_cut_off(run):
    run.viewed["t"].pop()
    run.jobs["t"]["log_flags"] = ["log_truncated"]


def viewer_got_no_bytes(run):
    run.viewed["t"].append(Piece(1, 0, 6, 0))


def viewer_begins_anew_after_no_bytes(run):
    last_byte_lost(run, "t")
    run.viewed["t"] += [Piece(1, 0, 0, 0), Piece(1, 0, 0, 3), Piece(1, 0, 3, 2)]


def viewer_begins_anew_without_a_loss(run):
    run.viewed["t"] += run.viewed["t"]


def viewer_begins_anew_and_goes_on(run):
    run.viewed["t"].insert(2, Begins(1))


def viewer_sees_a_truncated_log_again(run):
    run.viewed["t"] *= 4
    run.jobs["t"]["log_flags"] = ["log_truncated"]


def viewer_sees_an_unverified_log_again(run):
    run.viewed["t"] *= 4
    run.jobs["t"]["log_flags"] = ["log_unverified"]


def viewer_behind_nothing_lost_begins_anew(run):
    run.viewed["t"] *= 2
    run.jobs["t"]["log_flags"] = ["log_incomplete"]


def viewer_before_the_stored_end_begins_anew(run):
    left = last_byte_lost(run, "t")
    run.viewed["t"][2:] = [Begins(1), Piece(1, 0, 0, left)]


def viewer_sees_more_than_is_stored_of_a_truncated_log(run):
    left = last_byte_lost(run, "t")
    run.jobs["t"]["log_flags"] = ["log_truncated"]
    run.viewed["t"] += [Begins(1), Piece(1, 0, 0, left)]


def viewer_of_lost_bytes_begins_anew_twice(run):
    left = last_byte_lost(run, "t")
    run.viewed["t"] += [Begins(1), Piece(1, 0, 0, left)] * 2


def viewer_of_lost_bytes_then_gets_nothing(run):
    last_byte_lost(run, "t")
    run.viewed["t"].append(Begins(1))


def viewer_of_lost_bytes_is_then_cut_off(run):
    left = last_byte_lost(run, "t")
    run.viewed["t"] += [Begins(1), Piece(1, 0, 0, left - 1)]


def viewer_of_lost_bytes_sees_them_again(run):
    last_byte_lost(run, "t")
    run.viewed["t"] *= 2


def viewer_sees_an_older_attempt_anew(run):
    """It saw more of it than is stored of the last one."""
    last_byte_lost(run, "s")
    size = len(run.planned["s"].output[0])
    run.viewed["s"][:2] = [Begins(1), Piece(1, 0, 0, size)] * 2


def viewer_goes_back_to_an_older_attempt(run):
    """And comes again."""
    left = last_byte_lost(run, "s")
    run.viewed["s"] += [*run.viewed["s"][:3], Piece(2, 0, 0, left), *run.viewed["s"][4:]]


def viewer_is_told_of_an_older_attempt(run):
    run.viewed["s"].insert(3, Begins(1))


def viewer_gets_bytes_of_an_older_attempt(run):
    run.viewed["s"][-1] = run.viewed["s"][-1]._replace(attempt=1)


def viewer_sees_only_an_older_attempt(run):
    run.viewed["s"] = [Begins(1), *(piece._replace(attempt=1) for piece in run.viewed["s"][3:])]


def viewer_was_not_told_of_its_attempt(run):
    run.viewed["s"].remove(Begins(2))


def process_left(run):
    run.leftovers.append("4711 sleep 600")


def cancelled_by_nobody(run):
    run.jobs["t"]["state"] = run.jobs["t"]["attempts"][-1]["state"] = "cancelled"
    run.events[:] = [event for event in run.events if event["job"] != "t" or event["kind"] != "seen"]


def given_up_too_soon(run):
    run.jobs["t"]["state"] = run.jobs["t"]["attempts"][-1]["state"] = "lost"
    run.events[:] = [event for event in run.events if event["job"] != "t" or event["kind"] != "seen"]


def flagged_without_a_cause(run):
    run.jobs["t"]["log_flags"] = ["log_incomplete"]


def flagged_by_the_servers_death_alone(run):
    run.jobs["t"]["log_flags"] = ["log_incomplete"]
    run.events.append(fault(4, "kill server"))


def flagged_by_a_death_of_another_time(run):
    run.jobs["t"]["log_flags"] = ["log_incomplete"]
    run.events += [fault(4, "kill agent", "t", 1), fault(8, "kill server")]


def unverified(run):
    run.jobs["t"]["log_flags"] = ["log_unverified"]
    run.events += [fault(4, "kill agent", "t", 1), fault(4, "kill server")]


def too_many_flagged(run):
    for number in range(FLAGGED_MIN + 1):
        run.jobs[f"f{number}"] = copy.deepcopy(run.jobs["t"]) | {"state": "timed_out", "log_flags": ["log_incomplete"]}


DOCTORED = {
    accepted_jobs_end: [gone, never_ended, other_end, accepted_twice, unknown_job, cancelled_by_nobody, given_up_too_soon],
    one_end: [end_changed, ran_again_after_its_end, stored_otherwise, viewer_saw_another_end, attempt_after_success, attempt_is_missing],
    writes_are_current: [stale_log, stale_finish, two_claims_of_one_attempt],
    logs_are_exact: [byte_changed, bytes_missing, bytes_doubled, wrong_bytes_of_a_lost_attempt],
    flags_have_causes: [flagged_without_a_cause, flagged_by_the_servers_death_alone, flagged_by_a_death_of_another_time, unverified,
                        too_many_flagged],
    groups_never_overlap: [lock_was_held, began_inside, nested],
    at_most_once: [began_twice],
    viewers_see_all: [viewer_gap, viewer_double, viewer_cut_off, viewer_of_a_truncated_log_cut_off, viewer_got_no_bytes,
                      viewer_begins_anew_after_no_bytes, viewer_begins_anew_without_a_loss, viewer_begins_anew_and_goes_on,
                      viewer_sees_a_truncated_log_again, viewer_sees_an_unverified_log_again, viewer_behind_nothing_lost_begins_anew,
                      viewer_before_the_stored_end_begins_anew, viewer_sees_more_than_is_stored_of_a_truncated_log,
                      viewer_of_lost_bytes_begins_anew_twice, viewer_of_lost_bytes_then_gets_nothing, viewer_of_lost_bytes_is_then_cut_off,
                      viewer_of_lost_bytes_sees_them_again, viewer_sees_an_older_attempt_anew, viewer_goes_back_to_an_older_attempt,
                      viewer_is_told_of_an_older_attempt, viewer_gets_bytes_of_an_older_attempt, viewer_sees_only_an_older_attempt,
                      viewer_was_not_told_of_its_attempt],
    no_secret_shows: [secret_in_log, secret_between_other_signs],
    nothing_is_left: [process_left],
}


def broken(run: Run) -> list[Callable]:
    return [rule.broken for rule, found in check(run).items() if found]


def test_good_history_passes():
    assert broken(good()) == []


def test_each_rule_is_tried():
    assert list(DOCTORED) == [rule.broken for rule in RULES]


@pytest.mark.parametrize("rule,doctor", [(rule, doctor) for rule, doctors in DOCTORED.items() for doctor in doctors],
                         ids=lambda value: value.__name__ if callable(value) else "")
def test_rule_finds(rule, doctor):
    run = good()
    doctor(run)
    assert rule in broken(run)


def test_write_that_was_on_its_way_is_no_violation():
    run = good()
    run.events.append(write(13.5, "s", 1, "log", sent=12.5))
    assert broken(run) == []


def test_repeated_finish_gets_its_stored_answer():
    run = good()
    run.events.append({"t": 12, "kind": "tried", "job": "s", "attempt": 1, "what": "failed", "digest": "f", "n": 5})
    run.events.append(write(15, "s", 1, "failed", n=9, digest="f"))
    assert broken(run) == []


def test_viewer_of_lost_bytes_begins_anew():
    run = good()
    left = last_byte_lost(run, "t")
    run.viewed["t"] += [Begins(1), Piece(1, 0, 0, 3), Piece(1, 0, 3, left - 3)]
    assert broken(run) == []


def test_viewer_of_lost_bytes_of_the_last_of_two_attempts_begins_it_anew():
    run = good()
    left = last_byte_lost(run, "s")
    run.viewed["s"] += [Begins(2), Piece(2, 0, 0, left), *run.viewed["s"][4:]]
    assert broken(run) == []


def test_viewer_that_came_to_the_end_before_bytes_were_lost():
    run = good()
    last_byte_lost(run, "t")
    assert broken(run) == []


def test_what_a_viewer_is_shown():
    assert shown(Event("attempt", "2.-1.0", {"attempt": 2, "agent": "a1"})) == Begins(2)
    assert shown(Event("log", "2.1.7", {"step": 1, "offset": 4, "size": 3, "data": "abc"})) == Piece(2, 1, 4, 3)
    with pytest.raises(KeyError, match="size"):
        shown(Event("log", "2.1.7", {"step": 1, "offset": 4, "data": "abc"}))


def test_killed_holder_is_no_overlap():
    run = good()
    group = run.planned["x"].group
    run.witness = [f"begin {group} 9 1 1.00", f"begin {group} 9 2 8.00", f"end {group} 9 2 9.00"]
    assert broken(run) == []


def test_lost_with_its_retries_used_up_is_an_end():
    run = good()
    run.jobs["o"]["state"] = run.jobs["o"]["attempts"][-1]["state"] = "lost"
    run.events[:] = [event for event in run.events if event["job"] != "o" or event["kind"] != "seen"]
    assert broken(run) == []


def test_log_that_agent_and_server_lost_together_may_be_marked():
    run = good()
    run.jobs["t"]["log_flags"] = ["log_incomplete"]
    run.events += [fault(4, "kill agent", "t", 1), fault(4.5, "kill server")]
    assert broken(run) == []


def test_log_that_the_server_lost_again_and_again_may_be_marked():
    run = good()
    run.jobs["t"]["log_flags"] = ["log_incomplete"]
    run.events += [fault(2 + number, "kill server") for number in range(4)]
    assert broken(run) == []


def test_workload_is_the_same_again():
    other = Workload(7, WORKLOAD.witness, 0.1, ["shell"])
    assert [other.job(index) for index in range(50)] == [WORKLOAD.job(index) for index in range(50)]
    assert {WORKLOAD.job(index).kind for index in range(12)} == {kind.__name__ for kind in WORKLOAD.kinds}
