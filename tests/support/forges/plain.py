"""A git remote without a forge: repositories and, where somebody installed one, a hook that tells of pushes as Standard Webhooks say."""

import base64
import hashlib
import hmac
import json
import time
import uuid

from support.forges.courier import Webhook
from support.forges.forge import Call, Forge, Refusal, password_of
from support.forges.history import resolve
from support.forges.people import Change, Repository, User


class PlainGit(Forge):
    kind = "git"
    api_base = "/no/api"

    def install_hook(self, repository: Repository, url: str, secret: str) -> None:
        """As its post-receive: every push is told at `url`."""
        repository.webhooks[1] = Webhook(1, url, secret, ["push"])

    def new_token_value(self, kind: str) -> str:
        return uuid.uuid4().hex

    def authenticate(self, call: Call):
        return self.token_named(password_of(call.seen.header("Authorization") or ""))

    def no_such_thing(self, call: Call) -> Refusal:
        return Refusal(404, "")

    def tell_push(self, repository: Repository, by: User, ref: str, before: str, after: str) -> None:
        body = {"ref": ref, "before": before, "after": after, "commit": resolve(repository.path, after) or after, "pusher": by.login}
        self.send(repository, "push", ref, json.dumps(body).encode())

    def tell_change(self, change: Change, what: str, by: User, old: dict) -> None:
        """There are none."""

    def headers_for(self, webhook: Webhook, repository: Repository, event: str, body: bytes) -> tuple[str, dict[str, str]]:
        delivery, now = uuid.uuid4().hex, str(int(time.time()))
        key = base64.b64decode(webhook.secret[6:]) if webhook.secret.startswith("whsec_") else webhook.secret.encode()
        mac = hmac.new(key, f"{delivery}.{now}.".encode() + body, hashlib.sha256).digest()
        return delivery, {"Content-Type": "application/json", "Webhook-Id": delivery, "Webhook-Timestamp": now,
                          "Webhook-Signature": "v1," + base64.b64encode(mac).decode()}
