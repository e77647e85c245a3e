"""Whose code runs, and when somebody has to look at it first: forks, changes, approvals."""

import pytest
from support.api import Api
from support.connected import FILES, HOSTS, SETTINGS, digest_of, fork_with, pipeline
from support.wait import wait_until

pytestmark = [pytest.mark.one_database, pytest.mark.settings(**SETTINGS)]

ON = "{push: {branches: [main]}, pull_request: {types: [opened, updated, reopened, ready, edited]}}"
TWO_JOBS = {**FILES, ".open-cicd.yml": pipeline('a: {steps: [{run: "cat file"}]}\nb: {needs: a, steps: [{run: "true"}]}', ON)}


@pytest.fixture(params=[kind for kind in HOSTS if kind != "git"])
def forge_kind(request):
    return request.param


@pytest.fixture
def sandbox(start_agent):
    return start_agent("a1", executors="sandbox")


def never_ran(connected, run) -> bool:
    return all(job["state"] == "blocked" and job["attempts"] == 0 for job in connected.jobs(run).values())


@pytest.mark.both_databases
def test_a_fork_waits_until_somebody_approves_it(workplace, sandbox, forge_kind):
    connected = workplace.connected(forge_kind, TWO_JOBS)
    change = fork_with(connected, {"file": "from a fork\n"}, title="an offer")
    run = connected.waits(change.head)
    assert (run["trust"], run["change"], run["title"], run["ref"]) == ("fork", 1, "an offer", change.ref)
    assert never_ran(connected, run)
    connected.wait_for_status(change.head, connected.context("pull_request"), "pending")
    shown = connected.server.cli("run", "show", str(run["id"])).stdout.decode()
    assert "approv" in shown, shown
    connected.succeeded(connected.repository.push({"file": "mine\n"}), "push")  # nobody waits for it
    assert never_ran(connected, run)
    approved = connected.server.cli("run", "approve", str(run["id"]))
    assert approved.returncode == 0, approved.stderr
    run = connected.succeeded(change.head, "pull_request")
    assert connected.log(run, "a") == b"from a fork\n"
    for job in (None, "a", "b"):
        connected.wait_for_status(change.head, connected.context("pull_request", job))
    again = connected.approve(run)
    assert again.status == 409, again


@pytest.mark.parametrize(("trust", "waits"), [("everybody", True), ("first_time", True), ("nobody", False)])
def test_whose_changes_wait_can_be_said(workplace, sandbox, forge_kind, trust, waits):
    connected = workplace.connected(forge_kind, TWO_JOBS, trust=trust)
    change = fork_with(connected, {"file": "from a fork\n"})
    if waits:
        assert never_ran(connected, connected.waits(change.head))
    else:
        assert connected.succeeded(change.head, "pull_request")["trust"] == "fork"
    mine = connected.repository.push({"file": "mine\n"}, "topic2")
    connected.repository.open_change("topic2")
    assert connected.succeeded(mine, "pull_request")["trust"] == "change"  # who may push has pushed it


def test_an_approval_names_what_it_approves(workplace, sandbox, forge_kind):
    connected = workplace.connected(forge_kind, TWO_JOBS)
    change = fork_with(connected, {"file": "from a fork\n"})
    run = connected.waits(change.head)
    refused = connected.approve(run, "0" * 64)
    assert refused.status == 409 and refused.json["code"] == "plan_changed", refused
    assert never_ran(connected, connected.run(run["id"]))
    connected.approve(run, digest_of(connected, run)).expect(202)
    connected.succeeded(change.head, "pull_request")


def test_who_may_approve(workplace, sandbox, forge_kind):
    connected = workplace.connected(forge_kind, TWO_JOBS)
    run = connected.waits(fork_with(connected, {"file": "from a fork\n"}).head)
    path = f"/api/v1/runs/{run['id']}/approve"
    assert Api(connected.server.url).post(path, {}).status == 401
    assert Api(connected.server.url, connected.server.token("registration")).post(path, {}).status == 403
    assert never_ran(connected, connected.run(run["id"]))


def test_what_was_pushed_since_takes_the_place_of_what_waits(workplace, sandbox, forge_kind):
    connected = workplace.connected(forge_kind, TWO_JOBS)
    change = fork_with(connected, {"file": "one\n"})
    first = change.head
    old = connected.waits(first)
    second = change.push({"file": "two\n"})
    run = connected.waits(second)
    ended = connected.wait_for_run(first, "pull_request")
    assert ended["id"] == old["id"] and ended["state"] == "cancelled"
    assert connected.approve(old).status == 409
    wait_until("the forge to know", lambda: connected.told(first, connected.context("pull_request"))[-1:] not in ([], ["pending"]), within=20)
    connected.approve(run).expect(202)
    assert connected.log(connected.succeeded(second, "pull_request"), "a") == b"two\n"


def test_what_waits_can_be_cancelled(workplace, sandbox, forge_kind):
    connected = workplace.connected(forge_kind, TWO_JOBS)
    change = fork_with(connected, {"file": "one\n"})
    run = connected.waits(change.head)
    connected.server.admin.post(f"/api/v1/runs/{run['id']}/cancel").expect(202)
    ended = connected.wait_for_run(change.head, "pull_request")
    assert ended["state"] == "cancelled" and all(job["attempts"] == 0 for job in ended["jobs"])
    assert connected.approve(run).status == 409


def test_a_fork_that_was_deleted_runs_as_it_was(workplace, sandbox, forge_kind):
    connected = workplace.connected(forge_kind, TWO_JOBS)
    change = fork_with(connected, {"file": "from a fork\n"})
    run = connected.waits(change.head)
    change.source.deleted()
    connected.approve(run).expect(202)
    assert connected.log(connected.succeeded(change.head, "pull_request"), "a") == b"from a fork\n"
    change.close()
    connected.settled()
    assert len(connected.runs()) == 1


def test_what_was_merged_is_trusted(workplace, sandbox, forge_kind):
    connected = workplace.connected(forge_kind, TWO_JOBS)
    change = fork_with(connected, {"file": "from a fork\n"})
    connected.waits(change.head)
    change.merge(connected.repository.owner)
    run = connected.succeeded(change.merge_commit, "push")
    assert run["trust"] == "trusted" and connected.log(run, "a") == b"from a fork\n"


# Approvals are for one commit, one target and one plan.


def approved(connected):
    change = fork_with(connected, {"file": "fine\n"})
    run = connected.waits(change.head)
    connected.approve(run, digest_of(connected, run)).expect(202)
    connected.succeeded(change.head, "pull_request")
    return change, run


def the_next_one_waits(connected, change, known) -> dict:
    """Another run of the change's head as it is now, which nobody has approved."""
    run = wait_until("another run", lambda: next((run for run in connected.runs() if run["id"] != known["id"]), None), within=40)
    assert run["sha"] == change.head and run["state"] == "pending" and run["reason"]["code"] == "waiting_for_approval", run
    connected.settled()
    assert never_ran(connected, run)
    connected.wait_for_status(change.head, connected.context("pull_request"), "pending")
    return run


def test_b4_a_push_after_an_approval_waits_anew(workplace, sandbox, forge_kind):
    connected = workplace.connected(forge_kind, TWO_JOBS, trust="everybody")
    change, run = approved(connected)
    change.push({"file": "evil\n"})
    the_next_one_waits(connected, change, run)


def test_b4_a_force_push_after_an_approval_waits_anew(workplace, sandbox, forge_kind):
    connected = workplace.connected(forge_kind, TWO_JOBS, trust="everybody")
    change, run = approved(connected)
    change.push({"file": "evil\n"}, onto=connected.repository.tip("main"))
    the_next_one_waits(connected, change, run)


def test_b4_another_target_after_an_approval_waits_anew(workplace, sandbox, forge_kind):
    connected = workplace.connected(forge_kind, TWO_JOBS, trust="everybody")
    connected.repository.set_branch("release", connected.repository.tip("main"))
    change, run = approved(connected)
    change.retarget("release")
    the_next_one_waits(connected, change, run)


def test_b4_closed_and_opened_again_after_an_approval_waits_anew(workplace, sandbox, forge_kind):
    connected = workplace.connected(forge_kind, TWO_JOBS, trust="everybody")
    change, run = approved(connected)
    change.close()
    change.reopen()
    the_next_one_waits(connected, change, run)


def test_b4_another_pipeline_file_after_an_approval_waits_anew(workplace, sandbox, forge_kind):
    connected = workplace.connected(forge_kind, TWO_JOBS, trust="everybody")
    change, run = approved(connected)
    change.push({".open-cicd.yml": TWO_JOBS[".open-cicd.yml"].replace("cat file", "cat file; env")})
    waiting = the_next_one_waits(connected, change, run)
    assert digest_of(connected, waiting) != digest_of(connected, run)
    assert connected.approve(waiting, digest_of(connected, run)).status == 409  # of the plan before


def test_b4_an_approval_while_somebody_pushes_is_for_what_was_seen(workplace, sandbox, forge_kind):
    connected = workplace.connected(forge_kind, TWO_JOBS, trust="everybody")
    change = fork_with(connected, {"file": "fine\n"})
    run = connected.waits(change.head)
    connected.forge.courier.hold()
    change.push({"file": "evil\n"})  # nobody was told yet
    connected.approve(run, digest_of(connected, run)).expect(202)
    ran = wait_until("it to end", lambda: (seen := connected.run(run["id"]))["state"] == "succeeded" and seen, within=40)
    assert ran["sha"] == run["sha"] and connected.log(ran, "a") == b"fine\n"
    connected.forge.courier.release()
    the_next_one_waits(connected, change, run)


def test_b4_a_round_with_another_file_is_no_approved_one(workplace, sandbox, forge_kind):
    """Whoever repeats a fork's run repeats what was approved."""
    connected = workplace.connected(forge_kind, TWO_JOBS, trust="everybody")
    change, run = approved(connected)
    connected.server.admin.post(f"/api/v1/runs/{run['id']}/rerun", {"jobs": "all"}).expect(202)
    again = wait_until("its second round", lambda: (seen := connected.run(run["id"]))["round"] == 2 and seen["state"] == "succeeded" and seen, within=40)
    assert again["sha"] == change.head and connected.log(again, "a") == b"fine\n"
