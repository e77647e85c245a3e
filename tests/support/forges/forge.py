"""What the stand-ins have in common: one HTTP server for git and the API, users and tokens, faults, and a record of everything it was asked."""

import base64
import itertools
import json
import pathlib
import re
import threading
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field

from support.forges.courier import Courier, Delivery, Webhook
from support.forges.people import RIGHTS, Change, Repository, Status, Token, User
from support.git_server import GitServer
from support.ports import free_port


class Refusal(Exception):
    """An answer that is not what was asked for."""

    def __init__(self, status: int, body, headers: dict[str, str] | None = None):
        super().__init__(f"{status} {body}")
        self.status, self.body, self.headers = status, body, headers or {}


@dataclass
class Seen:
    """A request as it came, and the status that it got."""

    at: float
    method: str
    path: str  # with its query
    headers: list[tuple[str, str]]
    body: bytes = field(repr=False)
    status: int = 0

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass
class Call:
    """A request to the API while it is answered."""

    seen: Seen
    path: str  # below the API's base
    query: dict[str, str]
    token: Token | None = None
    match: re.Match | None = None

    @property
    def user(self) -> User | None:
        return self.token.user if self.token else None


@dataclass
class Fault:
    """What requests get instead of an answer, or only later. `what` is "api", "git", or a pattern that is looked for in the path."""

    what: str
    status: int = 0  # 0: the answer is right
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0
    times: int = 1_000_000

    def fits(self, path: str, is_api: bool) -> bool:
        return self.times > 0 and (self.what == "api" and is_api or self.what == "git" and not is_api or
                                   self.what not in ("api", "git") and re.search(self.what, path) is not None)


class Forge(GitServer):
    """`prefix` is a path below which everything lives, as behind somebody's proxy. `url` is of its pages, `api_url` of its API.

    A kind of forge says in `routes` what its API answers, in `tell_push` and `tell_change` what follows what people do, and the rest of the
    functions that raise NotImplementedError."""

    kind = ""
    api_base = ""  # behind `url`
    change_refs = "refs/pull"
    git_user = "git"  # before a token that stands in a clone's URL
    token_prefix = ""
    # What the states that the server knows are called here.
    words: dict[str, set[str]] = {}
    routes: list[tuple[str, str, str]] = []  # method, pattern of the path, name of the function

    def __init__(self, folder: pathlib.Path, *, prefix: str = "", host: str = "127.0.0.1"):
        root = folder / f"{self.kind}-repositories"
        root.mkdir()
        self.prefix = prefix
        self.lock = threading.RLock()
        self.courier = Courier()
        self.users: dict[str, User] = {}
        self.tokens: dict[str, Token] = {}
        self.repositories: dict[int, Repository] = {}
        self.seen: list[Seen] = []
        self.faults: list[Fault] = []
        self._traps: list[tuple[str, str, str, Callable[[], object]]] = []
        self._ids = itertools.count(4_800_101)
        self._routes = [(method, re.compile(pattern), name) for method, pattern, name in self.routes]
        super().__init__(root, host, port=free_port())
        self.url += prefix
        refs = self.change_refs
        self.config |= {"receive.hideRefs": refs, "uploadpack.allowAnySHA1InWant": "true", "gc.auto": "0", "receive.autogc": "false"}

    @property
    def api_url(self) -> str:
        return self.url + self.api_base

    def __exit__(self, *_):
        self.courier.close()
        self.close()

    # Who is there

    def next_id(self) -> int:
        return next(self._ids)

    def user(self, login: str, name: str | None = None, number: int | None = None) -> User:
        """The one with this login; made when there is none."""
        if login not in self.users:
            self.users[login] = User(number or self.next_id(), login, name or login.capitalize())
        return self.users[login]

    def token(self, user: User, *, lacks: tuple[str, ...] = (), kind: str = "fine", state: str = "active") -> Token:
        value = self.new_token_value(kind)
        token = Token(value, user, RIGHTS - set(lacks), kind, state)
        self.tokens[value] = token
        return token

    def new_token_value(self, kind: str) -> str:
        raise NotImplementedError

    def repository(self, full_name: str, owner: User | None = None, *, private: bool = False, default_branch: str = "main",
                   files: dict[str, str] | None = None, parent: Repository | None = None) -> Repository:
        """With `files`, its default branch has a first commit with them."""
        owner = owner or self.user(full_name.split("/")[0])
        with self.lock:
            made = Repository(self, self.next_id(), full_name, owner, private=private, default_branch=default_branch, parent=parent)
            self.repositories[made.id] = made
        if files is not None:
            made.push(files, message="first")
        return made

    def named(self, full_name: str) -> Repository | None:
        return next((one for one in self.repositories.values() if one.full_name.lower() == full_name.lower()), None)

    def forget(self, repository: Repository) -> None:
        del self.repositories[repository.id]

    def all_changes(self) -> list[Change]:
        return [change for repository in self.repositories.values() for change in repository.changes.values()]

    def disable(self, webhook: Webhook) -> None:
        webhook.active = False

    # Faults

    def down(self) -> None:
        """Connections are refused until up()."""
        self.close()

    def up(self) -> None:
        self.listen()

    def fail(self, status: int = 500, what: str = "api", *, times: int = 1_000_000, headers: dict[str, str] | None = None,
             body: bytes = b"<html><body>Whoa there!</body></html>") -> Fault:
        fault = Fault(what, status, body, {"Content-Type": "text/html", **(headers or {})}, times=times)
        self.faults.append(fault)
        return fault

    def slow(self, seconds: float, what: str = "api", *, times: int = 1_000_000) -> Fault:
        fault = Fault(what, seconds=seconds, times=times)
        self.faults.append(fault)
        return fault

    def too_many(self, retry_after: int, what: str = "api", *, times: int = 1_000_000) -> Fault:
        """429, as this forge says it."""
        return self.fail(429, what, times=times, headers={"Retry-After": str(retry_after), "Content-Type": "text/plain"}, body=b"Retry later\n")

    def heal(self) -> None:
        self.faults.clear()
        self.up()

    def trap(self, method: str, pattern: str, when: str, act: Callable[[], object]) -> None:
        """Does something once, "before" or "after" such a request has been worked on; its answer is on its way after that."""
        self._traps.append((method, pattern, when, act))

    def _spring(self, seen: Seen, when: str) -> None:
        with self.lock:
            hit = next((trap for trap in self._traps if trap[0] == seen.method and trap[2] == when and re.search(trap[1], seen.path)), None)
            if hit:
                self._traps.remove(hit)
        if hit:
            hit[3]()

    # What was heard

    def asked(self, method: str, pattern: str) -> list[Seen]:
        return [seen for seen in list(self.seen) if seen.method == method and re.search(pattern, seen.path)]

    def requests_with(self, text: str) -> list[Seen]:
        """Those with this text anywhere: in the path, a header, its decoded password, or the body."""
        found = []
        for seen in list(self.seen):
            everything = [seen.path, *(value for _, value in seen.headers), seen.body.decode(errors="replace")]
            everything += [password for _, value in seen.headers if (password := password_of(value))]
            if any(text in one for one in everything):
                found.append(seen)
        return found

    def outcome(self, status: Status) -> str:
        """pending, success, or the worst that it may mean: failure."""
        return next(ours for ours in ("pending", "success", "failure", "error") if status.state in self.words[ours])

    # Answers

    def _answer(self, request, body):
        seen = Seen(time.time(), request.command, request.path, list(request.headers.items()), body)
        self.seen.append(seen)
        self._spring(seen, "before")
        path, _, query = request.path.partition("?")
        inner = path[len(self.prefix):] if path.startswith(self.prefix + "/") else None
        is_api = inner is not None and (inner + "/").startswith(self.api_base + "/")
        fault = next((fault for fault in list(self.faults) if fault.fits(path, is_api)), None)
        if fault:
            fault.times -= 1
            time.sleep(fault.seconds)
            if fault.status:
                seen.status = fault.status
                return self._reply(request, fault.status, fault.headers, fault.body)
        if inner is None:
            seen.status = 404
            return self._reply(request, 404)
        if is_api:
            words = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
            return self._answer_api(request, Call(seen, inner[len(self.api_base):], words))
        self._answer_git(request, seen, inner, query, body)

    def _answer_api(self, request, call: Call) -> None:
        status, body, headers = 500, None, {}
        try:
            call.token = self.authenticate(call)
            with self.lock:
                status, body, headers = self._dispatch(call)
        except Refusal as refusal:
            status, body, headers = refusal.status, refusal.body, refusal.headers
        finally:
            call.seen.status = status
        self._spring(call.seen, "after")
        headers = {**self.headers_of(call), **headers}
        if isinstance(body, str):
            text = body.encode()
        else:
            text = b"" if body is None else json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json; charset=utf-8")
        self._reply(request, status, headers, text)

    def _dispatch(self, call: Call) -> tuple:
        for method, pattern, name in self._routes:
            if method == call.seen.method and (match := pattern.fullmatch(call.path)):
                call.match = match
                answer = getattr(self, name)(call)
                return answer if len(answer) == 3 else (*answer, {})
        raise self.no_such_thing(call)

    def headers_of(self, call: Call) -> dict[str, str]:
        """Those of every answer of the API."""
        return {}

    def authenticate(self, call: Call) -> Token | None:
        raise NotImplementedError

    def no_such_thing(self, call: Call) -> Refusal:
        raise NotImplementedError

    def token_named(self, value: str | None) -> Token | None:
        token = self.tokens.get(value or "")
        return token if token and token.state == "active" else None

    def body_of(self, call: Call, known: dict[str, type | tuple], required: tuple[str, ...] = ()) -> dict:
        """The JSON object of a request, with known fields of their types and nothing else. (The real ones ignore what they do not know; but
        a field that is ignored is a mistake of who sends it.)"""
        kind = (call.seen.header("Content-Type") or "").split(";")[0].strip().lower()
        if kind != "application/json":
            raise self.not_json(kind)
        try:
            body = json.loads(call.seen.body)
        except ValueError:
            raise self.malformed() from None
        if not isinstance(body, dict):
            raise self.malformed()
        return self.check_fields(call, body, known, required)

    def check_fields(self, call: Call, body: dict, known: dict[str, type | tuple], required: tuple[str, ...]) -> dict:
        for name in required:
            if name not in body:
                raise self.missing(call, name)
        for name, value in body.items():
            if name not in known:
                raise self.unknown(call, name)
            types = known[name] if isinstance(known[name], tuple) else (known[name],)
            if not isinstance(value, types) or isinstance(value, bool) and bool not in types:
                raise self.mistyped(call, name, value, types)
        return body

    def not_json(self, kind: str) -> Refusal:
        raise NotImplementedError

    def malformed(self) -> Refusal:
        raise NotImplementedError

    def missing(self, call: Call, name: str) -> Refusal:
        raise NotImplementedError

    def unknown(self, call: Call, name: str) -> Refusal:
        raise NotImplementedError

    def mistyped(self, call: Call, name: str, value, types: tuple) -> Refusal:
        raise NotImplementedError

    def page_of(self, call: Call, items: list, size_word: str = "per_page", size: int = 30) -> tuple[list, dict[str, str]]:
        """A page and its Link header. Nobody gets more than 100 at once."""
        count = min(100, max(1, int(call.query.get(size_word, size))))
        number = max(1, int(call.query.get("page", 1)))
        last = max(1, -(-len(items) // count))
        pages = {"prev": number - 1, "next": number + 1, "first": 1, "last": last}
        links = [f'<{self.api_url}{call.path}?page={page}&{size_word}={count}>; rel="{word}"' for word, page in pages.items() if 1 <= page <= last]
        return items[(number - 1) * count:number * count], {"Link": ", ".join(links)} if last > 1 else {}

    def add_status(self, call: Call, repository: Repository, sha: str, body: dict, ref: str | None = None) -> Status:
        status = Status(self.next_id(), sha, body.get("context") or body.get("name") or "default", body["state"],
                        body.get("description") or "", body.get("target_url") or "", call.user, ref)
        repository.statuses.append(status)
        return status

    # Git

    def _answer_git(self, request, seen: Seen, path: str, query: str, body: bytes) -> None:
        found = re.fullmatch(r"/(.+?)(?:\.git)?(/info/refs|/git-upload-pack|/git-receive-pack)", path)
        repository = found and self.named(found[1])
        pushes = bool(found) and (found[2] == "/git-receive-pack" or "service=git-receive-pack" in query)
        given = seen.header("Authorization")
        token = self.token_named(password_of(given or ""))
        seen.status = 200
        if given and not token or not given and (not repository or repository.private or pushes):
            seen.status = 401
            return self._reply(request, 401, {"WWW-Authenticate": f'Basic realm="{self.kind}"', "Content-Type": "text/plain"}, self.git_refusal)
        user = token.user if token else None
        if not repository or not repository.may(user, "read") or token and "read" not in token.rights:
            seen.status = 404
            return self._reply(request, 404, {"Content-Type": "text/plain"}, b"Repository not found.\n")
        if pushes and (not repository.may(user, "write") or "push" not in token.rights):
            seen.status = 403
            return self._reply(request, 403, {"Content-Type": "text/plain"}, f"Permission to {repository.full_name} denied.\n".encode())
        below = f"/{repository.full_name}.git{found[2]}"
        if found[2] != "/git-receive-pack":
            self._run_git(request, below, query, body, user=user.login if pushes else None)
            return self._spring(seen, "after")
        with self.lock:
            before = repository.refs()
            self._run_git(request, below, query, body, user=user.login, done=lambda: repository.pushed(user, before))

    git_refusal = b"Invalid username or token. Password authentication is not supported for Git operations.\n"

    # Webhooks

    def tell_push(self, repository: Repository, by: User, ref: str, before: str, after: str) -> None:
        raise NotImplementedError

    def tell_change(self, change: Change, what: str, by: User, old: dict) -> None:
        """`what` is opened, updated, reopened, closed, merged, retargeted, renamed, labeled, unlabeled, ready or draft; `old` has what it was."""
        raise NotImplementedError

    def send(self, repository: Repository, event: str, about: str, body: bytes, wants: Callable[[Webhook], bool] | None = None) -> None:
        for webhook in list(repository.webhooks.values()):
            if webhook.active and (wants(webhook) if wants else event in webhook.events or "*" in webhook.events):
                self.send_to(webhook, repository, event, about, body)

    def send_to(self, webhook: Webhook, repository: Repository, event: str, about: str, body: bytes) -> None:
        content = body
        if webhook.content_type == "form":
            content = urllib.parse.urlencode({"payload": body.decode()}).encode()
        delivery, headers = self.headers_for(webhook, repository, event, content)
        self.courier.take(Delivery(delivery, event, webhook.url, headers, content, repository.full_name, about))

    def headers_for(self, webhook: Webhook, repository: Repository, event: str, body: bytes) -> tuple[str, dict[str, str]]:
        """The delivery's id, and its headers with the signature of these bytes."""
        raise NotImplementedError

    def redeliver(self, delivery: Delivery) -> Delivery:
        """What the button at the forge's pages does: here, the same once more."""
        return self.courier.again(delivery)

    def deliveries(self, event: str | None = None) -> list[Delivery]:
        return [one for one in list(self.courier.deliveries) if event in (None, one.event)]


def password_of(authorization: str) -> str | None:
    """The token that stands in an Authorization header, however it is written."""
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() in ("bearer", "token"):
        return rest.strip()
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(rest, validate=True).decode().partition(":")
    except ValueError:
        return None
    return password if password not in ("", "x-oauth-basic") else user
