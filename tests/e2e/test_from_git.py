"""From git: what somebody pushes becomes a run, and the forge shows how it went. On stand-ins of GitHub, GitLab and Gitea and on plain git, whose
repositories, webhooks and API are those of support.forges."""

import concurrent.futures
import contextlib
import json
import re

import pytest
from support.api import Api
from support.connected import FILES, HOSTS, SETTINGS, delivery_of, pipeline
from support.forges.courier import send
from support.git_server import git
from support.wait import wait_until

FORGES = [kind for kind in HOSTS if kind != "git"]

pytestmark = [pytest.mark.one_database, pytest.mark.settings(**SETTINGS)]


@pytest.fixture(params=HOSTS)
def kind(request):
    return request.param


@pytest.fixture(params=FORGES)
def forge_kind(request):
    return request.param


@pytest.fixture
def sandbox(start_agent):
    return start_agent("a1", executors="sandbox")


def problem(answer) -> dict:
    assert answer.headers["content-type"].startswith("application/problem+json"), answer
    return answer.json


# A push


@pytest.mark.both_databases
def test_a_push_becomes_a_run_that_the_forge_shows(workplace, sandbox, kind):
    connected = workplace.connected(kind)
    bob = connected.forge.user("bob")
    connected.repository.members[bob] = "write"
    sha = connected.repository.push({"file": "second\n"}, by=bob, message="a better file\n\nby far", author="Somebody Else")
    run = connected.succeeded(sha, "push")
    assert (run["repository"], run["number"], run["ref"], run["sha"]) == (connected.repository.full_name, 1, "refs/heads/main", sha)
    assert (run["title"], run["author"], run["trust"], run.get("change")) == ("a better file", "Somebody Else", "trusted", None)
    for key in ("build", "test"):
        assert connected.log(run, key) == f"second\npush {sha}\n".encode()
    if not connected.has_statuses:
        return
    wanted = {connected.context("push"), connected.context("push", "build"), connected.context("push", "test")}
    for context in wanted:
        status = connected.wait_for_status(sha, context)
        assert connected.told(sha, context) == ["pending", "success"]
        assert status.target_url.startswith(connected.server.url) and len(status.description) <= 140
    assert set(connected.repository.statuses_of(sha)) == wanted


def test_a_real_git_push_is_enough(workplace, sandbox, kind):
    connected = workplace.connected(kind)
    token = connected.forge.token(connected.repository.owner)
    tree = connected.server.folder / "tree"
    git("clone", "-q", connected.repository.clone_url_with(token), tree)
    for number in range(3):
        (tree / "file").write_text(f"{number}\n")
        git("commit", "-qam", f"commit {number}", at=tree)
    git("push", "-q", connected.repository.clone_url_with(token), "main", at=tree)
    run = connected.succeeded(git("rev-parse", "HEAD", at=tree), "push")
    assert run["number"] == 1 and len(connected.runs()) == 1  # of three commits that were pushed together, the newest
    assert connected.log(run, "build").startswith(b"2\n")


@pytest.mark.parametrize("private", [False, True])
def test_a_job_checks_out_what_only_a_token_may_read(workplace, sandbox, kind, private):
    connected = workplace.connected(kind, private=private)
    sha = connected.repository.push({"file": "secret\n"})
    assert connected.log(connected.succeeded(sha), "test").startswith(b"secret\n")


def test_a_job_knows_its_event(workplace, sandbox, kind):
    jobs = 'a: {steps: [{run: "env | grep ^CI_ | sort; git rev-parse HEAD"}]}'
    connected = workplace.connected(kind, {".open-cicd.yml": pipeline(jobs)})
    before = connected.repository.tip("main")
    sha = connected.repository.push({"x": "x"}, message="it says\n\nwhat it does")
    run = connected.succeeded(sha)
    lines = connected.log(run, "a").decode().splitlines()
    known = dict(line.split("=", 1) for line in lines if "=" in line)
    assert lines[-1] == sha
    wanted = {"CI_REPO": connected.repository.full_name, "CI_COMMIT": sha, "CI_BASE_COMMIT": before, "CI_REF": "refs/heads/main", "CI_BRANCH": "main",
              "CI_DEFAULT_BRANCH": "main", "CI_EVENT": "push", "CI_RUN": run["id"], "CI_RUN_NUMBER": "1", "CI_COMMIT_AUTHOR": "Ada"}
    assert {name: known.get(name) for name in wanted} == wanted
    if connected.has_statuses:
        assert known["CI_ACTOR"] == "ada"
    assert connected.token is None or connected.token.value not in "\n".join(lines)


def test_what_fails_and_what_is_left_out_is_shown(workplace, sandbox, forge_kind):
    jobs = """
good: {steps: [{run: "true"}]}
bad: {steps: [{run: exit 3}]}
left: {if: "git.branch == 'other'", steps: [{run: "true"}]}
clean: {needs: bad, if: always(), steps: [{run: "true"}]}
"""
    connected = workplace.connected(forge_kind, {".open-cicd.yml": pipeline(jobs)})
    sha = connected.repository.push({"x": "x"})
    assert connected.wait_for_run(sha)["state"] == "failed"
    for job, outcome in {None: "failure", "good": "success", "bad": "failure", "left": "success", "clean": "success"}.items():
        connected.wait_for_status(sha, connected.context("push", job), outcome)
    assert connected.repository.statuses_of(sha)[connected.context("push", "left")].description.lower().startswith("skipped")
    assert connected.told(sha, connected.context("push")) == ["pending", "failure"]


def test_a_run_that_is_cancelled_or_repeated_is_shown_as_it_is_now(workplace, start_agent, forge_kind):
    start_agent(executors="shell")
    gate = workplace.server.folder / "gate"
    jobs = f'a: {{executor: shell, checkout: false, steps: [{{run: "echo begun; while ! test -e {gate}; do sleep 0.05; done"}}]}}'
    connected = workplace.connected(forge_kind, {".open-cicd.yml": pipeline(jobs)})
    sha = connected.repository.push({"x": "x"})
    run = connected.wait_for_run(sha, states={"running"})
    workplace.server.wait_for_log(connected.jobs(run)["a"]["id"], b"begun")
    connected.server.admin.post(f"/api/v1/runs/{run['id']}/cancel").expect(202)
    assert connected.wait_for_run(sha)["state"] == "cancelled"
    context = connected.context("push")
    wait_until("the cancel to be told", lambda: connected.told(sha, context)[-1:] in (["failure"], ["error"]), within=20)
    gate.touch()
    connected.server.admin.post(f"/api/v1/runs/{run['id']}/rerun", {"jobs": "all"}).expect(202)
    assert connected.wait_for_run(sha, states={"succeeded"})["round"] == 2
    connected.wait_for_status(sha, context)
    connected.wait_for_status(sha, connected.context("push", "a"))
    assert connected.told(sha, context)[-1] == "success"


def test_thirty_jobs_of_a_matrix_are_all_told(workplace, sandbox, forge_kind):
    jobs = f'a: {{matrix: {{n: [{", ".join(str(n) for n in range(30))}]}}, checkout: false, steps: [{{run: "true"}}]}}'
    connected = workplace.connected(forge_kind, {".open-cicd.yml": pipeline(jobs)})
    sha = connected.repository.push({"x": "x"})
    connected.succeeded(sha, within=60)
    for number in range(30):
        connected.wait_for_status(sha, connected.context("push", f"a ({number})"), within=60)
        assert connected.told(sha, connected.context("push", f"a ({number})"))[-1] == "success"
    refused = [(seen.status, seen.body) for seen in connected.forge.asked("POST", "/statuses/") if seen.status >= 300]
    assert all(b"pending" in body for _, body in refused), refused  # GitLab alone minds what it was told already


def test_names_that_no_forge_takes_are_told_nevertheless(workplace, sandbox, forge_kind):
    jobs = f'a: {{name: "{"j" * 200}", matrix: {{x: ["{"v" * 100} ü"], y: ["{"w" * 100} <>"]}}, checkout: false, steps: [{{run: "true"}}]}}'
    connected = workplace.connected(forge_kind, {".open-cicd.yml": pipeline(jobs, more=f'name: "{"p" * 60}"\n')})
    sha = connected.repository.push({"x": "x"})
    connected.succeeded(sha)
    wait_until("two contexts that succeeded", lambda: [connected.forge.outcome(one) for one in connected.repository.statuses_of(sha).values()] ==
               ["success", "success"], within=20)
    assert all(len(context.encode()) <= 255 for context in connected.repository.statuses_of(sha))


# Which files, which events


def test_each_file_is_a_run_of_its_own(workplace, sandbox, kind):
    files = {".open-cicd/check.yml": pipeline('a: {steps: [{run: "true"}]}'), ".open-cicd/other.yml": pipeline('b: {steps: [{run: "true"}]}'),
             ".open-cicd/nightly.yml": pipeline('c: {steps: [{run: "true"}]}', on="[manual]")}
    connected = workplace.connected(kind, files)
    sha = connected.repository.push({"x": "x"})
    runs = wait_until("two runs to end", lambda: [run for run in connected.runs() if run["state"] == "succeeded"][1:] and connected.runs(), within=40)
    assert {run["pipeline"] for run in runs} == {".open-cicd/check.yml", ".open-cicd/other.yml"}
    assert sorted(run["number"] for run in runs) == [1, 2] and {run["sha"] for run in runs} == {sha}
    connected.wait_for_status(sha, connected.context("push", pipeline="check"))
    connected.wait_for_status(sha, connected.context("push", "b", pipeline="other"))


def test_the_file_of_the_pushed_commit_counts(workplace, sandbox, kind):
    connected = workplace.connected(kind)
    sha = connected.repository.push({".open-cicd.yml": pipeline('new: {steps: [{run: "true"}]}')}, "side")
    assert list(connected.jobs(connected.succeeded(sha))) == ["new"]


def test_a_file_that_is_wrong_is_told_where(workplace, sandbox, kind):
    connected = workplace.connected(kind)
    sha = connected.repository.push({".open-cicd.yml": "jobs: {a: {stesp: [{run: x}]}}\n"})
    run = connected.wait_for_run(sha)
    assert run["state"] == "failed" and run["reason"]["code"] == "invalid_pipeline" and run["number"] == 1
    assert "jobs.a.stesp" in json.dumps(run["reason"])
    if connected.has_statuses:
        # Under the name that branch protection asks for: a check that is never told would wait for ever.
        connected.wait_for_status(sha, connected.context("push"), "failure")


def test_what_starts_no_run_says_why(workplace, sandbox, kind):
    connected = workplace.connected(kind)
    connected.repository.push({".open-cicd.yml": None}, "side1")
    connected.repository.push({"x": "1"}, "elsewhere")
    skipped = connected.repository.push({"x": "2"}, message="nothing to see [skip ci]")
    done = connected.repository.push({"x": "3"})
    connected.succeeded(done)
    deliveries = connected.settled()
    assert [run["sha"] for run in connected.runs()] == [done]
    verdicts = {one["event_key"].split()[1]: (one.get("verdict") or "") for one in deliveries if one["event_key"] and not one["runs"]}
    assert ".open-cicd" in verdicts["refs/heads/side1"], verdicts
    assert "elsewhere" in verdicts["refs/heads/elsewhere"] or "branch" in verdicts["refs/heads/elsewhere"], verdicts
    assert skipped != done
    if connected.has_statuses:  # a poll may see the newest commit alone
        assert "skip" in verdicts["refs/heads/main"], verdicts
    assert connected.repository.statuses_of(skipped) == {}


def test_paths_leave_out_a_run_that_a_required_check_then_passes(workplace, sandbox, kind):
    connected = workplace.connected(kind, {".open-cicd.yml": pipeline('a: {steps: [{run: "true"}]}', on="{push: {paths: ['src/**']}}"), "src/a": "1"})
    sha = connected.repository.push({"docs/a": "1"})
    run = connected.wait_for_run(sha)
    assert run["state"] == "skipped"
    status = connected.wait_for_status(sha, connected.context("push"))
    assert status is None or status.description.lower().startswith("skipped")
    assert connected.succeeded(connected.repository.push({"src/a": "2"}))["number"] == 2
    both = connected.repository.push({"src/b": "1"}, then=({"docs/b": "1"},))  # what all commits of a push have changed
    assert connected.succeeded(both)["number"] == 3


@pytest.mark.parametrize("annotated", [False, True])
def test_tags_are_runs_of_their_commit(workplace, sandbox, kind, annotated):
    connected = workplace.connected(kind)
    sha = connected.repository.tip("main")
    connected.repository.tag("v1.0", message="the first" if annotated else None)
    run = connected.succeeded(sha, "tag")
    assert run["ref"] == "refs/tags/v1.0" and run.get("tag") == "v1.0"
    connected.wait_for_status(sha, connected.context("tag", "build"))


def test_what_is_deleted_starts_nothing(workplace, sandbox, kind):
    connected = workplace.connected(kind)
    sha = connected.repository.push({"x": "1"}, "side")
    connected.succeeded(sha)
    connected.repository.tag("v1", sha)
    connected.succeeded(sha, "tag")
    connected.repository.delete("refs/heads/side")
    connected.repository.delete("refs/tags/v1")
    connected.succeeded(connected.repository.push({"x": "2"}))
    assert len(connected.runs()) == 3 and all(one["state"] in ("done", "ignored") for one in connected.settled())


def test_a_force_push_is_a_push(workplace, sandbox, kind):
    connected = workplace.connected(kind)
    base = connected.repository.tip("main")
    one = connected.repository.push({"file": "one\n"})
    connected.succeeded(one)
    two = connected.repository.push({"file": "two\n"}, onto=base)
    assert connected.log(connected.succeeded(two), "build").startswith(b"two\n")
    connected.repository.set_branch("main", one)  # back again: the same commit once more
    wait_until("a third run", lambda: len(connected.runs()) == 3, within=40)
    assert [run["sha"] for run in connected.runs()] == [one, two, one]


# Changes


def test_the_life_of_a_pull_request(workplace, sandbox, forge_kind):
    on = "{push: {branches: [main]}, pull_request: {types: [opened, updated, reopened, ready, edited, labeled, closed]}}"
    connected = workplace.connected(forge_kind, {".open-cicd.yml": pipeline('a: {steps: [{run: "echo $CI_EVENT_ACTION $CI_CHANGE"}]}', on)})
    repository = connected.repository
    repository.set_branch("stable", repository.tip("main"))
    first = repository.push({"x": "1"}, "topic")
    change = repository.open_change("topic", "a better x", labels=("old",))
    opened = connected.succeeded(first, "pull_request")
    assert (opened["change"], opened["title"], opened["trust"], opened["ref"]) == (1, "a better x", "change", change.ref)
    assert connected.log(opened, "a") == b"opened 1\n"
    connected.wait_for_status(first, connected.context("pull_request", "a"))
    second = change.push({"x": "2"})
    assert connected.log(connected.succeeded(second, "pull_request"), "a") == b"updated 1\n"

    def next_action(act) -> str:
        known = {run["id"] for run in connected.runs()}
        act()
        run = wait_until("another run", lambda: next((run for run in connected.runs() if run["id"] not in known), None), within=40)
        wait_until("it to end", lambda: connected.run(run["id"])["state"] == "succeeded", within=40)
        return connected.log(run, "a").decode().split()[0]

    assert next_action(lambda: change.retarget("stable")) == "edited"
    assert next_action(lambda: change.label("bug")) == "labeled"
    if forge_kind == "gitea":  # where a draft is one by its title
        assert next_action(change.back_to_draft) == "edited"
    else:
        change.back_to_draft()
        connected.settled()
    assert next_action(change.ready) == "ready"
    assert next_action(change.close) == "closed"
    assert next_action(change.reopen) == "reopened"
    change.merge(repository.owner)
    connected.settled()
    assert all(run["trust"] == "change" for run in connected.runs() if run["event"] == "pull_request")


def test_a_pull_request_has_one_run_for_each_push(workplace, sandbox, forge_kind):
    connected = workplace.connected(forge_kind)
    connected.repository.push({"x": "1"}, "topic")
    change = connected.repository.open_change("topic")
    for number in range(2, 4):
        change.push({"x": str(number)})
    connected.succeeded(change.head, "pull_request")
    connected.settled()
    assert sorted(run["event"] for run in connected.runs()) == ["pull_request"] * 3


def test_the_filters_of_a_pull_request_are_those_of_its_target(workplace, sandbox, forge_kind):
    on = "{pull_request: {branches: [main], paths: ['src/**']}}"
    connected = workplace.connected(forge_kind, {".open-cicd.yml": pipeline('a: {steps: [{run: "true"}]}', on)})
    repository = connected.repository
    repository.set_branch("stable", repository.tip("main"))
    elsewhere = repository.push({"src/a": "1"}, "one")
    repository.open_change("one", into="stable")
    docs = repository.push({"docs/a": "1"}, "two")
    repository.open_change("two")
    code = repository.push({"src/a": "2"}, "three")
    repository.open_change("three")
    connected.succeeded(code, "pull_request")
    assert connected.wait_for_run(docs, "pull_request")["state"] == "skipped"
    connected.wait_for_status(docs, connected.context("pull_request"))
    connected.settled()
    assert elsewhere not in {run["sha"] for run in connected.runs()}


# Webhooks


def test_the_webhook_is_made_mended_and_removed(workplace, sandbox, forge_kind):
    connected = workplace.connected(forge_kind)
    webhook, = connected.repository.webhooks.values()
    assert webhook.url == connected.webhook_url == f"{connected.server.url}/api/v1/webhooks/{forge_kind}/{connected.id}"
    assert connected.answer["webhook"]["state"] == "registered" and connected.answer["warnings"] == []
    assert webhook.content_type == "json" and webhook.active
    secret = webhook.secret or webhook.config["signing_token"]
    assert len(secret) >= 32
    for path in (connected.path, "/api/v1/repositories", f"{connected.path}/deliveries"):
        assert secret not in connected.server.admin.get(path).expect(200).body.decode()
    connected.repository.webhook_deleted()
    connected.sync()
    webhook, = connected.repository.webhooks.values()
    assert webhook.url == connected.webhook_url
    connected.succeeded(connected.repository.push({"x": "1"}))
    connected.repository.webhook_disabled()
    connected.sync()
    assert len(connected.repository.webhooks) == 1
    connected.succeeded(connected.repository.push({"x": "2"}))
    connected.server.admin.delete(connected.path).expect(200, 202, 204)
    assert connected.repository.webhooks == {}
    connected.server.admin.get(connected.path).expect(404)


def test_a_webhook_that_was_lost_is_made_up_for(workplace, sandbox, forge_kind):
    connected = workplace.connected(forge_kind)
    connected.forge.courier.drop(1)
    sha = connected.repository.push({"x": "1"}, "side")
    connected.forge.courier.wait()
    connected.forge.courier.drop(0)
    connected.change(poll_s=1)
    connected.succeeded(sha, "push")
    connected.forge.redeliver(connected.forge.courier.dropped[0])  # it comes after all
    connected.settled()
    assert [run["sha"] for run in connected.runs()] == [sha]


def test_what_is_pushed_while_it_is_connected_is_not_missed(workplace, sandbox, kind):
    """Who has been answered that a repository is connected may push at once."""
    connected = workplace.make(kind)
    answer = connected.request(webhook=False, poll_s=1).expect(201).json
    connected.id = answer["id"]
    connected.succeeded(connected.repository.push({"x": "1"}), "push")


@pytest.mark.settings(OPEN_CICD_GIT_POLL_INTERVAL="1s")
def test_polling_and_webhooks_make_one_run(workplace, sandbox, forge_kind):
    connected = workplace.connected(forge_kind)
    shas = []
    for number in range(5):
        connected.forge.courier.delay = 0 if number % 2 else 2.5  # a poll is first
        shas.append(connected.repository.push({"x": str(number)}))
        connected.succeeded(shas[-1], "push")
        connected.forge.courier.wait()
    connected.settled()
    assert [run["sha"] for run in connected.runs()] == shas[::-1]
    assert [run["number"] for run in connected.runs()] == [5, 4, 3, 2, 1]


def test_runs_follow_the_order_of_their_receipt(workplace, sandbox, forge_kind):
    connected = workplace.connected(forge_kind)
    connected.forge.courier.hold()
    shas = [connected.repository.push({"x": str(number)}, f"side{number}") for number in range(6)]
    order = [3, 0, 5, 1, 4, 2]

    def shuffled(held):
        pushes = [delivery for delivery in held if delivery.event == "push"]
        return [pushes[at] for at in order] + [delivery for delivery in held if delivery.event != "push"]

    connected.forge.courier.release(shuffled)
    wait_until("six runs", lambda: len(connected.runs()) == 6, within=40)
    assert [run["sha"] for run in sorted(connected.runs(), key=lambda run: run["number"])] == [shas[at] for at in order]
    assert sorted(run["number"] for run in connected.runs()) == [1, 2, 3, 4, 5, 6]


def test_deliveries_are_shown_and_repeated(workplace, sandbox, forge_kind):
    connected = workplace.connected(forge_kind)
    sha = connected.repository.push({"x": "1"})
    run = connected.succeeded(sha)
    shown = next(one for one in connected.settled() if one["runs"])
    assert shown["source"] == "webhook" and shown["state"] == "done" and shown["tries"] in (0, 1)
    assert run["id"] in json.dumps(shown["runs"])
    answer = connected.server.admin.post(f"{connected.path}/deliveries/{shown['id']}/redeliver").expect(202)
    assert answer.body
    again = wait_until("another run of the same commit", lambda: len(connected.runs()) == 2 and connected.runs(), within=40)
    assert {one["sha"] for one in again} == {sha} and [one["number"] for one in again] == [2, 1]
    connected.server.admin.post(f"{connected.path}/deliveries/none/redeliver").expect(404, 422)


def test_plain_git_can_tell_by_a_hook(workplace, sandbox):
    connected = workplace.make("git")
    url, name = connected.repository.clone_url, connected.repository.full_name
    done = connected.server.cli("repo", "add", url, "--forge", "git", "--name", name)
    assert done.returncode == 0, done.stderr
    text = (done.stdout + done.stderr).decode()
    address = re.search(r"http://\S+/api/v1/webhooks/git/\S+", text)[0]
    connected.id = address.rsplit("/", 1)[1]
    secrets = [word for word in re.findall(r"[\w+/=-]{32,}", text.replace(address, "")) if word != connected.id]
    assert len(secrets) == 1, f"the guide says that the webhook's secret is printed: {text}"
    connected.forge.install_hook(connected.repository, address, secrets[0])
    sha = connected.repository.push({"x": "1"})
    connected.succeeded(sha, "push")
    assert delivery_of(connected).status == 202
    connected.repository.tag("v1", message="one")
    connected.succeeded(sha, "tag")


# People at the command line


def test_the_command_line_adds_lists_shows_syncs_and_removes(workplace, sandbox, kind):
    connected = workplace.make(kind)
    server, name = connected.server, connected.repository.full_name
    arguments = ["--name", name, "--poll-s", "1"] if kind == "git" else []
    if connected.token:
        (server.folder / "token").write_text(connected.token.value + "\n")
        arguments += ["--token-file", str(server.folder / "token")]
    done = server.cli("repo", "add", connected.repository.clone_url, "--forge", kind, *arguments)
    assert done.returncode == 0 and name in done.stdout.decode(), done
    assert len(connected.repository.webhooks) == (kind != "git")
    listed = server.cli("repo", "list").stdout.decode()
    assert name in listed and kind in listed
    shown = server.cli("repo", "show", name)
    assert shown.returncode == 0 and "main" in shown.stdout.decode()
    everything = (done.stdout + done.stderr + shown.stdout + listed.encode()).decode()
    assert connected.token is None or connected.token.value not in everything
    connected.id = server.admin.get(connected.by_name).expect(200).json["id"]
    connected.looked_at()
    sha = connected.repository.push({"x": "1"})
    assert server.cli("repo", "sync", name).returncode == 0
    connected.succeeded(sha)
    runs = server.cli("run", "list", "--repository", name).stdout.decode()
    assert f"{name}#1" in runs, runs
    assert server.cli("repo", "remove", name).returncode == 0
    assert connected.repository.webhooks == {} and name not in server.cli("repo", "list").stdout.decode()
    assert server.cli("repo", "show", name).returncode == 66


def test_what_is_missing_is_said(workplace, forge_kind):
    connected = workplace.make(forge_kind)
    server, forge, owner = connected.server, connected.forge, connected.repository.owner

    def add(token, *arguments, url=None):
        (server.folder / "token").write_text(token)
        words = ["--forge", forge_kind, "--token-file", str(server.folder / "token"), *arguments]
        return server.cli("repo", "add", url or connected.repository.clone_url, *words)

    unknown = add("nonsense")
    assert unknown.returncode != 0 and b"token" in unknown.stderr, unknown
    gone = add(forge.token(owner, state="revoked").value)
    assert gone.returncode != 0 and b"token" in gone.stderr, gone
    missing = add(connected.token.value, url=forge.url + "/acme/nothing.git")
    assert missing.returncode != 0 and b"no such repository" in missing.stderr, missing
    forge.down()
    away = add(connected.token.value)
    assert away.returncode != 0 and str(forge.port).encode() in away.stderr, away
    forge.up()
    assert server.admin.get("/api/v1/repositories").expect(200).json["repositories"] == []
    assert b"nonsense" not in unknown.stdout + unknown.stderr
    # Without its webhook a repository is useful nevertheless: it is polled.
    short = add(forge.token(owner, lacks=("webhooks",)).value)
    scope = {"github": "webhook", "gitlab": "api", "gitea": "write:repository"}[forge_kind]
    assert short.returncode == 0 and scope in (short.stdout + short.stderr).decode().lower(), short
    assert connected.repository.webhooks == {}


def test_without_a_webhook_it_is_polled(workplace, sandbox, forge_kind):
    connected = workplace.connected(forge_kind, webhook=False, poll_s=1)
    assert connected.repository.webhooks == {} and connected.answer["webhook"]["state"] == "off"
    sha = connected.repository.push({"x": "1"})
    connected.succeeded(sha, "push")
    connected.wait_for_status(sha, connected.context("push"))


def test_wrong_requests_are_refused_by_field(workplace, kind):
    connected = workplace.make(kind)
    for wrong, field in [({"url": "file:///etc"}, "url"), ({"url": "ext::sh -c id"}, "url"), ({"url": "http://u:p@127.0.0.1/a/b"}, "url"),
                         ({"forge": "sourceforge"}, "forge"), ({"trust": "all"}, "trust"), ({"poll_s": -1}, "poll_s"),
                         ({"protected_refs": ["main"]}, "protected_refs"), ({"pipeline_paths": ["../x.yml"]}, "pipeline_paths"),
                         ({"name": "../x"}, "name"), ({"token": "a b"}, "token")]:
        answer = connected.request(**wrong)
        assert answer.status == 422, (wrong, answer)
        assert any(error["field"].startswith(field) for error in problem(answer)["errors"]), (wrong, answer.json)
    assert connected.server.admin.get("/api/v1/repositories").expect(200).json["repositories"] == []


def test_connecting_twice_changes_nothing(workplace, forge_kind):
    connected = workplace.connected(forge_kind)
    again = connected.request()
    assert again.status == 409 and connected.repository.full_name in problem(again)["detail"]
    assert len(connected.repository.webhooks) == 1
    assert len(connected.server.admin.get("/api/v1/repositories").expect(200).json["repositories"]) == 1


def test_a_forge_below_a_path_and_groups_in_groups(workplace, sandbox, forge_kind):
    name = "acme/tools/deep/app" if forge_kind == "gitlab" else "acme/app"
    connected = workplace.connected(forge_kind, prefix="/forge", name=name)
    assert connected.answer["full_name"] == name
    sha = connected.repository.push({"x": "1"})
    connected.succeeded(sha)
    connected.wait_for_status(sha, connected.context("push", "build"))
    shown = connected.server.admin.get(connected.by_name).expect(200).json
    assert (shown["id"], shown["default_branch"], shown["forge"]) == (connected.id, "main", forge_kind)


def test_two_repositories_know_nothing_of_each_other(workplace, sandbox, forge_kind):
    one = workplace.connected(forge_kind)
    two = workplace.connected(forge_kind, forge=one.forge, name="acme/tools/other" if forge_kind == "gitlab" else "acme/other")
    first, second = one.repository.push({"x": "1"}), two.repository.push({"y": "1"})
    assert one.succeeded(first)["number"] == two.succeeded(second)["number"] == 1
    assert [run["repository"] for run in one.runs()] == [one.repository.full_name]
    assert one.repository.statuses_of(second) == two.repository.statuses_of(first) == {}


# Runs that somebody asks for, badges, schedules


def test_a_run_that_somebody_asks_for(workplace, sandbox, kind):
    inputs = "inputs: {word: {default: none}}\n"
    jobs = 'a: {env: {WORD: "${{ inputs.word }}"}, steps: [{run: "cat file; echo $WORD $CI_COMMIT"}]}'
    connected = workplace.connected(kind, {".open-cicd.yml": pipeline(jobs, on="[manual]", more=inputs), "file": "main\n"})
    sha = connected.repository.push({"file": "side\n"}, "side")
    body = {"pipeline": ".open-cicd.yml", "ref": "side", "inputs": {"word": "given"}}
    made = connected.server.admin.post(f"{connected.path}/runs", body).expect(201).json
    run = wait_until("the run to end", lambda: (run := connected.run(made["id"]))["state"] == "succeeded" and run, within=40)
    assert run["sha"] == sha and run["trust"] == "trusted" and run["number"] == made["number"] == 1
    assert connected.log(run, "a") == f"side\ngiven {sha}\n".encode()
    for wrong in ({**body, "ref": "nothing"}, {**body, "pipeline": "none.yml"}, {**body, "inputs": {"wrd": "x"}}, {**body, "ref": "--upload-pack=x"}):
        assert connected.server.admin.post(f"{connected.path}/runs", wrong).status in (404, 422), wrong
    listed = connected.server.admin.get(f"{connected.path}/runs").expect(200).json["runs"]
    assert [one["id"] for one in listed] == [made["id"]]


def test_a_badge_says_how_the_newest_run_of_a_branch_ended(workplace, sandbox, kind):
    connected = workplace.connected(kind)

    def badge(query: str = "") -> str:
        answer = connected.server.admin.get(f"{connected.path}/badge.svg{query}").expect(200)
        assert answer.headers["content-type"].startswith("image/svg+xml")
        return answer.body.decode()

    assert "unknown" in badge()
    connected.succeeded(connected.repository.push({"x": "1"}))
    assert "passing" in badge() and "passing" in badge("?branch=main") and "unknown" in badge("?branch=side")
    connected.wait_for_run(connected.repository.push({".open-cicd.yml": pipeline("a: {steps: [{run: exit 1}]}")}, "side"))
    assert "failing" in badge("?branch=side") and "passing" in badge()
    assert "<script" not in badge("?branch=%3Cscript%3E")


def test_the_default_branch_alone_makes_schedules(workplace, sandbox, kind):
    connected = workplace.connected(kind)

    def scheduled(cron: str) -> dict[str, str]:
        return {".open-cicd.yml": pipeline('a: {steps: [{run: "true"}]}', on=f'{{push: , schedule: [{{cron: "{cron}", timezone: Europe/Berlin}}]}}')}

    def schedules() -> list[dict]:
        return connected.server.admin.get(f"{connected.path}/schedules").expect(200).json["schedules"]

    connected.succeeded(connected.repository.push(scheduled("17 3 * * *"), "side"))
    assert schedules() == []
    connected.succeeded(connected.repository.push(scheduled("30 4 * * 1-5")))
    one, = wait_until("a schedule", schedules, within=10)
    assert (one["cron"], one["timezone"], one["pipeline"]) == ("30 4 * * 1-5", "Europe/Berlin", ".open-cicd.yml") and one["next_at"]
    connected.succeeded(connected.repository.push(FILES))
    wait_until("no schedule", lambda: not schedules(), within=10)


# What is signed, and by whom


def test_d2_an_invalid_signature_changes_nothing(workplace, sandbox, forge_kind):
    connected = workplace.connected(forge_kind)
    connected.succeeded(connected.repository.push({"x": "1"}))
    good = delivery_of(connected)
    connected.settled()
    before, requests = connected.deliveries(), len(connected.forge.seen)
    shown = connected.server.admin.get(connected.path).json
    changed = good.body.replace(b"refs/heads/main", b"refs/heads/mein")
    proofs = [name for name in good.headers if "signature" in name.lower() or "token" in name.lower()]
    cases = [{name: value for name, value in good.headers.items() if name not in proofs}, {**good.headers, **dict.fromkeys(proofs, "sha256=" + "0" * 64)},
             {**good.headers, **dict.fromkeys(proofs, "")}]
    path = "/" + connected.webhook_url.split("/", 3)[3]
    answers = [Api(connected.server.url).request("POST", path, good.body, headers) for headers in cases]
    if forge_kind != "gitlab" or "webhook-signature" in good.headers:  # a token signs nothing
        answers.append(Api(connected.server.url).request("POST", path, changed, good.headers))
    answers.append(Api(connected.server.url).request("POST", path, b"{not json", cases[0]))
    assert {answer.status for answer in answers} == {401}
    nowhere = Api(connected.server.url).request("POST", path.replace(connected.id, connected.id[:-1] + ("0" if connected.id[-1] != "0" else "1")), good.body,
                                                good.headers)
    assert nowhere.status in (401, 404, 422)
    assert connected.deliveries() == before and len(connected.forge.seen) == requests
    assert connected.server.admin.get(connected.path).json == shown


def test_d4_a_webhook_of_one_repository_says_nothing_of_another(workplace, sandbox, forge_kind):
    one = workplace.connected(forge_kind)
    two = workplace.connected(forge_kind, forge=one.forge, name="acme/tools/other" if forge_kind == "gitlab" else "acme/other")
    two.succeeded(two.repository.push({"y": "1"}))
    about_two = delivery_of(two)
    webhook = next(iter(one.repository.webhooks.values()))
    _, headers = one.forge.headers_for(webhook, two.repository, "push", about_two.body)
    answer = Api(one.server.url).request("POST", "/" + one.webhook_url.split("/", 3)[3], about_two.body, headers)
    assert answer.status == 403 and problem(answer)["code"] == "other_repository"
    assert one.runs() == [] and len(two.runs()) == 1


def test_d5_the_same_delivery_many_times_is_one_run(workplace, sandbox, kind):
    if kind == "git":
        connected = workplace.connected(kind, poll_s=1)
        sha = connected.repository.push({"x": "1"})
        connected.succeeded(sha)
        for _ in range(5):
            connected.sync()
    else:
        connected = workplace.connected(kind)
        connected.forge.courier.hold()
        sha = connected.repository.push({"x": "1"})
        one = connected.forge.deliveries("push")[-1]
        with concurrent.futures.ThreadPoolExecutor(20) as many:
            answers = list(many.map(lambda _: send(one, timeout=30), range(100)))
        assert [status for status, _ in answers].count(202) == 1 and {status for status, _ in answers} == {200, 202}
        assert len({json.loads(body)["delivery"] for _, body in answers}) == 1
        connected.forge.courier.release()
        connected.succeeded(sha)
    connected.settled()
    assert [run["number"] for run in connected.runs()] == [1]


def test_d6_a_replay_under_another_name_is_the_same_event(workplace, sandbox, forge_kind):
    connected = workplace.connected(forge_kind)
    a = connected.repository.tip("main")
    b = connected.repository.push({"x": "1"})
    connected.succeeded(b)
    seen = delivery_of(connected)
    for number in range(5):
        names = [name for name in seen.headers if name.lower().endswith("-delivery") or name.lower() in ("idempotency-key", "x-gitlab-event-uuid")]
        assert names
        connected.forge.courier.again(seen, headers={**seen.headers, **dict.fromkeys(names, f"00000000-0000-0000-0000-00000000000{number}")})
    connected.settled()
    assert len(connected.runs()) == 1
    connected.repository.set_branch("main", a)  # and these are events of their own
    connected.repository.set_branch("main", b)
    wait_until("three runs", lambda: len(connected.runs()) == 3, within=40)
    assert [run["sha"] for run in connected.runs()] == [b, a, b]


def test_d9_endless_bodies_are_cut(workplace, forge_kind):
    connected = workplace.connected(forge_kind)
    path = "/" + connected.webhook_url.split("/", 3)[3]
    with contextlib.suppress(OSError):  # it may hang up on who goes on sending
        answer = Api(connected.server.url).request("POST", path, b"{" + b" " * (26 << 20), {"Content-Type": "application/json"})
        assert answer.status == 413
    assert connected.server.admin.get("/readyz").status == 200


def test_d11_a_webhook_that_is_no_json_is_refused(workplace, sandbox, forge_kind):
    connected = workplace.connected(forge_kind)
    webhook = next(iter(connected.repository.webhooks.values()))
    if forge_kind == "gitlab":
        body = b"payload=%7B%7D"
        _, headers = connected.forge.headers_for(webhook, connected.repository, "push", body)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        answer = Api(connected.server.url).request("POST", "/" + connected.webhook_url.split("/", 3)[3], body, headers)
        assert answer.status == 415, answer
        return
    webhook.content_type = "form"  # a person chose it
    connected.repository.push({"x": "1"})
    refused = delivery_of(connected)
    assert refused.status == 415 and b"application/json" in refused.answers[-1][1]
    connected.sync()
    assert webhook.content_type == "json"


def test_d12_an_answer_comes_at_once_or_not_at_all(workplace, sandbox, forge_kind):
    """Whoever is slow is the forge; the webhook is answered before anything is fetched."""
    connected = workplace.connected(forge_kind)
    connected.forge.slow(3, "git")
    connected.forge.courier.timeout = 1.0
    sha = connected.repository.push({"x": "1"})
    assert delivery_of(connected).status == 202
    connected.forge.heal()
    connected.succeeded(sha)
    path = "/" + connected.webhook_url.split("/", 3)[3]
    malformed = b'{"ref": 1}'
    webhook = next(iter(connected.repository.webhooks.values()))
    _, headers = connected.forge.headers_for(webhook, connected.repository, "push", malformed)
    assert Api(connected.server.url).request("POST", path, malformed, headers).status == 422


def test_repositories_are_for_users(workplace, kind):
    connected = workplace.connected(kind)
    nobody, agent = Api(connected.server.url), Api(connected.server.url, connected.server.token("registration"))
    for path in ("/api/v1/repositories", connected.path, f"{connected.path}/deliveries", f"{connected.path}/secrets", f"{connected.path}/runs"):
        assert nobody.get(path).status == 401 and agent.get(path).status == 403, path
    assert nobody.post(f"{connected.path}/sync").status == 401 and agent.delete(connected.path).status == 403
