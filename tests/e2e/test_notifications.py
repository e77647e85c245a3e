"""Notifications: a receiver of webhooks and a mail server that hear of the ends of runs, through a server that is killed in between."""

import base64
import contextlib
import email
import email.header
import hashlib
import hmac
import http.server
import json
import socketserver
import threading
import time

import pytest
from support.connected import SETTINGS
from support.ports import free_port
from support.wait import wait_until

MAIL_PORT = free_port()
PASSWORD = "canary-9c1e7f52b0"
MAIL = {
    "OPEN_CICD_SMTP_URL": f"smtp://ci:{PASSWORD}@127.0.0.1:{MAIL_PORT}",
    "OPEN_CICD_SMTP_FROM": "The CI <ci@example.org>",
    "OPEN_CICD_NOTIFICATIONS_RETRY": "100ms",
}

pytestmark = [pytest.mark.one_database, pytest.mark.settings(**SETTINGS, **MAIL)]


class Receiver(http.server.ThreadingHTTPServer):
    """Keeps what it takes, checks each signature, and answers with `status`."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Receiver.Handler)
        self.secret, self.status, self.got, self.refused = "", 204, [], 0
        self.url = f"http://127.0.0.1:{self.server_address[1]}/hook"

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            key = base64.b64decode(self.server.secret.removeprefix("whsec_"))
            text = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + body
            wanted = "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
            assert abs(time.time() - int(self.headers["webhook-timestamp"])) < 300
            if not hmac.compare_digest(self.headers["webhook-signature"], wanted):
                self.send_response(401)
            else:
                self.send_response(self.server.status)
                if self.server.status < 300:
                    self.server.got.append((self.headers["webhook-id"], json.loads(body)))
                else:
                    self.server.refused += 1
            self.end_headers()

        def log_message(self, *_):
            pass


class MailServer(socketserver.ThreadingTCPServer):
    """As much of SMTP as it takes; one letter is (sender, recipients, message)."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", MAIL_PORT), MailServer.Session)
        self.letters, self.logins = [], []

    class Session(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(line.encode() + b"\r\n")

        def handle(self):
            self.say("220 mail.example.org ESMTP")
            sender, recipients = "", []
            while line := self.rfile.readline().decode().rstrip("\r\n"):
                word = line.split(" ")[0].upper()
                if word == "EHLO":
                    self.say("250-mail.example.org")
                    self.say("250 AUTH PLAIN")
                elif word == "AUTH":
                    given = line.split(" ")[2:] or [self.challenged()]
                    self.server.logins.append(base64.b64decode(given[0]).decode())
                    self.say("235 fine")
                elif word == "MAIL":
                    sender = line
                    self.say("250 fine")
                elif word == "RCPT":
                    recipients.append(line)
                    self.say("250 fine")
                elif word == "DATA":
                    self.say("354 go on")
                    lines = []
                    while (part := self.rfile.readline()) != b".\r\n":
                        lines.append(part.removeprefix(b"."))
                    self.server.letters.append((sender, recipients, b"".join(lines)))
                    self.say("250 taken")
                elif word == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("502 what?")

        def challenged(self) -> str:
            self.say("334 ")
            return self.rfile.readline().decode().strip()


@contextlib.contextmanager
def serving(server):
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def receiver():
    with serving(Receiver()) as running:
        yield running


@pytest.fixture
def mail():
    with serving(MailServer()) as running:
        yield running


def add(connected, **wanted) -> dict:
    return connected.server.admin.post(f"{connected.path}/notifications", wanted).expect(201).json


def add_webhook(connected, receiver, **wanted) -> dict:
    added = add(connected, kind="webhook", url=receiver.url, **wanted)
    receiver.secret = added["secret"]
    return added


def waiting(connected) -> int:
    listed = connected.server.admin.get(f"{connected.path}/notifications").expect(200).json["notifications"]
    return sum(one["waiting"] for one in listed)


def text_of(letter: bytes) -> tuple[email.message.Message, str]:
    message = email.message_from_bytes(letter)
    return message, message.get_payload(decode=True).decode()


def subject_of(message) -> str:
    return str(email.header.make_header(email.header.decode_header(message["subject"])))


def test_a_webhook_and_a_letter_tell_of_the_end(workplace, start_agent, receiver, mail):
    start_agent("a1", executors="sandbox")
    connected = workplace.connected("gitea")
    add_webhook(connected, receiver)
    add(connected, kind="email", addresses=["dev@example.org", "ops@example.org"])
    sha = connected.repository.push({"file": "second\n"}, by=connected.repository.owner, message="grüße\n\nx")
    run = connected.succeeded(sha, "push")
    wait_until("both to be sent", lambda: receiver.got and mail.letters and waiting(connected) == 0)
    [(_, body)] = receiver.got
    assert body["type"] == "run.ended"
    told = body["data"]["run"]
    assert (told["id"], told["sha"], told["branch"], told["state"], told["title"]) == (run["id"], sha, "main", "succeeded", "grüße")
    assert told["url"].endswith(f"/runs/{run['id']}") and "previous_state" not in told
    [(sender, recipients, letter)] = mail.letters
    assert "<ci@example.org>" in sender
    assert [line.split(":", 1)[1].split(" ")[0] for line in recipients] == ["<dev@example.org>", "<ops@example.org>"]
    message, text = text_of(letter)
    assert subject_of(message) == f"[{connected.repository.full_name}] succeeded: {told['name']} #{told['number']} on main"
    assert told["url"] in text and "grüße" in text
    assert mail.logins and mail.logins[0].split("\0")[1:] == ["ci", PASSWORD]


def test_a_letter_names_the_jobs_that_failed(workplace, start_agent, mail):
    start_agent("a1", executors="sandbox")
    connected = workplace.connected("gitea")
    add(connected, kind="email", addresses=["dev@example.org"], on="failure")
    jobs = 'defaults: {executor: sandbox}\njobs:\n  good: {steps: [{run: "true"}]}\n  broken: {steps: [{run: "false"}]}\n'
    sha = connected.repository.push({".open-cicd.yml": "on: push\n" + jobs}, by=connected.repository.owner, message="m")
    connected.wait_for_run(sha, "push", {"failed"})
    wait_until("the letter", lambda: mail.letters)
    _, text = text_of(mail.letters[0][2])
    assert "\n  broken\n" in text and "\n  good\n" not in text


def test_what_nobody_takes_outlives_a_killed_server(workplace, start_agent, receiver):
    start_agent("a1", executors="sandbox")
    connected = workplace.connected("gitea")
    add_webhook(connected, receiver)
    receiver.status = 500
    sha = connected.repository.push({"file": "second\n"}, by=connected.repository.owner, message="m")
    run = connected.succeeded(sha, "push")
    wait_until("a refusal", lambda: receiver.refused > 0)
    connected.server.kill()
    connected.server.start()
    receiver.status = 200
    wait_until("the message", lambda: receiver.got and waiting(connected) == 0)
    assert {body["data"]["run"]["id"] for _, body in receiver.got} == {run["id"]}
    assert len({name for name, _ in receiver.got}) == 1


def test_the_verbs_add_list_try_and_remove(server, receiver):
    added = server.cli("notify", "add", "--webhook", receiver.url, "--on", "failure", "--branch", "main", "--json")
    one = json.loads(added.stdout)
    receiver.secret = one["secret"]
    listed = server.cli("notify", "list")
    assert receiver.url.encode() in listed.stdout and one["secret"].encode() not in listed.stdout
    tried = server.cli("notify", "test", one["id"])
    assert (tried.returncode, tried.stdout) == (0, b"taken: 204\n"), tried
    assert receiver.got[0][1]["type"] == "test"
    receiver.status = 503
    tried = server.cli("notify", "test", one["id"])
    assert tried.returncode == 1 and tried.stdout.startswith(b"not taken: The receiver answers 503"), tried
    assert server.cli("notify", "remove", one["id"]).returncode == 0
    assert server.admin.get("/api/v1/notifications").expect(200).json["notifications"] == []
    server.admin.delete(f"/api/v1/notifications/{one['id']}").expect(404)


@pytest.mark.parametrize("wanted, field", [
    ({"kind": "webhook", "url": "ftp://a/b"}, "url"),
    ({"kind": "webhook", "url": "https://user:password@a/b"}, "url"),
    ({"kind": "webhook"}, "url"),
    ({"kind": "email"}, "addresses"),
    ({"kind": "email", "addresses": ["a@b>\r\nRCPT TO:<c@d"]}, "addresses[0]"),
    ({"kind": "email", "addresses": ["a@b, c@d"]}, "addresses[0]"),
    ({"kind": "pigeon"}, "kind"),
    ({"kind": "webhook", "url": "https://a", "branches": ["["]}, "branches[0]"),
    ({"kind": "webhook", "url": "https://a", "on": "never"}, "on"),
])
def test_what_is_wrong_is_named(server, wanted, field):
    errors = server.admin.post("/api/v1/notifications", wanted).expect(422).json["errors"]
    assert [error["field"] for error in errors] == [field]


def test_c7_the_secrets_of_notifications_are_in_no_file(server, receiver):
    added = server.admin.post("/api/v1/notifications", {"kind": "webhook", "url": receiver.url}).expect(201).json
    server.stop()
    for path in [*server.data.rglob("*"), *server.folder.glob("*.log")]:
        if path.is_file():
            for secret in (added["secret"], PASSWORD):
                assert secret.encode() not in path.read_bytes(), path
