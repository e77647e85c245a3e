"""A real git server over HTTP: git http-backend behind a small server that can also redirect, refuse and stall."""

import base64
import http.server
import json
import os
import pathlib
import subprocess
import threading


class GitServer:
    """Serves the bare repositories below `root`. `rules` maps a first path segment to what happens there: a status, or
    a URL to redirect to, in which {rest} stands for what follows; `requests` has every request as (method, path, authorization)."""

    def __init__(self, root, host="127.0.0.1", login=None, port=0):
        self.root = pathlib.Path(root)
        self.login = login and "Basic " + base64.b64encode(login.encode()).decode()
        self.lfs, self.lfs_at = {}, None  # contents by their SHA-256, and the URL that is told for them, if not ours
        self.rules, self.requests, self.config = {}, [], {"safe.directory": "*"}
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            disable_nagle_algorithm = True  # an answer that is written in pieces would wait 40 ms for each

            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                server._answer(self, self._body())

            do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

            def _body(self):
                if self.headers.get("Transfer-Encoding") != "chunked":
                    return self.rfile.read(int(self.headers.get("Content-Length") or 0))
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

        self._handler, self.host, self.port, self._http = Handler, host, port, None
        self.listen()
        self.url = f"http://{host}:{self.port}"

    def listen(self):
        """Also again after close(), at the same port."""
        if self._http is None:
            self._http = http.server.ThreadingHTTPServer((self.host, self.port), self._handler)
            self._http.daemon_threads = True
            self.port = self._http.server_address[1]
            threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self):
        """Connections are refused from now on."""
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()
            self._http = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _answer(self, request, body):
        path, _, query = request.path.partition("?")
        self.requests.append((request.command, path, request.headers.get("Authorization")))
        first, _, rest = path[1:].partition("/")
        rule = self.rules.get(first)
        if isinstance(rule, int):
            return self._reply(request, rule)
        if rule is not None:
            return self._reply(request, 301, {"Location": rule.format(rest=f"{rest}?{query}")})
        if self.login and request.headers.get("Authorization") != self.login:
            return self._reply(request, 401, {"WWW-Authenticate": 'Basic realm="git"'})
        if path.endswith("/info/lfs/objects/batch"):
            return self._tell_of_objects(request, json.loads(body)["objects"])
        if "/lfs-objects/" in path:
            return self._reply(request, 200, {"Content-Type": "application/octet-stream"}, self.lfs[path.rpartition("/")[2]])
        self._run_git(request, path, query, body)

    def _tell_of_objects(self, request, objects):
        at = self.lfs_at or self.url
        told = [{**one, "actions": {"download": {"href": f"{at}/lfs-objects/{one['oid']}"}}} for one in objects]
        body = json.dumps({"transfer": "basic", "objects": told}).encode()
        self._reply(request, 200, {"Content-Type": "application/vnd.git-lfs+json"}, body)

    @staticmethod
    def _reply(request, status, headers=None, body=b""):
        request.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            request.send_header(name, value)
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(body)

    def _run_git(self, request, path, query, body, user=None, done=None):
        """`user` may push; done() is called when git has ended and before the client hears of it."""
        get = request.headers.get
        env = {
            "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(self.root), "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path,
            "QUERY_STRING": query, "REQUEST_METHOD": request.command, "CONTENT_TYPE": get("Content-Type", ""),
            "GIT_PROTOCOL": get("Git-Protocol", ""), "HTTP_CONTENT_ENCODING": get("Content-Encoding", ""),
            "HOME": "/nonexistent", "GIT_CONFIG_COUNT": str(len(self.config)), **({"REMOTE_USER": user} if user else {}),
        }  # fmt: skip
        for index, (key, value) in enumerate(self.config.items()):
            env |= {f"GIT_CONFIG_KEY_{index}": key, f"GIT_CONFIG_VALUE_{index}": value}
        # Nothing is read ahead of the header, as what follows is read from the descriptor itself.
        git = subprocess.Popen(["git", "http-backend"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env, bufsize=0)
        threading.Thread(target=lambda: (git.stdin.write(body), git.stdin.close()), daemon=True).start()
        status, headers = 200, {}
        while line := git.stdout.readline().strip().decode():
            name, _, value = line.partition(": ")
            if name == "Status":
                status = int(value.split()[0])
            else:
                headers[name] = value
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        chunked = request.request_version != "HTTP/1.0"  # a proxy's may be
        request.send_header(*(("Transfer-Encoding", "chunked") if chunked else ("Connection", "close")))
        request.end_headers()
        try:
            while data := os.read(git.stdout.fileno(), 65536):
                request.wfile.write(b"%x\r\n" % len(data) + data + b"\r\n" if chunked else data)
            git.wait()
            if done:
                done()
            request.wfile.write(b"0\r\n\r\n" if chunked else b"")
        except OSError:
            git.kill()
            git.wait()
            if done:
                done()


def git(*arguments, at=None, stdin=None):
    """One git command with an identity of its own; what it prints."""
    names = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "a"), ("EMAIL", "a@b"))}
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", **names}
    command = ["git", *(["-C", str(at)] if at else []), "-c", "safe.directory=*", "-c", "protocol.file.allow=always", *map(str, arguments)]
    return subprocess.run(command, env=env, input=stdin, capture_output=True, check=True).stdout.strip().decode()


def repository(path, commits=3):
    """A bare repository: `commits` on main, each with a tag v1, v2, …, and a branch feature."""
    git("init", "-q", "--bare", "-b", "main", path)
    parent = None
    for number in range(1, commits + 1):
        parent = commit(path, {"file": f"{number}\n"}, parent, f"commit {number}")
        git("tag", f"v{number}", parent, at=path)
    git("update-ref", "refs/heads/main", parent, at=path)
    git("update-ref", "refs/heads/feature", commit(path, {"file": "feature\n"}, parent, "feature"), at=path)
    return path


def commit(path, files, parent=None, message="message"):
    """A commit whose tree has these files; its id."""
    blobs = {name: git("hash-object", "-w", "--stdin", at=path, stdin=text.encode()) for name, text in files.items()}
    tree = git("mktree", at=path, stdin="".join(f"100644 blob {blob}\t{name}\n" for name, blob in blobs.items()).encode())
    return git("commit-tree", tree, *(["-p", parent] if parent else []), "-m", message, at=path)


def raw_object(path, kind, body):
    """An object exactly as given, however wrong; its id."""
    return git("hash-object", "-t", kind, "-w", "--stdin", "--literally", at=path, stdin=body)
