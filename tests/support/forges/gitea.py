"""Gitea: its API is below <url>/api/v1.

From docs.gitea.com and Gitea's sources: routers/api/v1/utils/hook.go, routers/api/v1/repo/status.go, services/webhook/deliver.go. Its tests compare
the webhooks with recorded ones."""

import hashlib
import hmac
import secrets
import uuid

from support.forges import gitea_words as words
from support.forges.courier import Delivery, Webhook
from support.forges.forge import Call, Forge, Refusal, password_of
from support.forges.history import ZERO, has
from support.forges.people import Change, Repository, Token, User

TEXT = str
# What can be asked for, and what it means: a pull request's name alone is everything that happens beside one.
PULLS = ["pull_request", "pull_request_assign", "pull_request_label", "pull_request_milestone", "pull_request_comment", "pull_request_review",
         "pull_request_sync", "pull_request_review_request"]
EVENTS = {**{event: [event] for event in ["create", "delete", "fork", "push", "issues", "issue_comment", "repository", "release", "wiki", "package", *PULLS]},
          "pull_request": PULLS, "pull_request_only": ["pull_request"]}
CONFIG = {"url": TEXT, "content_type": TEXT, "secret": TEXT}
STATES = {"pending", "success", "error", "failure", "warning"}
# In Gitea's words, and the kind of event that it has been since 1.22.
ACTIONS = {"opened": ("opened", ""), "updated": ("synchronized", "_sync"), "reopened": ("reopened", ""), "closed": ("closed", ""),
           "merged": ("closed", ""), "retargeted": ("edited", ""), "renamed": ("edited", ""), "ready": ("edited", ""), "draft": ("edited", ""),
           "labeled": ("label_updated", "_label"), "unlabeled": ("label_updated", "_label")}


class Gitea(Forge):
    kind = "gitea"
    api_base = "/api/v1"
    words = {state: {state} for state in ("pending", "success", "failure", "error")}
    routes = [
        ("GET", r"/user", "get_user"),
        ("GET", r"/repos/([^/]+/[^/]+)", "get_repository"),
        ("GET", r"/repositories/(\d+)", "get_repository"),
        ("GET", r"/repos/([^/]+/[^/]+)/hooks", "list_webhooks"),
        ("POST", r"/repos/([^/]+/[^/]+)/hooks", "create_webhook"),
        ("GET", r"/repos/([^/]+/[^/]+)/hooks/(\d+)", "get_webhook"),
        ("PATCH", r"/repos/([^/]+/[^/]+)/hooks/(\d+)", "update_webhook"),
        ("DELETE", r"/repos/([^/]+/[^/]+)/hooks/(\d+)", "delete_webhook"),
        ("POST", r"/repos/([^/]+/[^/]+)/statuses/([^/]+)", "create_status"),
        ("GET", r"/repos/([^/]+/[^/]+)/statuses/([^/]+)", "list_statuses"),
        ("GET", r"/repos/([^/]+/[^/]+)/commits/([^/]+)/statuses", "list_statuses"),
    ]

    # Who asks

    def new_token_value(self, kind: str) -> str:
        return secrets.token_hex(20)

    def authenticate(self, call: Call) -> Token | None:
        given = call.seen.header("Authorization")
        token = self.token_named(password_of(given)) if given else None
        if given and not token:
            raise self.refusal(401, "invalid username, password or token")
        return token

    def headers_of(self, call: Call) -> dict[str, str]:
        return {"Cache-Control": "max-age=0, private, must-revalidate, no-transform", "X-Frame-Options": "SAMEORIGIN"}

    def refusal(self, status: int, message: str, **more) -> Refusal:
        return Refusal(status, {"message": message, "url": f"{self.url}/api/swagger", **more})

    def found(self, call: Call, right: str, role: str) -> Repository:
        """The repository of a call. Webhooks and statuses want the same scope of a token."""
        name = call.match[1]
        repository = self.repositories.get(int(name)) if name.isdigit() else self.named(name)
        if call.token is None and right != "read":
            raise self.refusal(401, "token is required")
        if call.token and right not in call.token.rights:
            scope = "read:repository" if right == "read" else "write:repository"
            raise self.refusal(403, f"token does not have at least one of required scope(s): [{scope}]")
        if not repository or not repository.may(call.user, "read"):
            raise self.no_such_thing(call)
        if not repository.may(call.user, role):
            raise self.refusal(403, "user should be an owner or a collaborator with admin write of a repository" if role == "admin" else
                               "user should have a permission to write to a repo")
        return repository

    # Wrong requests

    def no_such_thing(self, call: Call) -> Refusal:
        return self.refusal(404, "The target couldn't be found.", errors=[])

    def not_json(self, kind: str) -> Refusal:
        return self.refusal(422, "[]: Unsupported Content-Type" if kind else "[]: Empty Content-Type")

    def malformed(self) -> Refusal:
        return self.refusal(422, "[]: invalid character at the beginning of value")

    def missing(self, call: Call, name: str) -> Refusal:
        return self.refusal(422, f"[{name.capitalize()}]: Required")

    def unknown(self, call: Call, name: str) -> Refusal:
        return self.refusal(422, f'[]: json: unknown field "{name}"')

    def mistyped(self, call: Call, name: str, value, types: tuple) -> Refusal:
        given = {bool: "bool", int: "number", float: "number", str: "string", list: "array", dict: "object"}.get(type(value), "null")
        wanted = {str: "string", bool: "bool", list: "[]string", dict: "map[string]string"}[types[0]]
        return self.refusal(422, f"[]: json: cannot unmarshal {given} into Go struct field .{name} of type {wanted}")

    # Answers

    def get_user(self, call: Call):
        if call.user is None:
            raise self.refusal(401, "token is required")
        return 200, words.user(self, call.user)

    def get_repository(self, call: Call):
        repository = self.found(call, "read", "read")
        return 200, words.repository(self, repository, repository.role(call.user))

    def list_webhooks(self, call: Call):
        repository = self.found(call, "webhooks", "admin")
        hooks = [words.webhook(one) for one in repository.webhooks.values()]
        page, headers = self.page_of(call, hooks, "limit")
        return 200, page, {**headers, "X-Total-Count": str(len(hooks))}

    def webhook_of(self, call: Call) -> tuple[Repository, Webhook]:
        repository = self.found(call, "webhooks", "admin")
        if int(call.match[2]) not in repository.webhooks:
            raise self.no_such_thing(call)
        return repository, repository.webhooks[int(call.match[2])]

    def get_webhook(self, call: Call):
        return 200, words.webhook(self.webhook_of(call)[1])

    def create_webhook(self, call: Call):
        repository = self.found(call, "webhooks", "admin")
        known = {"type": TEXT, "config": dict, "events": list, "active": bool, "branch_filter": TEXT, "authorization_header": TEXT}
        body = self.body_of(call, known, ("type", "config"))
        config = self.check_fields(call, body["config"], CONFIG, ())
        if body["type"] not in ("gitea", "gogs"):
            raise self.refusal(422, f"Invalid hook type: {body['type']}")
        for name in ("url", "content_type"):
            if name not in config:
                raise self.refusal(422, f"Missing config option: {name}")
        webhook = Webhook(self.next_id(), "", "", [], active=body.get("active", False))  # not active unless one says so
        self.set(webhook, config, body.get("events", []))
        webhook.config = {"type": body["type"], "branch_filter": body.get("branch_filter", "")}
        repository.webhooks[webhook.id] = webhook
        return 201, words.webhook(webhook)

    def update_webhook(self, call: Call):
        """Events that are not named are those of pushes: one has to say them all."""
        webhook = self.webhook_of(call)[1]
        body = self.body_of(call, {"config": dict, "events": list, "active": bool, "branch_filter": TEXT, "authorization_header": TEXT})
        self.set(webhook, self.check_fields(call, body.get("config", {}), CONFIG, ()), body.get("events", []))
        webhook.active = body.get("active", webhook.active)
        webhook.config["branch_filter"] = body.get("branch_filter", "")
        return 200, words.webhook(webhook)

    def set(self, webhook: Webhook, config: dict, events: list) -> None:
        if config.get("content_type", "json") not in ("json", "form"):
            raise self.refusal(422, "Invalid content type")
        webhook.url, webhook.secret = config.get("url", webhook.url), config.get("secret", webhook.secret)
        webhook.content_type = config.get("content_type", webhook.content_type)
        if not webhook.url.startswith(("http://", "https://")):
            raise self.refusal(422, "Invalid url")
        for event in events:  # the real one leaves out what it does not know
            if event not in EVENTS:
                raise self.refusal(422, f"unknown event {event!r}")
        webhook.events = sorted({meant for event in events or ["push"] for meant in EVENTS[event]})

    def delete_webhook(self, call: Call):
        repository, webhook = self.webhook_of(call)
        del repository.webhooks[webhook.id]
        return 204, None

    def create_status(self, call: Call):
        """The real one has no limits of lengths, and says 500 of a commit that it does not have."""
        repository = self.found(call, "statuses", "write")
        body = self.body_of(call, {"state": TEXT, "target_url": TEXT, "description": TEXT, "context": TEXT})
        sha = call.match[2]
        if body.get("state") not in STATES:
            raise self.refusal(422, f"[State]: In: [{' '.join(sorted(STATES))}]")
        if not has(repository.path, sha):
            raise self.refusal(500, f"GetCommit[{sha}]: object does not exist [id: {sha}, rel_path: ]")
        status = self.add_status(call, repository, sha, body)
        return 201, words.status(self, repository, status)

    def list_statuses(self, call: Call):
        repository = self.found(call, "read", "read")
        found = [words.status(self, repository, one) for one in reversed(repository.statuses) if one.sha == call.match[2]]
        page, headers = self.page_of(call, found, "limit")
        return 200, page, {**headers, "X-Total-Count": str(len(found))}

    # Webhooks

    def tell_push(self, repository: Repository, by: User, ref: str, before: str, after: str) -> None:
        """A new ref comes twice, one that is gone as its deletion alone when it was a branch."""
        if after != ZERO or ref.startswith("refs/tags/"):
            self.send(repository, "push", ref, words.encoded(words.push(self, repository, by, ref, before, after)))
        if ZERO in (before, after):
            event = "create" if before == ZERO else "delete"
            self.send(repository, event, ref, words.encoded(words.create_or_delete(self, repository, by, ref, event, after)))

    def tell_change(self, change: Change, what: str, by: User, old: dict) -> None:
        action, kind = ACTIONS[what]
        if what == "unlabeled" and not change.labels:
            action = "label_cleared"
        body = words.encoded(words.pull_request_event(self, change, action, what, by, old))
        self.send(change.repository, f"pull_request{kind}", change.ref, body)

    def headers_for(self, webhook: Webhook, repository: Repository, event: str, body: bytes) -> tuple[str, dict[str, str]]:
        delivery = str(uuid.uuid4())
        name = "pull_request" if event.startswith("pull_request") else event
        key = webhook.secret.encode()
        sha256 = hmac.new(key, body, hashlib.sha256).hexdigest() if key else ""
        sha1 = hmac.new(key, body, hashlib.sha1).hexdigest() if key else ""
        return delivery, {
            "User-Agent": "Go-http-client/1.1", "Content-Type": "application/json" if webhook.content_type == "json" else "application/x-www-form-urlencoded",
            "X-GitHub-Delivery": delivery, "X-GitHub-Event": name, "X-GitHub-Event-Type": event,
            "X-Gitea-Delivery": delivery, "X-Gitea-Event": name, "X-Gitea-Event-Type": event, "X-Gitea-Signature": sha256,
            "X-Gogs-Delivery": delivery, "X-Gogs-Event": name, "X-Gogs-Event-Type": event, "X-Gogs-Signature": sha256,
            "X-Hub-Signature": f"sha1={sha1}", "X-Hub-Signature-256": f"sha256={sha256}", "Accept-Encoding": "gzip",
        }  # fmt: skip

    def redeliver(self, delivery: Delivery) -> Delivery:
        """The button makes another delivery, with an id of its own."""
        new = str(uuid.uuid4())
        headers = {name: new if name.endswith("-Delivery") else value for name, value in delivery.headers.items()}
        return self.courier.again(delivery, id=new, headers=headers)
