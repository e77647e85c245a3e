"""Real proxies in front of a server, with the configuration that docs/guides/proxies.md shows."""

import pathlib
import re
import shutil

import pytest

from support.ports import free_port
from support.process import MARK, ROOT, Program, run
from support.server import Server
from support.tls import make_authority
from support.wait import wait_until

PAGE = ROOT / "docs" / "guides" / "proxies.md"


def snippet(name: str) -> str:
    found = re.findall(rf"```{name}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(found) == 1, f"{len(found)} blocks of {name} in {PAGE}"
    return found[0]


def replaced(text: str, *pairs: tuple[str, str]) -> str:
    """Each must be there: a page that changes shall not leave the test with something else than it shows."""
    for old, new in pairs:
        assert old in text, f"{old!r} is not in:\n{text}"
        text = text.replace(old, new)
    return text


class Proxy:
    """start(), stop() and start() again at the same port. `time_out` is how long it waits for the server, in seconds."""

    program_name = ""

    def __init__(self, server: Server, time_out: int = 60):
        if not shutil.which(self.program_name):
            pytest.skip(f"{self.program_name} is not installed: run dev/install test")
        self.folder = server.folder / self.program_name
        self.folder.mkdir()
        self.ca = make_authority(self.folder, "DNS:localhost,IP:127.0.0.1")
        self.port = free_port()
        self.url = f"https://localhost:{self.port}"
        self.config = self.folder / "config"
        self.config.write_text(self.configuration(server.url.removeprefix("http://"), time_out))
        self.program = Program(self.command(), self.folder / "proxy.log", {MARK: server.mark, "XDG_DATA_HOME": str(self.folder)})

    def configuration(self, server: str, time_out: int) -> str:
        raise NotImplementedError

    def command(self) -> list[str | pathlib.Path]:
        raise NotImplementedError

    def start(self) -> "Proxy":
        self.program.start()

        def answers() -> bool:
            assert self.program.running(), f"{self.program_name} ended:\n{self.program.text()}\n{self.config.read_text()}"
            return run("curl", "-sf", "--cacert", self.ca, f"{self.url}/healthz").returncode == 0

        wait_until(f"{self.program_name} to pass requests on", answers)
        return self

    def stop(self) -> None:
        """At once, whatever is under way: as a restart does, or a crash."""
        self.program.end()


class Nginx(Proxy):
    program_name = "nginx"
    page = "nginx"

    def site(self, server: str, time_out: int) -> str:
        return replaced(snippet("nginx"), ("127.0.0.1:8080", server), ("listen 443 ssl", f"listen 127.0.0.1:{self.port} ssl"),
                        ("/etc/ssl/ci.example.org.crt", str(self.folder / "server.crt")), ("/etc/ssl/ci.example.org.key", str(self.folder / "server.key")),
                        ("60s", f"{time_out}s"))

    def configuration(self, server: str, time_out: int) -> str:
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = "".join(f"{kind}_temp_path {self.folder}/{kind};\n" for kind in kinds)
        return (f"daemon off;\nuser root;\nworker_processes 1;\npid {self.folder}/pid;\nerror_log stderr;\nevents {{}}\n"
                f"http {{\naccess_log off;\n{temporary}{self.site(server, time_out)}}}\n")

    def command(self) -> list[str | pathlib.Path]:
        return ["nginx", "-e", "stderr", "-c", self.config]


class UnpreparedNginx(Nginx):
    """One that nobody made ready for us: HTTP/1.0 to the server, responses buffered, small requests only."""

    def site(self, server: str, time_out: int) -> str:
        return (f"server {{\nlisten 127.0.0.1:{self.port} ssl;\nssl_certificate {self.folder}/server.crt;\n"
                f"ssl_certificate_key {self.folder}/server.key;\nclient_max_body_size 64k;\n"
                f"location / {{\nproxy_pass http://{server};\nproxy_read_timeout {time_out}s;\n}}\n}}\n")


class Haproxy(Proxy):
    program_name = "haproxy"

    def configuration(self, server: str, time_out: int) -> str:
        return replaced(snippet("haproxy"), ("127.0.0.1:8080", server), ("bind :443", f"bind 127.0.0.1:{self.port}"),
                        ("/etc/ssl/ci.example.org.pem", str(self.folder / "server.pem")), ("60s", f"{time_out}s"))

    def command(self) -> list[str | pathlib.Path]:
        return ["haproxy", "-db", "-f", self.config]


class Caddy(Proxy):
    program_name = "caddy"

    def configuration(self, server: str, time_out: int) -> str:
        tls = f"{self.url} {{\n  tls {self.folder}/server.crt {self.folder}/server.key"
        wait = f"flush_interval -1\n    transport http {{\n      response_header_timeout {time_out}s\n    }}"
        site = replaced(snippet("caddy"), ("127.0.0.1:8080", server), ("ci.example.org {", tls), ("flush_interval -1", wait))
        return "{\n  admin off\n  auto_https disable_redirects\n}\n" + site

    def command(self) -> list[str | pathlib.Path]:
        return ["caddy", "run", "--adapter", "caddyfile", "--config", self.config]
