"""Stands before a server and adds to the answers of claims what only some jobs have. It also leads a path to a git server."""

import http.client
import http.server
import json
import threading
import urllib.parse


class ClaimGateway:
    """`more` is merged into each claim's answer; requests whose path begins with `via` go to `git` without it."""

    def __init__(self, server_url, more=None, git=None, via="/api/v1/via"):
        self.more, self.via = more or {}, via
        targets = {"server": urllib.parse.urlsplit(server_url).netloc, "git": git and urllib.parse.urlsplit(git.url).netloc}
        gateway = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) if "Transfer-Encoding" not in self.headers else self._chunks()
                to_git = targets["git"] and self.path.startswith(gateway.via)
                peer = http.client.HTTPConnection(targets["git" if to_git else "server"], timeout=120)
                headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "transfer-encoding", "content-length")}
                peer.request(self.command, self.path[len(gateway.via) :] if to_git else self.path, body, headers)
                answer = peer.getresponse()
                text = answer.read()
                if not to_git and self.command == "PUT":
                    text = gateway.with_more(text)
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)
                peer.close()

            do_POST = do_PUT = do_DELETE = do_GET

            def _chunks(self):
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._http.handle_error = lambda *_: None  # the agent ends its polls
        self.port = self._http.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def with_more(self, text):
        try:
            answer = json.loads(text)
        except ValueError:
            return text
        claims = [answer, (answer.get("next") or {}).get("claim")] if isinstance(answer, dict) else []
        for claim in claims:
            if claim and "lease_token" in claim:
                if "secrets" in self.more:
                    claim.pop("secrets_error", None)  # the server knows nothing of these
                claim.update(self.more)
        return json.dumps(answer).encode() if claims else text

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._http.shutdown()
        self._http.server_close()
