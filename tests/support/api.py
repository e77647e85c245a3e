"""A small HTTP client for the tests: one connection per request, answers with all their parts."""

import http.client
import json
import urllib.parse
from dataclasses import dataclass, field


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)

    @property
    def json(self):
        return json.loads(self.body)

    def expect(self, *statuses: int) -> "Answer":
        assert self.status in statuses, f"{self.status}, not {statuses}: {self.body[:500]!r}"
        return self


class Api:
    """Requests with one token (or none)."""

    def __init__(self, url: str, token: str | None = None):
        self.url = url
        self.token = token
        self.address = urllib.parse.urlsplit(url)

    def request(self, method: str, path: str, body=None, headers: dict[str, str] | None = None, timeout: float = 40) -> Answer:
        """`body` is sent as JSON unless it is bytes."""
        headers = dict(headers or {})
        if self.token is not None:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection(self.address.hostname, self.address.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def get(self, path: str, **options) -> Answer:
        return self.request("GET", path, **options)

    def post(self, path: str, body=None, **options) -> Answer:
        return self.request("POST", path, body, **options)

    def put(self, path: str, body=None, **options) -> Answer:
        return self.request("PUT", path, body, **options)

    def delete(self, path: str, **options) -> Answer:
        return self.request("DELETE", path, **options)
