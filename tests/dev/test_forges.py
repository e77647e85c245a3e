"""The stand-ins for forges: what they send is what real ones sent, and what they refuse is what real ones refuse."""

import base64
import hashlib
import hmac
import http.server
import json
import pathlib
import subprocess
import threading
import time

import pytest
from support.api import Api
from support.forges import FORGES
from support.forges.forge import password_of
from support.git_server import git
from support.wait import wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORDED = ROOT / "tests" / "fixtures"
OCTOKIT = ROOT / "build" / "npm" / "node_modules" / "@octokit" / "webhooks-examples" / "api.github.com" / "index.json"
SECRET = "It's a Secret"
FILES = {".open-cicd.yml": "jobs: {a: {steps: [{run: true}]}}\n", "src/main.c": "int main;\n"}


class Receiver:
    """Keeps every request, as (headers in small letters, body), and answers what it is told to."""

    def __init__(self):
        self.got, self.status = [], 202
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(receiver.status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/hook"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.http.shutdown()
    receiver.http.server_close()


@pytest.fixture(params=FORGES)
def forge(request, tmp_path):
    with FORGES[request.param](tmp_path, prefix="/forge") as forge:
        yield forge


@pytest.fixture
def repository(forge):
    name = "acme/tools/app" if forge.kind == "gitlab" else "acme/app"
    return forge.repository(name, forge.user("ada", "Ada Ä"), files=FILES)


class Client:
    """Asks a forge's API as the server does."""

    def __init__(self, forge, token=None):
        self.forge, self.token = forge, token
        self.api = Api(forge.url)

    def __call__(self, method, path, body=None, **headers):
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token.value}")
        base = self.forge.api_url.split("/", 3)[3]
        return self.api.request(method, f"/{base}{path}", body, {"User-Agent": "test", **headers})

    def of(self, repository):
        if self.forge.kind == "gitlab":
            return "/projects/" + repository.full_name.replace("/", "%2F")
        return f"/repos/{repository.full_name}"


HOOKS = {
    "github": lambda url: {"name": "web", "active": True, "events": ["push", "pull_request", "create", "delete"],
                           "config": {"url": url, "content_type": "json", "secret": SECRET}},
    "gitlab": lambda url: {"url": url, "token": SECRET, "push_events": True, "tag_push_events": True, "merge_requests_events": True},
    "gitea": lambda url: {"type": "gitea", "active": True, "events": ["push", "pull_request", "create", "delete"],
                          "config": {"url": url, "content_type": "json", "secret": SECRET}},
}  # fmt: skip


def hook(forge, repository, url):
    client = Client(forge, forge.token(repository.owner))
    return client("POST", client.of(repository) + "/hooks", HOOKS[forge.kind](url)).expect(201).json


def is_signed(kind, headers, body):
    if kind == "gitlab":
        return headers["x-gitlab-token"] == SECRET
    mac = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return headers["x-hub-signature-256"] == f"sha256={mac}" and headers.get("x-gitea-signature", mac) == mac


def recorded(kind, event, action=None):
    """What a real one sent for this: (body, its headers)."""
    if kind == "github":
        if not OCTOKIT.exists():
            pytest.skip("no @octokit/webhooks-examples: run dev/install test")
        examples = next(one["examples"] for one in json.loads(OCTOKIT.read_text()) if one["name"] == event)
        return [(one, {}) for one in examples if one.get("action") == action and not (event == "push" and one["ref"].startswith("refs/tags/"))]
    if kind == "gitlab":
        names = {("push", None): ["push", "branch_create", "push_subgroup"], ("tag_push", None): ["tag_create"], ("deleted", None): ["branch_delete"],
                 ("merge_request", "open"): ["pull_request_create", "merge_request_subgroup"], ("merge_request", "close"): ["pull_request_close"],
                 ("merge_request", "reopen"): ["pull_request_reopen"], ("merge_request", "merge"): ["pull_request_merge"],
                 ("merge_request", "update"): ["pull_request_review_ready"]}[event, action]
        return [(json.loads((RECORDED / "gitlab" / f"{name}.json").read_text()), {}) for name in names]
    found = []
    for path in sorted((RECORDED / "gitea").glob("*.body.json")):
        raw = json.loads(path.with_name(path.name.replace("body", "headers")).read_text())["raw"]
        headers = {name.lower(): value for name, value in zip(raw[::2], raw[1::2], strict=True)}
        body = json.loads(path.read_text())
        if headers["x-gitea-event"] == event and body.get("action") == action:
            found.append((body, headers))
    return found


# What only some have: apps, organizations, and an author's account where there is one with that address.
LEFT_OUT = {"installation", "organization", "username"}


def lacks(real, ours, path=""):
    """The paths of what a real one has and ours lacks or has in another type. Null fits everything, and so does an empty list."""
    if real is None or ours is None:
        return []
    if type(real) is not type(ours) and not (isinstance(real, (int, str)) and isinstance(ours, (int, str)) and path.endswith("force_remove_source_branch")):
        return [f"{path}: {type(real).__name__}, not {type(ours).__name__}"]
    if isinstance(real, dict):
        found = [f"{path}.{name}" for name in real.keys() - ours.keys() - LEFT_OUT if path != ".changes"]
        return found + [problem for name in real.keys() & ours.keys() for problem in lacks(real[name], ours[name], f"{path}.{name}")]
    if isinstance(real, list) and real and ours:
        return lacks(real[0], ours[0], path + "[0]")
    return []


def looks_recorded(kind, event, headers, body):
    ours = json.loads(body)
    action = ours.get("object_attributes", {}).get("action") if kind == "gitlab" else ours.get("action")
    samples = recorded(kind, event, action)
    assert samples, (kind, event, action)
    problems = [lacks(real, ours) for real, _ in samples]
    assert [] in problems, problems  # examples differ among each other by what only some of them have
    for _, real_headers in samples:
        assert real_headers.keys() <= headers.keys(), real_headers.keys() - headers.keys()


def got(receiver, forge, *, without=("ping", "create")):
    """(event, headers, body) of what came, in order."""
    forge.courier.wait()
    names = {"Push Hook": "push", "Tag Push Hook": "tag_push", "Merge Request Hook": "merge_request"}
    found = []
    for headers, body in receiver.got:
        event = headers.get("x-github-event") or names[headers["x-gitlab-event"]]
        if event not in without:
            found.append((event, headers, body))
    receiver.got.clear()
    return found


def clone(repository, folder, token=None):
    git("clone", "-q", repository.clone_url_with(token) if token else repository.clone_url, folder)
    return folder


def test_a_real_push_makes_a_webhook_that_is_signed_and_looks_recorded(forge, repository, receiver, tmp_path):
    hook(forge, repository, receiver.url)
    bob = forge.user("bob")
    repository.members[bob] = "write"
    tree = clone(repository, tmp_path / "tree", forge.token(bob))
    (tree / "new").write_text("new\n")
    git("add", ".", at=tree)
    git("commit", "-qm", "über <all>", at=tree)
    git("push", "-q", "origin", "main", at=tree)
    (event, headers, body), = got(receiver, forge)
    assert event == "push" and is_signed(forge.kind, headers, body)
    told = json.loads(body)
    assert told["after"] == repository.tip("main") == git("rev-parse", "HEAD", at=tree)
    assert told["before"] == git("rev-parse", "HEAD~", at=tree)
    who = told["user_id"] if forge.kind == "gitlab" else told["sender"]["id"]
    assert who == bob.id
    assert told["commits"][0]["message"].startswith("über <all>") and told["commits"][0]["added"] == ["new"]
    looks_recorded(forge.kind, "push", headers, body)


def test_what_people_do_to_branches_and_tags_is_told(forge, repository, receiver):
    hook(forge, repository, receiver.url)
    first = repository.tip("main")
    repository.push({"a": "1\n"}, "topic")
    repository.push({"a": "2\n"}, "topic", onto=first)
    created, forced = got(receiver, forge)
    assert json.loads(created[2])["before"] == "0" * 40 and json.loads(forced[2])["before"] == json.loads(created[2])["after"]
    if forge.kind == "github":
        assert [json.loads(one[2])["forced"] for one in (created, forced)] == [False, True]
    repository.tag("v1", message="one")
    tagged, = got(receiver, forge)
    told = json.loads(tagged[2])
    assert told["ref"] == "refs/tags/v1" and told["after"] != first
    assert (told["checkout_sha"] if forge.kind == "gitlab" else told["head_commit"]["id"]) == first
    if forge.kind != "github":
        looks_recorded(forge.kind, tagged[0], *tagged[1:])
    repository.delete("refs/heads/topic")
    gone = got(receiver, forge)
    assert [one[0] for one in gone] == {"github": ["push", "delete"], "gitlab": ["push"], "gitea": ["delete"]}[forge.kind]
    told = json.loads(gone[0][2])
    assert told["ref"] == "topic" if forge.kind == "gitea" else told["after"] == "0" * 40
    looks_recorded(forge.kind, "deleted" if forge.kind == "gitlab" else gone[0][0], *gone[0][1:])


def test_the_life_of_a_change_from_a_fork(forge, repository, receiver):
    hook(forge, repository, receiver.url)
    eve = forge.user("eve")
    fork = repository.fork(eve)
    assert repository.refs() == fork.refs()
    fork.push({"a": "1\n"}, "topic", by=eve)
    assert got(receiver, forge) == []
    change = repository.open_change("topic", "add a", source=fork)
    assert change.is_fork and git("rev-parse", change.ref, at=repository.path) == change.head == fork.tip("topic")
    repository.set_branch("stable", repository.tip("main"))
    got(receiver, forge, without=("push", "create"))
    first = change.head
    change.push({"a": "2\n"})
    assert git("rev-parse", change.ref, at=repository.path) == change.head == fork.tip("topic") != first
    change.label("bug")
    change.unlabel("bug")
    change.rename("add a, too")
    change.retarget("stable")
    change.back_to_draft()
    change.ready()
    change.close()
    change.push({"a": "3\n"})
    assert change.head != fork.tip("topic")  # nobody looks at what is closed
    change.reopen()
    change.merge(repository.owner)
    told = got(receiver, forge)
    assert told[-1][0] == "push" and told.pop()[2]
    bodies = [json.loads(body) for _, _, body in told]
    if forge.kind == "gitlab":
        actions = [body["object_attributes"]["action"] for body in bodies]
        assert actions == ["update"] * 7 + ["close", "reopen", "merge"]
        assert bodies[0]["object_attributes"]["oldrev"] == first
        assert all("oldrev" not in body["object_attributes"] for body in bodies[1:])
        assert [sorted(body["changes"])[0] for body in bodies[1:7]] == ["labels", "labels", "title", "target_branch", "draft", "draft"]
    else:
        github = {"updated": "synchronize", "label": "labeled", "unlabel": "unlabeled", "draft": "converted_to_draft", "ready": "ready_for_review"}
        gitea = {"updated": "synchronized", "label": "label_updated", "unlabel": "label_cleared", "draft": "edited", "ready": "edited"}
        words = github if forge.kind == "github" else gitea
        assert [body["action"] for body in bodies] == [
            words["updated"], words["label"], words["unlabel"], "edited", "edited", words["draft"], words["ready"], "closed", "reopened", "closed"]
        assert all(body["pull_request"]["head"]["repo"]["id"] == fork.id != body["repository"]["id"] for body in bodies)
    assert all(is_signed(forge.kind, headers, body) for _, headers, body in told)
    assert repository.tip("stable") == change.merge_commit
    for event, headers, body in told:
        if json.loads(body).get("action") not in ("edited", "label_updated", "label_cleared", "reopened") or forge.kind == "gitlab":
            looks_recorded(forge.kind, event.replace("_sync", ""), headers, body)


def test_a_push_to_a_changes_branch_is_told_twice(forge, repository, receiver):
    hook(forge, repository, receiver.url)
    repository.push({"a": "1\n"}, "topic")
    change = repository.open_change("topic")
    got(receiver, forge)
    sha = change.push({"a": "2\n"})
    told = got(receiver, forge)
    assert len(told) == 2 and told[0][0] == "push" and sha.encode() in told[0][2] and sha.encode() in told[1][2]
    assert git("ls-remote", repository.clone_url, change.ref).split() == [sha, change.ref]


def test_nobody_pushes_what_is_the_forges_own(forge, repository, tmp_path):
    tree = clone(repository, tmp_path / "tree", forge.token(repository.owner))
    with pytest.raises(subprocess.CalledProcessError):
        git("push", "-q", "origin", f"HEAD:{forge.change_refs}/1/head", at=tree)


def test_git_wants_a_token(forge, repository, tmp_path):
    private = forge.repository("acme/hidden", repository.owner, private=True, files=FILES)
    eve = forge.user("eve")
    assert git("ls-remote", repository.clone_url)
    good, bad = forge.token(repository.owner), forge.token(repository.owner, state="revoked")
    assert git("ls-remote", private.clone_url_with(good))
    assert git("ls-remote", repository.clone_url_with(bad))  # git shows no password that nobody asks for
    for url in (private.clone_url, private.clone_url_with(bad), private.clone_url_with(forge.token(eve)),
                private.clone_url_with(forge.token(repository.owner, lacks=("read",)))):
        with pytest.raises(subprocess.CalledProcessError):
            git("-c", "core.askPass=true", "ls-remote", url)
    tree = clone(repository, tmp_path / "tree", forge.token(eve))
    with pytest.raises(subprocess.CalledProcessError) as refused:
        git("push", "-q", "origin", "HEAD:refs/heads/mine", at=tree)
    assert b"403" in refused.value.stderr
    scheme = {"github": "Bearer", "gitlab": "Bearer", "gitea": "token"}[forge.kind]
    assert git("-c", f"http.extraHeader=Authorization: {scheme} {good.value}", "ls-remote", private.clone_url)
    with pytest.raises(subprocess.CalledProcessError):
        git("-c", f"http.extraHeader=Authorization: {scheme} {bad.value}", "-c", "core.askPass=true", "ls-remote", repository.clone_url)


def test_a_token_is_found_however_it_is_sent(forge, repository):
    token = forge.token(repository.owner)
    repository.private = True
    git("ls-remote", repository.clone_url_with(token))
    Client(forge, token)("GET", "/user").expect(200)
    assert len(forge.requests_with(token.value)) >= 2
    assert password_of("Basic " + base64.b64encode(b"me:secret").decode()) == "secret"
    assert forge.requests_with("never said") == []


def test_the_repository_is_told(forge, repository):
    token = forge.token(repository.owner)
    client = Client(forge, token)
    told = client("GET", client.of(repository)).expect(200).json
    assert told["id"] == repository.id
    if forge.kind == "gitlab":
        assert (told["path_with_namespace"], told["default_branch"], told["http_url_to_repo"]) == ("acme/tools/app", "main", repository.clone_url)
        assert client("GET", client.of(repository), **{"PRIVATE-TOKEN": token.value, "Authorization": "x"}).status == 200
    else:
        assert (told["full_name"], told["default_branch"], told["clone_url"]) == ("acme/app", "main", repository.clone_url)


def test_who_may_not_is_refused(forge, repository):
    owner, eve = repository.owner, forge.user("eve")
    private = forge.repository("acme/hidden", owner, private=True)
    body = HOOKS[forge.kind]("http://127.0.0.1:1/hook")

    def asks(token, of=repository, what="/hooks"):
        client = Client(forge, token)
        return client("POST", client.of(of) + what, body) if what else client("GET", client.of(of))

    nobody, unknown = asks(None), asks(forge.token(owner, state="revoked"))
    assert (nobody.status, unknown.status) == (401, 401)
    assert asks(None, private, "").status == asks(forge.token(eve), private, "").status == 404
    short = asks(forge.token(owner, lacks=("webhooks",)))
    assert short.status == 403
    assert {"github": ("Resource not accessible by personal access token", "message"), "gitlab": ("insufficient_scope", "error"),
            "gitea": ("token does not have at least one of required scope(s): [write:repository]", "message")}[forge.kind][0] in short.body.decode()
    if forge.kind == "github":
        assert short.headers["x-accepted-github-permissions"] == "repository_hooks=write"
        classic = asks(forge.token(owner, lacks=("webhooks",), kind="classic"))
        assert classic.status == 404 and "admin:repo_hook" in classic.headers["x-accepted-oauth-scopes"]
        assert "x-oauth-scopes" in classic.headers
    assert asks(forge.token(eve)).status == (404 if forge.kind == "github" else 403)  # she may read it, and no more


def test_webhooks_are_listed_changed_and_removed(forge, repository, receiver):
    made = hook(forge, repository, receiver.url)
    client = Client(forge, forge.token(repository.owner))
    path = client.of(repository) + "/hooks"
    assert SECRET not in json.dumps(made)
    listed = client("GET", path).expect(200).json
    assert [one["id"] for one in listed] == [made["id"]] and SECRET not in json.dumps(listed)
    repository.webhook_disabled()
    one = client("GET", f"{path}/{made['id']}").expect(200).json
    assert not (one["push_events"] if forge.kind == "gitlab" else one["active"])
    forge.courier.wait()
    receiver.got.clear()
    repository.push({"a": "0\n"})
    assert got(receiver, forge) == []
    method, change = ("PUT", {"url": receiver.url, "push_events": True}) if forge.kind == "gitlab" else ("PATCH", {"active": True})
    if forge.kind == "gitea":
        assert client("PATCH", f"{path}/{made['id']}", {"active": True}).expect(200).json["events"] == ["push"]  # the others are gone
    client(method, f"{path}/{made['id']}", change).expect(200)
    repository.push({"a": "1\n"})
    assert len(got(receiver, forge)) == 1
    client("DELETE", f"{path}/{made['id']}").expect(204)
    client("DELETE", f"{path}/{made['id']}").expect(404)
    assert client("GET", path).json == []


def test_wrong_webhooks_are_refused(forge, repository):
    client = Client(forge, forge.token(repository.owner))
    path = client.of(repository) + "/hooks"
    good = HOOKS[forge.kind]("http://127.0.0.1:1/hook")
    wrong = [{}, {**good, "nonsense": 1}]
    wrong += [{**good, "push_events": "si"}, {**good, "url": "ftp://x"}] if forge.kind == "gitlab" else [
        {**good, "active": "yes"}, {**good, "events": ["nonsense"]}, {**good, "config": {**good["config"], "content_type": "xml"}}]
    for body in wrong:
        answer = client("POST", path, body)
        assert answer.status == (400 if forge.kind == "gitlab" and body.get("url") != "ftp://x" else 422), (body, answer)
        assert answer.json.get("message") or answer.json.get("error")
    assert client("POST", path, b"url=x", **{"Content-Type": "text/plain"}).status == (422 if forge.kind == "gitea" else 415)
    assert client("POST", path, b"{", **{"Content-Type": "application/json"}).status in (400, 422)
    assert repository.webhooks == {}
    if forge.kind == "github":
        client("POST", path, good).expect(201)
        assert "Hook already exists on this repository" in client("POST", path, good).expect(422).body.decode()


def test_statuses_are_kept_in_their_order(forge, repository):
    client = Client(forge, forge.token(repository.owner))
    sha = repository.tip("main")
    path = client.of(repository) + f"/statuses/{sha}"
    failure = "failed" if forge.kind == "gitlab" else "failure"
    for state in ("pending", failure, "pending", "success"):
        client("POST", path, {"state": state, "context": "open-cicd/a/push", "description": "d", "target_url": "http://a/b"}).expect(201)
    assert repository.history_of(sha, "open-cicd/a/push") == ["pending", failure, "pending", "success"]
    assert [forge.outcome(one) for one in repository.statuses] == ["pending", "failure", "pending", "success"]
    assert repository.statuses_of(sha)["open-cicd/a/push"].state == "success"
    where = f"/repository/commits/{sha}/statuses" if forge.kind == "gitlab" else f"/commits/{sha}/statuses"
    assert client("GET", client.of(repository) + where).expect(200).json[0]["description"] == "d"


def test_wrong_statuses_are_refused(forge, repository):
    client = Client(forge, forge.token(repository.owner))
    path = client.of(repository) + "/statuses/"
    good = {"state": "success", "context": "c"}
    missing = {"github": 422, "gitlab": 404, "gitea": 500}[forge.kind]
    assert client("POST", path + "1" * 40, good).status == missing
    bad = 400 if forge.kind == "gitlab" else 422
    wrong = [{"context": "c"}, {**good, "state": "green"}, {**good, "state": 1}, {**good, "contxt": "c"}]
    if forge.kind != "gitea":  # which takes any length
        wrong += [{**good, "context": "c" * 256}, {**good, "description": "d" * 256}, {**good, "target_url": "javascript:x"}]
    for body in wrong:
        assert client("POST", path + repository.tip("main"), body).status == bad, body
    if forge.kind == "github":
        assert client("POST", path + repository.tip("main"), {**good, "description": "d" * 141}).status == 422
        client("POST", path + repository.tip("main"), {**good, "description": "d" * 140}).expect(201)
    else:
        client("POST", path + repository.tip("main"), {**good, "description": "d" * 255}).expect(201)


@pytest.mark.parametrize("forge", ["gitlab"], indirect=True)
def test_gitlab_has_transitions_and_refs(forge, repository):
    client = Client(forge, forge.token(repository.owner))
    path = client.of(repository) + f"/statuses/{repository.tip('main')}"
    client("POST", path, {"state": "pending"}).expect(201)
    assert client("POST", path, {"state": "pending"}).expect(400).json["message"] == (
        'Cannot transition status via :enqueue from :pending (Reason(s): Status cannot transition via "enqueue")')
    client("POST", path, {"state": "running"}).expect(201)
    assert client("POST", path, {"state": "running"}).status == client("POST", path, {"state": "skipped"}).status == 400
    client("POST", path, {"state": "success"}).expect(201)
    client("POST", path, {"state": "success"}).expect(201)  # another one: what has ended stays as it is
    fork = repository.fork(forge.user("eve"))
    fork.push({"a": "1\n"}, "topic")
    change = repository.open_change("topic", source=fork)
    path = client.of(repository) + f"/statuses/{change.head}"
    assert client("POST", path, {"state": "pending"}).expect(404).json["message"] == "404 References for commit Not Found"
    client("POST", path, {"state": "pending", "ref": change.ref}).expect(201)


@pytest.mark.parametrize("forge", ["gitlab"], indirect=True)
def test_a_signing_key_signs_and_is_not_sent(forge, repository, receiver):
    made = hook(forge, repository, receiver.url)
    key = base64.b64encode(b"0123456789abcdef01234567").decode()
    repository.webhooks[made["id"]].config["signing_token"] = f"whsec_{key}"
    repository.push({"a": "1\n"})
    (_, headers, body), = got(receiver, forge)
    assert "x-gitlab-token" not in headers and abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = hmac.new(b"0123456789abcdef01234567", signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(mac).decode()


@pytest.mark.parametrize("forge", ["github"], indirect=True)
def test_github_counts_requests(forge, repository):
    client = Client(forge, forge.token(repository.owner))
    answer = client("GET", "/user").expect(200)
    assert answer.headers["x-ratelimit-remaining"] == "4999" and int(answer.headers["x-ratelimit-reset"]) > time.time()
    forge.used_up(0.3)
    refused = client("GET", "/user").expect(403)
    assert refused.headers["x-ratelimit-remaining"] == "0" and "rate limit exceeded" in refused.json["message"]
    wait_until("the limit to be reset", lambda: client("GET", "/user").status == 200, within=5)
    forge.too_fast(2, times=1)
    refused = client("GET", "/user").expect(403)
    assert refused.headers["retry-after"] == "2" and "secondary rate limit" in refused.json["message"]
    assert "User-Agent" in Api(forge.url).get("/forge/api/v3/user").expect(403).body.decode()


def test_faults_come_and_go(forge, repository):
    client = Client(forge, forge.token(repository.owner))
    forge.fail(500, times=1)
    assert [client("GET", "/user").status for _ in range(2)] == [500, 200]
    forge.too_many(3, times=1)
    assert client("GET", "/user").expect(429).headers["retry-after"] == "3"
    forge.slow(0.3, times=1)
    begun = time.monotonic()
    client("GET", "/user").expect(200)
    assert time.monotonic() - begun >= 0.3
    forge.fail(503, "git", times=1)
    with pytest.raises(subprocess.CalledProcessError):
        git("ls-remote", repository.clone_url)
    forge.down()
    with pytest.raises(OSError):
        client("GET", "/user")
    forge.up()
    client("GET", "/user").expect(200)


def test_webhooks_are_late_doubled_lost_and_out_of_order(forge, repository, receiver):
    hook(forge, repository, receiver.url)
    forge.courier.wait()
    receiver.got.clear()

    def pushed(*texts):
        return [repository.push({"a": text}) for text in texts]

    def heard():
        return [json.loads(body)["after"] for _, _, body in got(receiver, forge)]

    forge.courier.double(1)
    one, two = pushed("1", "2")
    assert heard() == [one, one, two]
    forge.courier.drop(1)
    one, two = pushed("3", "4")
    assert heard() == [two] and forge.courier.dropped[-1].event in ("push",)
    forge.courier.hold()
    shas = pushed("5", "6", "7")
    assert heard() == [] and forge.courier.held() == 3
    forge.courier.release(lambda held: held[::-1])
    assert heard() == shas[::-1]
    forge.courier.delay = 0.3
    begun = time.monotonic()
    assert len(pushed("8")) == len(heard()) and time.monotonic() - begun >= 0.3
    forge.courier.delay = 0
    receiver.status = 503
    pushed("9")
    headers = [one[1] for one in got(receiver, forge)]
    failed = forge.deliveries("push")[-1]
    assert failed.answers == [(503, b"ok")]
    receiver.status = 202
    again = forge.redeliver(failed)
    headers += [one[1] for one in got(receiver, forge)]
    assert again.answers == [(202, b"ok")]
    name = {"github": "x-github-delivery", "gitlab": "idempotency-key", "gitea": "x-gitea-delivery"}[forge.kind]
    assert (headers[0][name] == headers[1][name]) == (forge.kind != "gitea")
