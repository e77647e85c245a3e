"""Hostile pipelines, commits and contributors. What must stay hidden is a canary that no grep may find: not in files and database, logs, answers and
what the forge is told, nor on a command line. The names of the cases are those of docs/reference/security-cases.md."""

import base64
import json
import pathlib
import urllib.parse

import pytest
from support.api import Api
from support.canary import Watch, assert_nowhere, new_canary, places_of
from support.connected import HOSTS, SETTINGS, delivery_of, fork_with, pipeline
from support.git_server import GitServer, repository
from support.wait import wait_until

pytestmark = [pytest.mark.one_database, pytest.mark.settings(**SETTINGS)]

FORGES = [kind for kind in HOSTS if kind != "git"]
ON = "{push: , pull_request: {types: [opened, updated, reopened, ready, edited]}, tag: }"
HARMLESS = {".open-cicd.yml": pipeline('a: {steps: [{run: "true"}]}', ON)}
# Whatever a step can look at.
LOOKS = "env; cat /proc/*/environ 2>/dev/null | tr '\\\\0' '\\\\n'; cat /proc/*/cmdline 2>/dev/null | tr '\\\\0' ' '; find / -xdev -name '*token*' -type f 2>/dev/null | head; true"


@pytest.fixture(params=FORGES)
def forge_kind(request):
    return request.param


@pytest.fixture
def sandbox(start_agent):
    return start_agent("a1", executors="sandbox")


@pytest.fixture
def canary():
    return new_canary()


@pytest.fixture
def witness(folder):
    """A file that nothing may make. Every user could."""
    place = folder / "open"
    place.mkdir()
    place.chmod(0o777)
    yield place / "witness"
    assert not (place / "witness").exists(), (place / "witness").read_text(errors="replace")


def keep(connected, name: str, value: str, *limits: str) -> None:
    done = connected.server.cli("secret", "set", name, "--repository", connected.repository.full_name, *limits, stdin=value.encode())
    assert done.returncode == 0, done


def prints(connected, script: str, canary: str, *, succeeds: bool = True) -> dict:
    """The run of a trusted pipeline with the canary in $CANARY, whose one job runs a script (lines of YAML's literal style)."""
    keep(connected, "CANARY", canary)
    lines = "\n".join("        " + line for line in script.strip("\n").splitlines())
    sha = connected.repository.push({".open-cicd.yml": pipeline(f"a:\n  secrets: [CANARY]\n  steps:\n    - run: |\n{lines}", ON)})
    return connected.succeeded(sha, "push") if succeeds else connected.wait_for_run(sha, "push")


# B: pipelines that nobody trusts


@pytest.mark.parametrize("trust", ["nobody", "everybody"])
def test_b1_a_fork_asks_for_every_secret(workplace, sandbox, forge_kind, canary, trust):
    connected = workplace.connected(forge_kind, HARMLESS, trust=trust)
    keep(connected, "CANARY", canary)
    connected.server.cli("secret", "set", "SHARED", stdin=canary.encode())
    jobs = f"""
direct: {{secrets: [CANARY, SHARED], steps: [{{run: "{LOOKS}"}}]}}
renamed: {{secrets: {{HARMLESS: CANARY}}, steps: [{{run: "{LOOKS}"}}]}}
step: {{steps: [{{secrets: [CANARY], run: "{LOOKS}"}}]}}
looks: {{steps: [{{run: "{LOOKS}"}}]}}
"""
    change = fork_with(connected, {".open-cicd.yml": pipeline(jobs, ON)})
    if trust == "everybody":
        connected.approve(connected.waits(change.head)).expect(202)
    run = connected.wait_for_run(change.head, "pull_request")
    assert b"CI_EVENT=pull_request" in connected.log(run, "looks")
    assert canary.encode() not in b"".join(connected.log(run, key) for key, job in connected.jobs(run).items() if job["attempts"])
    assert_nowhere(connected, canary)


def test_b2_a_fork_edits_the_pipeline(workplace, sandbox, start_agent, forge_kind, canary, witness):
    """Before somebody has approved it nothing of its file has begun, whatever event, agent or executor the file names."""
    connected = workplace.connected(forge_kind, HARMLESS)
    start_agent("deploys", "--labels", "deploy", executors="shell")
    keep(connected, "CANARY", canary)
    for number, on in enumerate(["push", "[push, pull_request, tag, manual, api, schedule]", "{pull_request: {types: [opened, edited, closed, labeled]}}"]):
        jobs = f'a: {{executor: shell, runs_on: [deploy], secrets: [CANARY], checkout: false, steps: [{{run: "echo here >> {witness}"}}]}}'
        change = fork_with(connected, {".open-cicd.yml": pipeline(jobs, on if "schedule" not in on else "{push: , pull_request: , schedule: [{cron: '* * * * *'}]}")},
                           login=f"eve{number}")
        change.rename("another title")
        change.close()
    connected.settled()
    connected.succeeded(connected.repository.push({"x": "1"}), "push")
    assert all(run["state"] in ("pending", "cancelled", "skipped", "failed") and run["trust"] == "fork" for run in connected.runs()
               if run["event"] == "pull_request")
    assert connected.server.admin.get(f"{connected.path}/schedules").expect(200).json["schedules"] == []
    assert_nowhere(connected, canary)


def test_b2_an_edited_file_gets_no_rights_by_an_approval(workplace, sandbox, forge_kind, canary):
    connected = workplace.connected(forge_kind, HARMLESS)
    keep(connected, "CANARY", canary, "--event", "push", "--branch", "main")
    jobs = f"""
a: {{secrets: [CANARY], env: {{CI_EVENT: push, CI_BRANCH: main, CI_REF: refs/heads/main}}, steps: [{{run: "{LOOKS}"}}]}}
"""
    change = fork_with(connected, {".open-cicd.yml": pipeline(jobs, ON)})
    connected.approve(connected.waits(change.head)).expect(202)
    run = connected.wait_for_run(change.head, "pull_request")
    assert run["trust"] == "fork"
    assert_nowhere(connected, canary)


def test_b3_a_commits_author_claims_to_be_a_maintainer(workplace, sandbox, forge_kind):
    connected = workplace.connected(forge_kind, HARMLESS)
    owner = connected.repository.owner
    change = fork_with(connected, {"x": "1"}, author=owner.name)
    run = connected.waits(change.head)
    assert run["author"] == owner.name and run["trust"] == "fork"
    # The same of an account that has a maintainer's name, or once had its login.
    eve = connected.forge.user("eve2", owner.name)
    change = fork_with(connected, {"x": "2"}, login=eve.login, author=owner.name)
    assert connected.waits(change.head)["trust"] == "fork"
    del connected.forge.users["ada"]
    again = connected.forge.user("ada", owner.name)
    assert again.id != owner.id
    fork = connected.repository.fork(again, "mine")
    sha = fork.push({"x": "3"}, "topic", by=again)
    connected.repository.open_change("topic", source=fork, by=again)
    assert connected.waits(sha)["trust"] == "fork"


@pytest.mark.parametrize("branch", ["main2", "xmain", "Main", "refs/heads/main", "heads/main", "m\u0430in", "main\u200b", "origin/main", "-main"])
def test_b5_a_branch_of_a_near_name_has_no_secret_of_the_branch(workplace, sandbox, canary, branch):
    connected = workplace.connected("github", HARMLESS)
    keep(connected, "CANARY", canary, "--event", "push", "--branch", "main")
    sha = connected.repository.push({".open-cicd.yml": pipeline(f'a: {{secrets: [CANARY], steps: [{{run: "{LOOKS}"}}]}}', ON)}, branch)
    refused = delivery_of(connected).status == 422  # as what people cannot say, or git takes for an option
    assert refused or not branch.startswith("-")
    if refused:
        connected.settled()
        assert sha not in {run["sha"] for run in connected.runs()}
    else:
        assert connected.wait_for_run(sha, "push")["ref"] == f"refs/heads/{branch}"
    assert_nowhere(connected, canary)


def test_b5_an_approval_of_one_account_is_none_of_a_near_one(workplace, sandbox, forge_kind):
    connected = workplace.connected(forge_kind, HARMLESS)
    connected.forge.user("carol", number=12345)
    change = fork_with(connected, {"x": "0"}, login="carol")
    connected.approve(connected.waits(change.head)).expect(202)
    connected.succeeded(change.head, "pull_request")
    for login, number in (("carol2", 123456), ("carol3", 1234), ("carol4", 2345), ("Carol", 123450)):
        connected.forge.user(login, "Carol", number)
        change = fork_with(connected, {"x": login}, login=login, name=f"app-{number}")
        assert connected.waits(change.head)["trust"] == "fork"


def test_b6_a_forks_branch_has_a_protected_name(workplace, sandbox, forge_kind, canary):
    connected = workplace.connected(forge_kind, HARMLESS, protected_refs=["refs/heads/main"], trust="nobody")
    keep(connected, "CANARY", canary, "--branch", "main")
    files = {".open-cicd.yml": pipeline(f'a: {{secrets: [CANARY], steps: [{{run: "{LOOKS}"}}]}}', ON)}
    for number, branch in enumerate(["main", "refs/heads/main"]):
        change = fork_with(connected, files, login=f"eve{number}", branch=branch)
        run = connected.wait_for_run(change.head, "pull_request")
        assert run["trust"] == "fork" and run["ref"] == change.ref
    assert_nowhere(connected, canary)


def test_b6_a_fork_is_called_like_the_repository_or_like_its_branch(workplace, sandbox, forge_kind, canary):
    connected = workplace.connected(forge_kind, HARMLESS)
    keep(connected, "CANARY", canary)
    files = {".open-cicd.yml": pipeline(f'a: {{secrets: [CANARY], steps: [{{run: "{LOOKS}"}}]}}', ON)}
    for number, name in enumerate(["main", connected.repository.name, "refs"]):
        change = fork_with(connected, files, login=f"eve{number}", branch="main", name=name)
        assert connected.waits(change.head)["trust"] == "fork"
    assert_nowhere(connected, canary)


def test_b6_a_tag_is_called_like_a_branch(workplace, sandbox, forge_kind, canary):
    connected = workplace.connected(forge_kind, HARMLESS)
    keep(connected, "CANARY", canary, "--branch", "main")
    files = {".open-cicd.yml": pipeline(f'a: {{secrets: [CANARY], steps: [{{run: "{LOOKS}"}}]}}', ON)}
    sha = connected.repository.push(files, "side")
    connected.wait_for_run(sha, "push")
    connected.repository.tag("main", sha)
    connected.repository.tag("refs/heads/main", sha)
    wait_until("runs of both tags", lambda: sum(run["event"] == "tag" for run in connected.runs()) == 2, within=40)
    connected.settled()
    wait_until("all to end", lambda: all(run["state"] not in ("queued", "running", "pending") for run in connected.runs()), within=40)
    assert_nowhere(connected, canary)


# What git and JSON can carry and a shell would do something with.
INJECTED = ["$(touch {w})", "`touch {w}`", '"; touch {w}; #', "'; touch {w}; '", "$(touch${{IFS}}{w})", "|touch {w}", "&&touch {w}", "${{{{ secrets.CANARY }}}}",
            "${{{{ env.PATH }}}}", "{{{{ secrets.CANARY }}}}", "%0atouch {w}", "\\ntouch {w}", "$CANARY", "::set-env name=X::1", "../../../etc/passwd",
            "<script>alert(1)</script>", "\u202etouch", "--help", "-n", "true\ttouch {w}"]


@pytest.mark.parametrize("number", range(len(INJECTED)))
def test_b11_a_title_is_only_a_text(workplace, sandbox, canary, witness, number):
    text = INJECTED[number].format(w=witness)
    kind = FORGES[number % len(FORGES)]
    jobs = """
a:
  env: {TITLE: "${{ change.title }}", MESSAGE: "${{ git.message }}"}
  steps:
    - run: 'printf "%s\\n" "$TITLE" "$CI_CHANGE_TITLE" "$CI_COMMIT_AUTHOR" "$MESSAGE"'
    - run: 'eval "true $NOTHING"; echo "$TITLE" > title; cat title'
"""
    connected = workplace.connected(kind, {".open-cicd.yml": pipeline(jobs, ON)}, trust="nobody")
    keep(connected, "CANARY", canary)
    author = text.replace("<", "(").replace(">", ")").replace("\t", " ")
    change = fork_with(connected, {"x": "1"}, title=text, author=author, message=text)
    run = connected.succeeded(change.head, "pull_request")
    # What a title begins or ends with, and control characters, may be lost; nothing else.
    assert connected.log(run, "a").decode().splitlines()[0].split() == text.split()
    assert run["title"].split() == text.split()
    shown = connected.server.cli("run", "list").stdout
    assert b"\x1b" not in shown and "\u202e".encode() not in shown
    wait_until("a status", lambda: connected.repository.statuses_of(change.head), within=20)
    assert_nowhere(connected, canary)


@pytest.mark.parametrize("branch", ["$(touch${IFS}WITNESS)", "`touch${IFS}WITNESS`", '";touch${IFS}WITNESS;#', "x;touch${IFS}WITNESS", "${{secrets.CANARY}}", "a&&id", "a|id",
                                    "$(id)", "%0aid", "--upload-pack=id", "<b>", "-x"])
def test_b11_k8_a_branch_is_only_a_name(workplace, sandbox, canary, witness, branch):
    branch = branch.replace("WITNESS", str(witness))
    jobs = """
a:
  env: {BRANCH: "${{ git.branch }}"}
  steps: [{run: 'printf "%s\\n" "$BRANCH" "$CI_BRANCH" "$CI_REF"; git rev-parse HEAD'}]
"""
    connected = workplace.connected("gitea", {".open-cicd.yml": pipeline(jobs, ON)}, poll_s=1)
    keep(connected, "CANARY", canary)
    sha = connected.repository.push({"x": "1"}, branch)
    if branch.startswith("-"):  # people could not name it, and git would take it for an option
        assert delivery_of(connected).status == 422
        connected.succeeded(connected.repository.push({"x": "2"}), "push")
        connected.settled()
        assert sha not in {run["sha"] for run in connected.runs()}
    else:
        run = connected.succeeded(sha, "push")
        assert connected.log(run, "a").decode() == f"{branch}\n{branch}\nrefs/heads/{branch}\n{sha}\n"
    assert_nowhere(connected, canary)


def test_b12_a_pipelines_environment_does_not_reach_the_checkout(workplace, sandbox, witness, canary):
    evil = witness.parent / "evil"
    evil.mkdir()
    for name in ("git", "sh", "ssh", "askpass"):
        (evil / name).write_text(f"#!/bin/sh\necho {name} \"$@\" >> {witness}\nexit 1\n")
        (evil / name).chmod(0o755)
    env = {"PATH": f"{evil}:/usr/bin:/bin", "GIT_SSH_COMMAND": f"{evil}/ssh", "GIT_ASKPASS": f"{evil}/askpass", "GIT_EXEC_PATH": str(evil), "GIT_CONFIG_COUNT": "1",
           "GIT_CONFIG_KEY_0": "core.fsmonitor", "GIT_CONFIG_VALUE_0": f"{evil}/sh", "LD_PRELOAD": f"{evil}/none.so", "http_proxy": "http://127.0.0.1:1",
           "GIT_TRACE_CURL": str(evil / "trace"), "GIT_TRACE2": str(evil / "trace2")}
    connected = workplace.connected("gitlab", {".open-cicd.yml": pipeline(f"a: {{env: {json.dumps(env)}, steps: [{{run: 'echo done'}}]}}", ON)}, private=True)
    run = connected.wait_for_run(connected.repository.push({"x": "1"}), "push")
    assert b"none.so" not in connected.log(run, "a", -1)
    assert not (evil / "trace").exists() and not (evil / "trace2").exists()
    assert places_of(connected, connected.token.value) == []


def test_b18_who_claims_an_event_gets_no_secrets_of_it(workplace, sandbox, canary):
    connected = workplace.connected("github", HARMLESS)
    keep(connected, "CANARY", canary, "--event", "push", "--branch", "main")
    text = pipeline(f'a: {{secrets: [CANARY], checkout: false, steps: [{{run: "{LOOKS}"}}]}}', ON).encode()
    answer = connected.server.admin.post("/api/v1/runs?event=push&branch=main", text, headers={"Content-Type": "application/yaml"})
    if answer.status == 201:
        wait_until("it to end", lambda: connected.run(answer.json["id"])["state"] not in ("pending", "queued", "running"), within=40)
    else:
        assert answer.status == 422
    assert_nowhere(connected, canary)


# C: secrets that a trusted pipeline lets slip


def test_c1_a_secret_in_pieces(workplace, sandbox, canary):
    connected = workplace.connected("github", HARMLESS)
    run = prints(connected, """
printf 'whole %s end\\n' "$CANARY"
half=$(printf %s "$CANARY" | cut -c1-19) rest=$(printf %s "$CANARY" | cut -c20-)
printf 'two %s' "$half"; sleep 0.4; printf '%s end\\n' "$rest"
printf 'bytes '; for byte in $(printf %s "$CANARY" | sed 's/./& /g'); do printf %s "$byte"; done; printf ' end\\n'
printf 'twice %s%s end\\n' "$CANARY" "$CANARY"
printf 'cut %s end\\n' "$half"
printf 'last %s' "$CANARY"
""", canary)
    log = connected.log(run, "a").decode()
    assert log == f"whole *** end\ntwo *** end\nbytes *** end\ntwice *** end\ncut {canary[:19]} end\nlast ***", log
    assert_nowhere(connected, canary)


def test_c2_a_secret_of_several_lines(workplace, sandbox):
    connected = workplace.connected("gitea", HARMLESS)
    lines = [new_canary() for _ in range(3)]
    key = "-----BEGIN PRIVATE KEY-----\n" + "\n".join(lines) + "\n-----END PRIVATE KEY-----\n"
    run = prints(connected, """
printf '%s\\n' "$CANARY"
printf '%s\\n' "$CANARY" | sed 's/$/\\r/'
printf '%s\\n' "$CANARY" | while read -r line; do echo "line $line"; done
printf %s "$CANARY" | awk 'BEGIN {ORS = "\\\\n"} {print}'; echo
""", key)
    assert b"line ***\n" in connected.log(run, "a")
    for line in lines:
        assert_nowhere(connected, line)


def test_c3_what_programs_make_of_a_secret(workplace, sandbox, canary):
    connected = workplace.connected("gitlab", HARMLESS)
    value = canary + '&<"$%/+=?'  # which every encoding changes
    run = prints(connected, """
printf %s "$CANARY" | base64 -w0; echo
printf x%s "$CANARY" | base64 -w0; echo
printf xx%s "$CANARY" | base64 -w0; echo
printf %s "$CANARY" | base64 -w0 | tr '+/' '-_' | tr -d =; echo
printf %s "$CANARY" | od -An -v -tx1 | tr -d ' \\n'; echo
printf %s "$CANARY" | od -An -v -tx1 | tr -d ' \\n' | tr a-f A-F; echo
python3 -c 'import json, os, urllib.parse, html; v = os.environ["CANARY"]; print(json.dumps(v), urllib.parse.quote(v, safe=""), html.escape(v))' || true
set -x; : "$CANARY"; test -n "$CANARY"
""", value)
    log = connected.log(run, "a")
    raw = value.encode()
    for text in (raw, raw.hex().encode(), raw.hex().upper().encode(), base64.b64encode(raw), base64.urlsafe_b64encode(raw).rstrip(b"="),
                 json.dumps(value)[1:-1].encode(), urllib.parse.quote(value, safe="").encode(), canary.encode()):
        assert text not in log, text
    for shift in (1, 2):
        assert base64.b64encode(b"x" * shift + raw)[4:-4] not in log
    assert_nowhere(connected, canary)


def test_c4_a_secret_with_what_a_terminal_does(workplace, sandbox, canary):
    connected = workplace.connected("github", HARMLESS)
    value = f"{canary[:16]}\x1b[31m{canary[16:]}\rend{canary[:8]}"
    run = prints(connected, """
printf 'a %s b\\n' "$CANARY"
printf 'c %s d\\n' "$CANARY" >&2
""", value)
    log = connected.log(run, "a")
    assert canary[16:].encode() not in log and b"a *** b\n" in log and b"c *** d\n" in log


@pytest.mark.parametrize("value", ["dev", "true", "x", "main"])
def test_c5_a_secret_that_would_hide_everything_is_refused_or_said(workplace, sandbox, value):
    connected = workplace.connected("gitea", HARMLESS)
    done = connected.server.cli("secret", "set", "SHORT", "--repository", connected.repository.full_name, stdin=value.encode())
    said = (done.stdout + done.stderr).decode().lower()
    sha = connected.repository.push({".open-cicd.yml": pipeline('a: {steps: [{run: "echo dev true x main"}]}' if done.returncode else
                                                               'a: {secrets: [SHORT], steps: [{run: "echo dev true x main"}]}', ON)})
    run = connected.succeeded(sha, "push")
    assert connected.log(run, "a") == b"dev true x main\n"  # the log is readable
    assert done.returncode != 0 or "mask" in said or "hid" in said or "not masked" in connected.log(run, "a", -1).decode().lower(), done


def test_c6_a_secret_through_every_way_out(workplace, sandbox, forge_kind, canary):
    """Outputs, summaries, annotations, messages of failures, names and values that are shown, statuses."""
    connected = workplace.connected(forge_kind, HARMLESS)
    keep(connected, "CANARY", canary)
    jobs = """
a:
  secrets: [CANARY]
  outputs: [word]
  allow_failure: true
  steps:
    - run: |
        echo "word=$CANARY" >> "$CI_OUTPUT"
        echo "# $CANARY" >> "$CI_SUMMARY"
        echo "LATER=$CANARY" >> "$CI_ENV"
        echo "::error file=$CANARY,line=3::$CANARY"
        echo "::warning::$CANARY"
        mkdir "$CANARY"; echo "$CANARY" > "$CANARY/file"
    - run: 'echo "later $LATER"; cat "$LATER/file"; ls'
    - run: 'echo "wrong line $CANARY" >> "$CI_OUTPUT"'
    - {name: fails, if: always(), run: 'cd "/no/$CANARY"'}
b:
  needs: {job: a, result: [succeeded, failed]}
  if: always()
  name: "b"
  env: {WORD: "${{ default(needs.a.outputs.word, 'none') }}"}
  steps: [{run: 'echo "$WORD"'}]
"""
    sha = connected.repository.push({".open-cicd.yml": pipeline(jobs, ON)})
    run = connected.wait_for_run(sha, "push")
    wait_until("the last status", lambda: connected.told(sha, connected.context("push"))[-1:] not in ([], ["pending"]), within=20)
    events = connected.server.admin.get(f"/api/v1/runs/{run['id']}").body
    shown = connected.server.cli("run", "show", run["id"]).stdout + connected.server.cli("job", "show", connected.jobs(run)["a"]["id"]).stdout
    assert canary.encode() not in events + shown
    assert_nowhere(connected, canary)


@pytest.mark.both_databases
@pytest.mark.settings(OPEN_CICD_LOG_LEVEL="debug", OPEN_CICD_AGENT_LOG_LEVEL="debug")
def test_c7_c9_nothing_is_kept_or_logged_in_clear(workplace, start_agent, canary):
    start_agent("a1", executors="sandbox", env={"OPEN_CICD_AGENT_LOG_LEVEL": "debug"})
    connected = workplace.connected("gitlab", HARMLESS, private=True)
    webhook = next(iter(connected.repository.webhooks.values()))
    run = prints(connected, 'echo "it is $CANARY"; git ls-remote origin | head -1 || true', canary)
    assert connected.log(run, "a").startswith(b"it is ***\n")
    connected.server.stop()
    connected.server.start()
    connected.succeeded(connected.repository.push({"x": "1"}), "push")
    for value in (canary, connected.token.value):
        assert_nowhere(connected, value)
    told = places_of(connected, webhook.secret or webhook.config["signing_token"])
    assert all(place.startswith("the forge was told: ") and place.endswith(("/hooks", f"/hooks/{webhook.id}")) for place in told), told


def test_c8_no_answer_shows_what_was_stored(workplace, forge_kind, canary):
    connected = workplace.connected(forge_kind, HARMLESS)
    keep(connected, "CANARY", canary)
    webhook = next(iter(connected.repository.webhooks.values()))
    hidden = [canary, connected.token.value, webhook.secret or webhook.config["signing_token"]]
    answers = [connected.answer, connected.sync(), connected.server.admin.request("PATCH", connected.path, {"trust": "everybody"}).json]
    paths = [connected.path, connected.by_name, f"{connected.path}/secrets", f"{connected.path}/secrets/CANARY", f"{connected.path}/deliveries", "/api/v1/repositories"]
    text = json.dumps(answers) + "".join(connected.server.admin.get(path).body.decode() for path in paths)
    refused = connected.server.admin.put(f"{connected.path}/secrets/CANARY", {"value": canary, "evnts": []})
    text += refused.body.decode() + (connected.server.folder / "server.log").read_text()
    assert refused.status == 422
    assert not any(value in text for value in hidden)


def test_c10_no_command_line_has_a_secret(workplace, sandbox, forge_kind, canary):
    connected = workplace.connected(forge_kind, HARMLESS, private=True)
    with Watch(canary, connected.token.value) as watch:
        prints(connected, 'sleep 0.5; test -n "$CANARY"', canary)
        connected.sync()
        connected.succeeded(connected.repository.push({"x": "1"}), "push")
    assert watch.seen == []


def test_c11_the_token_is_gone_after_the_checkout(workplace, sandbox, forge_kind):
    connected = workplace.connected(forge_kind, private=True, files={".open-cicd.yml": pipeline("""
a:
  checkout: {depth: 0}
  steps:
    - run: |
        set +e
        cat .git/config; git config --list --show-origin; git remote -v; find . -path ./.git/objects -prune -o -type f -print0 | xargs -0 cat
        cat ~/.git-credentials ~/.netrc ~/.config/git/* 2>/dev/null; ls -a ~; env
        cat /proc/*/environ /proc/*/cmdline 2>/dev/null | tr '\\0' '\\n'
        printf 'protocol=http\\nhost=%s\\n' "$(git remote get-url origin | cut -d/ -f3)" | GIT_TERMINAL_PROMPT=0 git credential fill
        true
    - run: 'GIT_TERMINAL_PROMPT=0 git fetch origin && echo fetched || echo refused'
""", ON)})
    token = connected.token.value
    with Watch(token) as watch:
        run = connected.succeeded(connected.repository.push({"x": "1"}), "push")
    log = connected.log(run, "a")
    assert b"[remote" in log and token.encode() not in log and base64.b64encode(token.encode())[:-4] not in log
    assert connected.log(run, "a", 1).endswith(b"refused\n")
    assert watch.seen == []
    assert_nowhere(connected, token)


def test_c12_a_step_reads_nothing_of_the_agent_or_of_another_job(workplace, start_agent, canary):
    agents = [start_agent(f"a{number}", executors="sandbox") for number in (1, 2)]
    connected = workplace.connected("github", HARMLESS)
    keep(connected, "CANARY", canary)
    jobs = f"""
holds: {{secrets: [CANARY], checkout: false, steps: [{{run: "echo begun; for i in $(seq 100); do sleep 0.1; done; test -n $CANARY"}}]}}
looks: {{checkout: false, steps: [{{run: "sleep 2; {LOOKS}; for p in /proc/[0-9]*; do cat $p/mem $p/maps $p/root/etc/shadow 2>/dev/null | head -c 100; done; true"}}]}}
"""
    sha = connected.repository.push({".open-cicd.yml": pipeline(jobs, ON)})
    run = connected.succeeded(sha, "push", within=60)
    log = connected.log(run, "looks")
    assert canary.encode() not in log and b"root:" not in log
    for agent in agents:
        identity = json.loads((agent.work_dir / "agent.json").read_text())
        assert identity["agent_token"].encode() not in log
        limits = pathlib.Path(f"/proc/{agent.program.pid}/limits").read_text()
        core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
        assert core.split()[4] == "0", core
    assert_nowhere(connected, canary)


def test_c13_a_quiet_step_is_shown_at_once(workplace, sandbox, canary):
    """What cannot become a secret is not held back; what could is shown when the step ends."""
    connected = workplace.connected("gitea", HARMLESS)
    keep(connected, "CANARY", canary)
    jobs = f"""
a:
  secrets: [CANARY]
  checkout: false
  steps: [{{run: 'printf "ready for more"; sleep 3; printf " {canary[:10]}"'}}]
"""
    sha = connected.repository.push({".open-cicd.yml": pipeline(jobs, ON)})
    run = connected.wait_for_run(sha, "push", {"running", "queued"})
    connected.server.wait_for_log(connected.jobs(run)["a"]["id"], b"ready for more", within=2.5)
    run = connected.succeeded(sha, "push")
    assert connected.log(run, "a") == f"ready for more {canary[:10]}".encode()


def test_c15_a_repository_that_is_connected_anew_has_no_secrets_of_the_one_before(workplace, sandbox, forge_kind, canary):
    connected = workplace.connected(forge_kind, HARMLESS)
    keep(connected, "CANARY", canary)
    connected.server.admin.delete(connected.path).expect(200, 202, 204)
    connected.connect()
    assert connected.server.admin.get(f"{connected.path}/secrets").expect(200).json["secrets"] == []
    sha = connected.repository.push({".open-cicd.yml": pipeline(f'a: {{secrets: [CANARY], steps: [{{run: "{LOOKS}"}}]}}', ON)})
    connected.wait_for_run(sha, "push")
    assert_nowhere(connected, canary)


# K: addresses, git, files


def test_k4_only_https_http_and_ssh_are_cloned(workplace, witness):
    connected = workplace.make("git")
    for url in ("file:///etc", f"ext::sh -c touch% {witness}", "ext::id", f"fd::17/{witness}", "gopher://127.0.0.1/x", "ftp://127.0.0.1/x", "data:,x", "/etc/passwd",
                "../x", f"ssh://-oProxyCommand=touch {witness}/x", "-u./x", "http://a@b@c/x", "http:///x", "https://127.0.0.1:0/x/y", "http://127.0.0.1/a\nb"):
        answer = connected.request(url=url)
        assert answer.status == 422, (url, answer)
    assert connected.server.admin.get("/api/v1/repositories").json["repositories"] == []


def test_k7_a_forge_that_answers_without_end(workplace, forge_kind):
    connected = workplace.make(forge_kind)
    connected.forge.fail(200, headers={"Content-Type": "application/json"}, body=b'{"id": 1, "padding": "' + b"x" * (8 << 20) + b'"}')
    refused = connected.request()
    assert refused.status >= 400 and len(refused.body) < 10_000
    connected.forge.heal()
    connected.forge.fail(200, headers={"Content-Type": "application/json"}, body=b"[" * 100_000)
    assert connected.request().status >= 400
    connected.forge.heal()
    connected.connect()


def test_k10_a_token_goes_to_its_own_host_alone(workplace, sandbox, forge_kind, folder):
    connected = workplace.connected(forge_kind, private=True)
    (folder / "elsewhere").mkdir()
    with GitServer(folder / "elsewhere") as elsewhere:
        connected.forge.fail(302, headers={"Location": elsewhere.url + "/api"}, body=b"")
        sha = connected.repository.push({"x": "1"})
        connected.wait_for_run(sha, states={"succeeded", "failed"})
        connected.forge.asked("POST", "/statuses/")
        wait_until("statuses to be tried", lambda: connected.forge.asked("POST", "/statuses/"), within=20)
        connected.forge.heal()
        connected.forge.fail(301, "git", headers={"Location": f"{elsewhere.url}/x.git/info/refs?service=git-upload-pack"}, body=b"")
        other = connected.repository.push({"x": "2"})
        connected.forge.courier.wait()
        wait_until("git to be tried", lambda: any(seen.status == 301 for seen in connected.forge.seen), within=20)
        assert all(authorization is None for _, _, authorization in elsewhere.requests), elsewhere.requests
        connected.forge.heal()
        connected.wait_for_run(other, states={"succeeded", "failed"}, within=60)
    assert_nowhere(connected, connected.token.value)


@pytest.mark.parametrize("target", ["/etc/passwd", "../../../../../../../../etc/passwd", ".git/config", "/proc/self/environ"])
def test_k11_a_pipeline_file_is_a_link(workplace, sandbox, target):
    connected = workplace.connected("github", HARMLESS)
    sha = connected.repository.push({".open-cicd.yml": f"-> {target}", "ci/job.yml": f"-> {target}"})
    connected.settled()
    assert all(run["state"] == "failed" for run in connected.runs() if run["sha"] == sha)
    template = connected.repository.push({".open-cicd.yml": pipeline("a: {uses: ./ci/job.yml}", ON)})
    run = connected.wait_for_run(template, "push")
    assert run["state"] == "failed"
    for path in (["../../etc/passwd", "/etc/passwd", "./ci/../../../etc/passwd"]):
        sha = connected.repository.push({".open-cicd.yml": pipeline(f"a: {{uses: {path}}}", ON)})
        assert connected.wait_for_run(sha, "push")["state"] == "failed"
    for needle in (b"root:x:", b"OPEN_CICD_"):
        assert [place for place in places_of(connected, needle) if place.startswith("answer /api")] == []


def test_k11_a_repository_runs_nothing_on_the_server(workplace, sandbox, forge_kind, witness):
    evil = f"#!/bin/sh\ntouch {witness}\n"
    files = {**HARMLESS, ".gitattributes": "* filter=evil diff=evil merge=evil\n", ".git-hooks/post-checkout": evil, "hooks/post-checkout": evil, "hooks/fsmonitor": evil,
             ".gitconfig": f'[core]\n\tfsmonitor = "touch {witness}"\n\thooksPath = hooks\n[filter "evil"]\n\tsmudge = touch {witness}\n',
             ".lfsconfig": "[lfs]\n\turl = http://127.0.0.1:1/\n", "big": "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 1\n"}
    connected = workplace.connected(forge_kind, files)
    connected.succeeded(connected.repository.push({"x": "1"}), "push")
    change = fork_with(connected, {"y": "1"})
    connected.approve(connected.waits(change.head)).expect(202)
    connected.succeeded(change.head, "pull_request")


@pytest.mark.parametrize("trick", ["update = !touch {w}", "url = ext::sh -c touch% {w}", "path = -x", "url = -u./x"])
def test_k11_what_git_refuses_of_one_change_stops_nobody_else(workplace, sandbox, forge_kind, witness, trick):
    """A fork's commit that no careful git takes: its own run fails, at once and with the reason; what others push goes on."""
    connected = workplace.connected(forge_kind, HARMLESS)
    modules = f'[submodule "x"]\n\tpath = x\n\turl = ./x\n\t{trick.format(w=witness)}\n'
    change = fork_with(connected, {".gitmodules": modules})
    connected.forge.courier.wait()
    connected.succeeded(connected.repository.push({"x": "1"}), "push", within=20)
    second = fork_with(connected, {"y": "1"}, login="other")
    assert connected.waits(second.head)["trust"] == "fork"
    connected.settled()
    assert all(run["state"] in ("failed", "pending") for run in connected.runs() if run["sha"] == change.head)


def test_k11_a_pipeline_file_that_is_too_large_or_never_ends(workplace, sandbox):
    connected = workplace.connected("gitea", HARMLESS)
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    cases = {"large": "# " + "x" * (3 << 20) + "\n" + HARMLESS[".open-cicd.yml"], "bomb": bomb + "jobs: {}\n", "deep": "jobs: " + "[" * 100_000 + "\n",
             "wide": pipeline("a: {matrix: {x: [" + ", ".join(map(str, range(200))) + "], y: [" + ", ".join(map(str, range(200))) + "]}, steps: [{run: 'true'}]}", ON)}
    for name, text in cases.items():
        sha = connected.repository.push({".open-cicd.yml": text}, f"side-{name}")
        run = connected.wait_for_run(sha, within=30)
        assert run["state"] == "failed" and run["reason"]["code"] == "invalid_pipeline", (name, run)
    many = {f".open-cicd/{number}.yml": pipeline('a: {checkout: false, steps: [{run: "true"}]}', ON) for number in range(200)}
    connected.repository.push({".open-cicd.yml": None, **many}, "side-many")
    connected.settled()
    assert len(connected.runs()) <= len(cases) + 51
    assert Api(connected.server.url).get("/readyz").status == 200


def test_k2_a_redirect_leads_nowhere(workplace, tmp_path):
    """Neither the server's git nor its requests to a forge follow one: what it leads to is asked for nothing."""
    server = workplace.server
    repository(tmp_path / "acme" / "app.git")
    with GitServer(tmp_path) as inside, GitServer(tmp_path) as outside:
        outside.rules["acme"] = inside.url + "/acme/{rest}"
        answer = server.admin.post("/api/v1/repositories", {"url": f"{outside.url}/acme/app.git", "forge": "git", "name": "acme/app"})
        assert answer.status == 422 and answer.json["code"] == "git_remote", answer
        outside.rules["api"] = inside.url + "/api/{rest}"
        answer = server.admin.post("/api/v1/repositories", {"url": f"{outside.url}/acme/app.git", "forge": "gitea", "token": "a-token"})
        assert answer.status == 422 and answer.json["code"] == "forge_moved", answer
        assert inside.requests == []


def test_k12_a_token_file_is_the_only_file_that_is_read(workplace):
    connected = workplace.make("github")
    done = connected.server.cli("repo", "add", connected.repository.clone_url, "--forge", "github", "--token-file", str(connected.server.folder / "none"))
    assert done.returncode != 0 and b"none" in done.stderr
    refused = connected.request(token="@/etc/passwd")
    assert refused.status in (401, 403, 422) and b"root:" not in refused.body
    assert connected.forge.requests_with("root:") == []
