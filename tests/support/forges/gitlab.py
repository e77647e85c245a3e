"""GitLab: its API is below <url>/api/v4; names of projects may have groups in groups.

From docs.gitlab.com (API: projects, project webhooks, commits; webhook events) and GitLab's sources: lib/api/project_hooks.rb,
lib/api/commit_statuses.rb, app/services/ci/create_commit_status_service.rb, app/services/web_hook_service.rb. Its tests compare the webhooks with
recorded ones."""

import base64
import hashlib
import hmac
import secrets
import time
import urllib.parse
import uuid

from support.forges import gitlab_words as words
from support.forges.courier import Delivery, Webhook
from support.forges.forge import Call, Forge, Refusal, password_of
from support.forges.history import branches_with, has
from support.forges.people import Change, Repository, Token, User

TEXT, MAYBE = str, (str, type(None))
EVENTS = ["push_events", "tag_push_events", "merge_requests_events", "issues_events", "confidential_issues_events", "note_events",
          "confidential_note_events", "job_events", "pipeline_events", "wiki_page_events", "deployment_events", "releases_events"]
HOOK = {"url": TEXT, "token": MAYBE, "signing_token": TEXT, "name": TEXT, "description": TEXT, "enable_ssl_verification": bool, "push_events_branch_filter": MAYBE,
        "branch_filter_strategy": TEXT, **dict.fromkeys(EVENTS, bool)}
STATUS = {"state": TEXT, "ref": TEXT, "name": TEXT, "context": TEXT, "target_url": MAYBE, "description": MAYBE, "coverage": (float, int),
          "pipeline_id": int}
HEADERS = {"push": "Push Hook", "tag_push": "Tag Push Hook", "merge_request": "Merge Request Hook"}
WANTED_BY = {"push": "push_events", "tag_push": "tag_push_events", "merge_request": "merge_requests_events"}
PROJECT = r"/projects/([^/]+)"

# Which event of a status' state machine takes it where, and from where that works. It is "created" before anything was said of it.
MOVES = {"pending": ("enqueue", {"created"}), "running": ("run", {"created", "pending"}), "success": ("success", {"created", "pending", "running"}),
         "failed": ("drop", {"created", "pending", "running"}), "canceled": ("cancel", {"created", "pending", "running"}),
         "skipped": ("skip", {"created", "pending"})}


class GitLab(Forge):
    """A webhook with a signing token ("whsec_…") is signed as Standard Webhooks say, and its token is not sent."""

    kind = "gitlab"
    api_base = "/api/v4"
    change_refs = "refs/merge-requests"
    git_user = "oauth2"
    words = {"pending": {"pending", "running"}, "success": {"success"}, "failure": {"failed"}, "error": {"failed", "canceled"}}
    routes = [
        ("GET", r"/user", "get_user"),
        ("GET", PROJECT, "get_project"),
        ("GET", PROJECT + r"/hooks", "list_webhooks"),
        ("POST", PROJECT + r"/hooks", "create_webhook"),
        ("GET", PROJECT + r"/hooks/(\d+)", "get_webhook"),
        ("PUT", PROJECT + r"/hooks/(\d+)", "update_webhook"),
        ("DELETE", PROJECT + r"/hooks/(\d+)", "delete_webhook"),
        ("POST", PROJECT + r"/statuses/([^/]+)", "create_status"),
        ("GET", PROJECT + r"/repository/commits/([^/]+)/statuses", "list_statuses"),
    ]

    def disable(self, webhook: Webhook) -> None:
        """GitLab has no such switch for people: they take the events away."""
        webhook.events = []

    def too_many(self, retry_after: int, what: str = "api", *, times: int = 1_000_000):
        headers = {"Retry-After": str(retry_after), "RateLimit-Limit": "60", "RateLimit-Observed": "61", "RateLimit-Remaining": "0",
                   "RateLimit-Reset": str(int(time.time()) + retry_after), "RateLimit-Name": "throttle_authenticated_api"}
        return self.fail(429, what, times=times, headers={**headers, "Content-Type": "text/plain"}, body=b"Retry later\n")

    # Who asks

    def new_token_value(self, kind: str) -> str:
        return "glpat-" + secrets.token_urlsafe(15)

    def authenticate(self, call: Call) -> Token | None:
        given = call.seen.header("PRIVATE-TOKEN") or password_of(call.seen.header("Authorization") or "")
        if not given:
            return None
        token = self.tokens.get(given)
        if not token:
            raise Refusal(401, {"message": "401 Unauthorized"})
        if token.state != "active":
            text = {"expired": "Token is expired. You can either do re-authorization or token refresh.",
                    "revoked": "Token was revoked. You have to re-authorize from the user."}[token.state]
            raise Refusal(401, {"error": "invalid_token", "error_description": text},
                          {"WWW-Authenticate": f'Bearer realm="Protected by OAuth 2.0", error="invalid_token", error_description="{text}"'})
        return token

    def headers_of(self, call: Call) -> dict[str, str]:
        return {"X-Gitlab-Meta": '{"correlation_id":"01JDSTANDIN","version":"1"}', "X-Request-Id": "01JDSTANDIN", "Vary": "Origin",
                "Cache-Control": "max-age=0, private, must-revalidate"}

    def found(self, call: Call, right: str, role: str) -> Repository:
        """The project of a call. A token without a right has a scope such as read_api, and so none of the others; a user without a role is only
        forbidden it."""
        name = urllib.parse.unquote(call.match[1])
        repository = self.repositories.get(int(name)) if name.isdigit() else self.named(name)
        if call.token is None and right != "read":
            raise Refusal(401, {"message": "401 Unauthorized"})
        if call.token and right not in call.token.rights:
            raise Refusal(403, {"error": "insufficient_scope", "error_description": "The request requires higher privileges than provided by the access token.",
                                "scope": "api read_api" if right == "read" else "api"})
        if not repository or not repository.may(call.user, "read"):
            raise Refusal(404, {"message": "404 Project Not Found"})
        if not repository.may(call.user, role):
            raise Refusal(403, {"message": "403 Forbidden"})
        return repository

    # Wrong requests

    def no_such_thing(self, call: Call) -> Refusal:
        return Refusal(404, {"error": "404 Not Found"})

    def not_json(self, kind: str) -> Refusal:
        return Refusal(415, {"error": f"The provided content-type '{kind}' is not supported."})

    def malformed(self) -> Refusal:
        return Refusal(400, {"error": "Problem processing JSON payload"})

    def missing(self, call: Call, name: str) -> Refusal:
        more = ", state does not have a valid value" if name == "state" else ""
        return Refusal(400, {"error": f"{name} is missing{more}"})

    def unknown(self, call: Call, name: str) -> Refusal:
        return Refusal(400, {"error": f"{name} is unknown"})

    def mistyped(self, call: Call, name: str, value, types: tuple) -> Refusal:
        return Refusal(400, {"error": f"{name} is invalid"})

    # Answers

    def get_user(self, call: Call):
        if call.user is None:
            raise Refusal(401, {"message": "401 Unauthorized"})
        return 200, {**words.user(self, call.user), "state": "active", "web_url": f"{self.url}/{call.user.login}"}

    def get_project(self, call: Call):
        repository = self.found(call, "read", "read")
        level = {"admin": 40, "write": 30, "read": 20}.get(repository.members.get(call.user))
        access = {"project_access": {"access_level": level, "notification_level": 3} if level else None, "group_access": None}
        return 200, {**words.project_of_api(self, repository), **({"permissions": access} if call.user else {})}

    def list_webhooks(self, call: Call):
        repository = self.found(call, "webhooks", "admin")
        hooks = [words.webhook(repository, one, EVENTS) for one in repository.webhooks.values()]
        page, headers = self.page_of(call, hooks, size=20)
        return 200, page, {**headers, "X-Total": str(len(hooks)), "X-Page": call.query.get("page", "1"), "X-Per-Page": call.query.get("per_page", "20")}

    def webhook_of(self, call: Call) -> tuple[Repository, Webhook]:
        repository = self.found(call, "webhooks", "admin")
        if int(call.match[2]) not in repository.webhooks:
            raise Refusal(404, {"message": "404 Not found"})
        return repository, repository.webhooks[int(call.match[2])]

    def get_webhook(self, call: Call):
        repository, webhook = self.webhook_of(call)
        return 200, words.webhook(repository, webhook, EVENTS)

    def create_webhook(self, call: Call):
        repository = self.found(call, "webhooks", "admin")
        body = self.body_of(call, HOOK, ("url",))
        webhook = Webhook(self.next_id(), "", "", ["push_events"])  # of which one has to say that one does not want it
        self.set(webhook, body)
        repository.webhooks[webhook.id] = webhook
        return 201, words.webhook(repository, webhook, EVENTS)

    def update_webhook(self, call: Call):
        repository, webhook = self.webhook_of(call)
        self.set(webhook, self.body_of(call, HOOK))
        return 200, words.webhook(repository, webhook, EVENTS)

    @staticmethod
    def set(webhook: Webhook, body: dict) -> None:
        webhook.url = body.get("url", webhook.url)
        if not webhook.url.startswith(("http://", "https://")):
            raise Refusal(422, {"error": "Invalid url given"})
        webhook.secret = body.get("token", webhook.secret) or ""
        on = [event for event in EVENTS if body.get(event, event in webhook.events)]
        webhook.events = on
        webhook.config |= {name: body[name] for name in ("enable_ssl_verification", "name", "description", "signing_token",
                                                         "push_events_branch_filter") if name in body}

    def delete_webhook(self, call: Call):
        repository, webhook = self.webhook_of(call)
        del repository.webhooks[webhook.id]
        return 204, None

    def create_status(self, call: Call):
        repository = self.found(call, "statuses", "write")
        body = self.body_of(call, STATUS, ("state",))
        sha, state, name = call.match[2], body["state"], body.get("name") or body.get("context") or "default"
        if state not in MOVES:
            raise Refusal(400, {"error": "state does not have a valid value"})
        if not has(repository.path, sha):
            raise Refusal(404, {"message": "404 Commit Not Found"})
        # Of a commit that no branch has, such as a fork's, one has to say the ref.
        known = [status.ref for status in repository.statuses if status.sha == sha]
        ref = body.get("ref") or (known[-1] if known else None) or next(iter(branches_with(repository.path, sha)), None)
        if not ref:
            raise Refusal(404, {"message": "404 References for commit Not Found"})
        wrong = {field: [f"is too long (maximum is {most} characters)"] for field, value, most in
                 (("name", name, 255), ("description", body.get("description"), 255), ("target_url", body.get("target_url"), 255))
                 if len(value or "") > most}
        if body.get("target_url") and not body["target_url"].startswith(("http://", "https://")):
            wrong["target_url"] = ["is blocked: Only allowed schemes are http, https"]
        if wrong:
            raise Refusal(400, {"message": wrong})
        # What has ended stays as it is, and a new one begins.
        last = next((one for one in reversed(repository.statuses) if (one.sha, one.context, one.ref, one.user) == (sha, name, ref, call.user)), None)
        old = last.state if last and last.state in ("pending", "running") else "created"
        event, allowed = MOVES[state]
        if old not in allowed:
            raise Refusal(400, {"message": f'Cannot transition status via :{event} from :{old} (Reason(s): Status cannot transition via "{event}")'})
        status = self.add_status(call, repository, sha, {**body, "context": name}, ref)
        return 201, words.status(self, status)

    def list_statuses(self, call: Call):
        repository = self.found(call, "read", "read")
        sha = call.match[2]
        if not has(repository.path, sha):
            raise Refusal(404, {"message": "404 Commit Not Found"})
        found = repository.statuses if call.query.get("all") == "true" else repository.statuses_of(sha).values()
        page, headers = self.page_of(call, [words.status(self, one) for one in found if one.sha == sha], size=20)
        return 200, page, headers

    # Webhooks

    def tell_push(self, repository: Repository, by: User, ref: str, before: str, after: str) -> None:
        event = "tag_push" if ref.startswith("refs/tags/") else "push"
        body = words.encoded(words.push(self, repository, by, event, ref, before, after))
        self.send(repository, event, ref, body, lambda webhook: WANTED_BY[event] in webhook.events)

    def tell_change(self, change: Change, what: str, by: User, old: dict) -> None:
        body = words.encoded(words.merge_request_event(self, change, what, by, old))
        self.send(change.repository, "merge_request", change.ref, body, lambda webhook: WANTED_BY["merge_request"] in webhook.events)

    def headers_for(self, webhook: Webhook, repository: Repository, event: str, body: bytes) -> tuple[str, dict[str, str]]:
        delivery = str(uuid.uuid4())
        headers = {"Content-Type": "application/json", "User-Agent": "GitLab/18.6.0-ee", "Idempotency-Key": delivery, "X-Gitlab-Event": HEADERS[event],
                   "X-Gitlab-Webhook-UUID": str(uuid.uuid5(uuid.NAMESPACE_URL, webhook.url)), "X-Gitlab-Instance": self.url,
                   "X-Gitlab-Event-UUID": str(uuid.uuid4())}
        if key := webhook.config.get("signing_token"):
            now = str(int(time.time()))
            secret = base64.b64decode(key.removeprefix("whsec_"))
            mac = hmac.new(secret, f"{delivery}.{now}.".encode() + body, hashlib.sha256).digest()
            headers |= {"webhook-id": delivery, "webhook-timestamp": now, "webhook-signature": "v1," + base64.b64encode(mac).decode()}
        elif webhook.secret:
            headers["X-Gitlab-Token"] = webhook.secret
        return delivery, headers

    def redeliver(self, delivery: Delivery) -> Delivery:
        """"Resend request" keeps the key of idempotency and makes a new event."""
        return self.courier.again(delivery, headers={**delivery.headers, "X-Gitlab-Event-UUID": str(uuid.uuid4())})
