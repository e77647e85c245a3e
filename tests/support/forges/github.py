"""GitHub, as an Enterprise server of somebody's own: its API is below <url>/api/v3.

From docs.github.com (REST: repositories, webhooks, commit statuses, rate limits; webhook events and payloads) and the examples of the npm package
@octokit/webhooks-examples, which its tests compare with."""

import hashlib
import hmac
import math
import secrets
import time
import uuid

from support.forges import github_words as words
from support.forges.courier import Webhook
from support.forges.forge import Call, Forge, Refusal, password_of
from support.forges.history import ZERO, has, resolve
from support.forges.people import Change, Repository, Token, User

DOCS = "https://docs.github.com/rest"
EVENTS = {"*", "create", "delete", "push", "pull_request", "ping", "issues", "issue_comment", "release", "check_run", "check_suite", "status",
          "workflow_run", "pull_request_review", "repository"}
TEXT, MAYBE = str, (str, type(None))

# What is wanted for a right: of a token that has permissions for each thing, and of a classic one with scopes.
PERMISSION = {"read": "metadata=read", "webhooks": "repository_hooks=write", "statuses": "statuses=write"}
SCOPES = {"read": "repo", "webhooks": "admin:repo_hook, public_repo, repo, write:repo_hook", "statuses": "repo, repo:status"}

# In GitHub's words, what people do to a pull request.
ACTIONS = {"opened": "opened", "updated": "synchronize", "reopened": "reopened", "closed": "closed", "merged": "closed", "retargeted": "edited",
           "renamed": "edited", "labeled": "labeled", "unlabeled": "unlabeled", "ready": "ready_for_review", "draft": "converted_to_draft"}


class GitHub(Forge):
    kind = "github"
    api_base = "/api/v3"
    git_user = "x-access-token"
    words = {state: {state} for state in ("pending", "success", "failure", "error")}
    routes = [
        ("GET", r"/user", "get_user"),
        ("GET", r"/repos/([^/]+/[^/]+)", "get_repository"),
        ("GET", r"/repositories/(\d+)", "get_repository"),
        ("GET", r"/repos/([^/]+/[^/]+)/hooks", "list_webhooks"),
        ("POST", r"/repos/([^/]+/[^/]+)/hooks", "create_webhook"),
        ("GET", r"/repos/([^/]+/[^/]+)/hooks/(\d+)", "get_webhook"),
        ("PATCH", r"/repos/([^/]+/[^/]+)/hooks/(\d+)", "update_webhook"),
        ("PATCH", r"/repos/([^/]+/[^/]+)/hooks/(\d+)/config", "update_webhook_config"),
        ("DELETE", r"/repos/([^/]+/[^/]+)/hooks/(\d+)", "delete_webhook"),
        ("POST", r"/repos/([^/]+/[^/]+)/hooks/(\d+)/pings", "ping_webhook"),
        ("POST", r"/repos/([^/]+/[^/]+)/statuses/([^/]+)", "create_status"),
        ("GET", r"/repos/([^/]+/[^/]+)/commits/([^/]+)/statuses", "list_statuses"),
    ]

    def __init__(self, *arguments, **options):
        self.limit, self.remaining, self.reset_at = 5000, 5000, time.time() + 3600
        super().__init__(*arguments, **options)

    # Limits

    def used_up(self, reset_in: float) -> None:
        """The token has no request left for this many seconds: GitHub's primary limit."""
        self.remaining, self.reset_at = 0, math.ceil(time.time() + reset_in)

    def too_fast(self, retry_after: int, *, status: int = 403, times: int = 1_000_000) -> None:
        """GitHub's secondary limit, which has no header but Retry-After."""
        text = '{"message":"You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",' \
               f'"documentation_url":"{DOCS}/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"}}'
        self.fail(status, times=times, headers={"Retry-After": str(retry_after), "Content-Type": "application/json"}, body=text.encode())

    def too_many(self, retry_after: int, what: str = "api", *, times: int = 1_000_000):
        self.too_fast(retry_after, status=429, times=times)

    # Who asks

    def new_token_value(self, kind: str) -> str:
        return ("ghp_" if kind == "classic" else "github_pat_") + secrets.token_hex(18)

    def authenticate(self, call: Call) -> Token | None:
        if not call.seen.header("User-Agent"):
            raise Refusal(403, "Request forbidden by administrative rules. Please make sure your request has a User-Agent header "
                               "(https://docs.github.com/rest/overview/resources-in-the-rest-api#user-agent-required).\n",
                          {"Content-Type": "text/plain"})
        given = call.seen.header("Authorization")
        token = self.token_named(password_of(given)) if given else None
        if given and not token:
            raise refusal(401, "Bad credentials", DOCS)
        if time.time() >= self.reset_at:
            self.remaining, self.reset_at = self.limit, time.time() + 3600
        if self.remaining <= 0:
            raise refusal(403, f"API rate limit exceeded for user ID {token.user.id if token else 0}. If you reach out to GitHub Support for help, "
                               "please include the request ID.", f"{DOCS}/overview/rate-limits-for-the-rest-api")
        self.remaining -= 1
        return token

    def headers_of(self, call: Call) -> dict[str, str]:
        headers = {
            "X-GitHub-Media-Type": "github.v3; format=json", "X-GitHub-Request-Id": uuid.uuid4().hex[:20].upper(), "X-GitHub-Api-Version-Selected": "2022-11-28",
            "X-RateLimit-Limit": str(self.limit), "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Used": str(self.limit - self.remaining), "X-RateLimit-Reset": str(int(self.reset_at)), "X-RateLimit-Resource": "core",
        }  # fmt: skip
        if call.token and call.token.kind == "classic":
            headers["X-OAuth-Scopes"] = ", ".join(scopes_of(call.token))
        return headers

    def found(self, call: Call, right: str, role: str) -> Repository:
        """The repository of a call whose token has this right, and whose user has this role there."""
        name = call.match[1]
        repository = self.repositories.get(int(name)) if name.isdigit() else self.named(name)
        if not repository or not repository.may(call.user, "read"):
            raise self.no_such_thing(call)
        if call.token is None and right != "read":
            raise refusal(401, "Requires authentication", DOCS)
        classic = call.token and call.token.kind == "classic"
        if call.token and right not in call.token.rights:
            if classic:  # looks as if it were not there
                raise refusal(404, "Not Found", DOCS, headers={"X-Accepted-OAuth-Scopes": SCOPES[right]})
            raise refusal(403, "Resource not accessible by personal access token", DOCS,
                          headers={"X-Accepted-GitHub-Permissions": PERMISSION[right]})
        if not repository.may(call.user, role):
            raise self.no_such_thing(call)
        return repository

    # Wrong requests

    def no_such_thing(self, call: Call) -> Refusal:
        return refusal(404, "Not Found", DOCS)

    def not_json(self, kind: str) -> Refusal:
        return refusal(415, "Unsupported Media Type", DOCS)

    def malformed(self) -> Refusal:
        return refusal(400, "Problems parsing JSON", DOCS)

    def missing(self, call: Call, name: str) -> Refusal:
        return refusal(422, f'Invalid request.\n\n"{name}" wasn\'t supplied.', DOCS)

    def unknown(self, call: Call, name: str) -> Refusal:
        return refusal(422, f'Invalid request.\n\n"{name}" is not a permitted key.', DOCS)

    def mistyped(self, call: Call, name: str, value, types: tuple) -> Refusal:
        kind = {bool: "boolean", str: "string", list: "array", dict: "object"}.get(types[0], "string")
        return refusal(422, f"Invalid request.\n\nFor 'properties/{name}', {value!r} is not a {kind}.", DOCS)

    # Answers

    def get_user(self, call: Call):
        if call.user is None:
            raise refusal(401, "Requires authentication", DOCS)
        return 200, words.user(self, call.user)

    def get_repository(self, call: Call):
        repository = self.found(call, "read", "read")
        role = repository.role(call.user)
        return 200, {**words.repository(self, repository), "permissions": {
            "admin": role == "admin", "maintain": role == "admin", "push": role in ("admin", "write"), "triage": role in ("admin", "write"),
            "pull": True}}

    def list_webhooks(self, call: Call):
        repository = self.found(call, "webhooks", "admin")
        page, headers = self.page_of(call, [words.webhook(self, repository, one) for one in repository.webhooks.values()])
        return 200, page, headers

    def webhook_of(self, call: Call) -> tuple[Repository, Webhook]:
        repository = self.found(call, "webhooks", "admin")
        if int(call.match[2]) not in repository.webhooks:
            raise self.no_such_thing(call)
        return repository, repository.webhooks[int(call.match[2])]

    def get_webhook(self, call: Call):
        return 200, words.webhook(self, *self.webhook_of(call))

    def create_webhook(self, call: Call):
        repository = self.found(call, "webhooks", "admin")
        body = self.body_of(call, {"name": TEXT, "config": dict, "events": list, "active": bool})
        if body.get("name", "web") != "web":
            raise wrong("Hook", "name", "name must be \"web\"")
        config = self.check_fields(call, body.get("config") or {}, CONFIG, ())
        if not config.get("url"):
            raise wrong("Hook", "url", "url is missing")
        webhook = Webhook(self.next_id(), "", "", ["push"], content_type="form")
        self.set_config(webhook, config)
        self.set_events(webhook, body.get("events", ["push"]))
        webhook.active = body.get("active", True)
        if any(same(webhook, other) for other in repository.webhooks.values()):
            raise wrong("Hook", None, "Hook already exists on this repository")
        repository.webhooks[webhook.id] = webhook
        self.ping(repository, webhook)
        return 201, words.webhook(self, repository, webhook)

    def update_webhook(self, call: Call):
        repository, webhook = self.webhook_of(call)
        body = self.body_of(call, {"config": dict, "events": list, "add_events": list, "remove_events": list, "active": bool})
        if "config" in body:  # takes the place of all of it: a secret that is not named is gone
            config = self.check_fields(call, body["config"], CONFIG, ())
            if not config.get("url"):
                raise wrong("Hook", "url", "url is missing")
            webhook.secret, webhook.content_type = "", "form"
            self.set_config(webhook, config)
        events = body.get("events", webhook.events)
        self.set_events(webhook, [event for event in [*events, *body.get("add_events", [])] if event not in body.get("remove_events", [])])
        webhook.active = body.get("active", webhook.active)
        return 200, words.webhook(self, repository, webhook)

    def update_webhook_config(self, call: Call):
        repository, webhook = self.webhook_of(call)
        self.set_config(webhook, self.body_of(call, CONFIG))
        return 200, words.webhook(self, repository, webhook)["config"]

    def delete_webhook(self, call: Call):
        repository, webhook = self.webhook_of(call)
        del repository.webhooks[webhook.id]
        return 204, None

    def ping_webhook(self, call: Call):
        self.ping(*self.webhook_of(call))
        return 204, None

    @staticmethod
    def set_config(webhook: Webhook, config: dict) -> None:
        webhook.url = config.get("url", webhook.url)
        webhook.secret = config.get("secret", webhook.secret) or ""
        webhook.content_type = config.get("content_type", webhook.content_type)
        if not webhook.url.startswith(("http://", "https://")):
            raise wrong("Hook", "url", "url must be a valid http or https URL")
        if webhook.content_type not in ("json", "form"):
            raise wrong("Hook", "content_type", "content_type is not included in the list")

    @staticmethod
    def set_events(webhook: Webhook, events: list) -> None:
        for event in events:
            if event not in EVENTS:
                raise wrong("Hook", "events", f"{event!r} is not a valid event")
        webhook.events = events or ["push"]

    def create_status(self, call: Call):
        repository = self.found(call, "statuses", "write")
        body = self.body_of(call, {"state": TEXT, "target_url": MAYBE, "description": MAYBE, "context": TEXT})
        sha = call.match[2]
        if body.get("state") not in self.words:
            raise wrong("Status", "state", "state is not included in the list")
        for name, most in (("context", 255), ("description", 140)):
            if len(body.get(name) or "") > most:
                raise wrong("Status", name, f"{name} is too long (maximum is {most} characters)")
        if body.get("target_url") and not body["target_url"].startswith(("http://", "https://")):
            raise wrong("Status", "target_url", "target_url must use http(s) scheme")
        if len(sha) != 40 or not has(repository.path, sha):
            raise refusal(422, f"No commit found for SHA: {sha}", f"{DOCS}/commits/statuses#create-a-commit-status")
        if len(repository.history_of(sha, body.get("context", "default"))) >= 1000:
            raise wrong("Status", None, "This SHA and context has reached the maximum number of statuses.")
        status = self.add_status(call, repository, sha, body)
        return 201, words.status(self, repository, status), {"Location": f"{self.api_url}/repos/{repository.full_name}/statuses/{sha}"}

    def list_statuses(self, call: Call):
        repository = self.found(call, "read", "read")
        sha = resolve(repository.path, call.match[2])
        if not sha:
            raise refusal(422, f"No commit found for SHA: {call.match[2]}", DOCS)
        found = [words.status(self, repository, status) for status in reversed(repository.statuses) if status.sha == sha]
        page, headers = self.page_of(call, found)
        return 200, page, headers

    # Webhooks

    def ping(self, repository: Repository, webhook: Webhook) -> None:
        body = {"zen": "Keep it logically awesome.", "hook_id": webhook.id, "hook": words.webhook(self, repository, webhook),
                "repository": words.repository(self, repository), "sender": words.user(self, repository.owner)}
        if webhook.active:
            self.send_to(webhook, repository, "ping", "ping", words.encoded(body))

    def tell_push(self, repository: Repository, by: User, ref: str, before: str, after: str) -> None:
        self.send(repository, "push", ref, words.encoded(words.push(self, repository, by, ref, before, after)))
        if ZERO in (before, after):
            event = "create" if before == ZERO else "delete"
            self.send(repository, event, ref, words.encoded(words.create_or_delete(self, repository, by, ref, event)))

    def tell_change(self, change: Change, what: str, by: User, old: dict) -> None:
        body = words.pull_request_event(self, change, ACTIONS[what], what, by, old)
        self.send(change.repository, "pull_request", change.ref, words.encoded(body))

    def headers_for(self, webhook: Webhook, repository: Repository, event: str, body: bytes) -> tuple[str, dict[str, str]]:
        delivery = str(uuid.uuid4())
        headers = {
            "Accept": "*/*", "User-Agent": "GitHub-Hookshot/044aadd", "X-GitHub-Delivery": delivery, "X-GitHub-Event": event,
            "X-GitHub-Hook-ID": str(webhook.id), "X-GitHub-Hook-Installation-Target-ID": str(repository.id),
            "X-GitHub-Hook-Installation-Target-Type": "repository", "X-GitHub-Enterprise-Host": self.url.split("/")[2], "X-GitHub-Enterprise-Version": "3.14.0",
            "Content-Type": "application/json" if webhook.content_type == "json" else "application/x-www-form-urlencoded",
        }  # fmt: skip
        if webhook.secret:
            headers["X-Hub-Signature"] = "sha1=" + hmac.new(webhook.secret.encode(), body, hashlib.sha1).hexdigest()
            headers["X-Hub-Signature-256"] = "sha256=" + hmac.new(webhook.secret.encode(), body, hashlib.sha256).hexdigest()
        return delivery, headers


CONFIG = {"url": TEXT, "content_type": TEXT, "secret": MAYBE, "insecure_ssl": (str, int)}


def refusal(status: int, message: str, docs: str, errors: list | None = None, headers: dict[str, str] | None = None) -> Refusal:
    body = {"message": message, **({"errors": errors} if errors else {}), "documentation_url": docs, "status": str(status)}
    return Refusal(status, body, headers)


def wrong(resource: str, name: str | None, message: str) -> Refusal:
    error = {"resource": resource, "code": "custom", **({"field": name} if name else {}), "message": message}
    return refusal(422, "Validation Failed", DOCS, [error])


def same(one: Webhook, other: Webhook) -> bool:
    return (one.url, one.content_type, sorted(one.events)) == (other.url, other.content_type, sorted(other.events))


def scopes_of(token: Token) -> list[str]:
    if token.rights >= {"read", "push", "webhooks", "statuses"}:
        return ["admin:repo_hook", "repo"]
    return [scope for right, scope in (("statuses", "repo:status"), ("webhooks", "admin:repo_hook"), ("read", "public_repo")) if right in token.rights]
