"""The web pages as the server gives them to a browser, and signing in: at its own address, below a path, and behind real proxies."""

import gzip
import re

import pytest
from support.api import Api
from support.process import run
from support.proxies import Caddy, Haproxy, Nginx

pytestmark = pytest.mark.one_database


def page(server, path: str, **headers: str):
    return Api(server.url).get(path, headers=headers)


def assets(html: str) -> list[str]:
    return re.findall(r'"((?:/[\w-]+)?/_app/immutable/[^"]+)"', html)


def test_each_page_of_the_application_is_its_index(server):
    index = page(server, "/").expect(200)
    assert index.headers["content-type"] == "text/html; charset=utf-8"
    assert b"<!doctype html>" in index.body.lower() and b"without its web pages" not in index.body, "dev/build release embeds the pages"
    for path in ("/runs/0192f0c1-0000-7000-8000-000000000001", "/jobs/1?attempt=2", "/sign-in", "/agents", "/no/such/page"):
        assert page(server, path).expect(200).body == index.body, path
    assert page(server, "/", **{"If-None-Match": index.headers["etag"]}).status == 304


def test_assets_are_kept_for_ever_and_a_missing_one_is_404(server):
    index = page(server, "/").body.decode()
    found = assets(index)
    assert found, index
    for path in found:
        asset = page(server, path).expect(200)
        assert asset.headers["cache-control"] == "public, max-age=31536000, immutable", path
        assert asset.headers["content-type"].split(";")[0] in ("text/javascript", "text/css"), path
        small = page(server, path, **{"Accept-Encoding": "gzip"}).expect(200)
        if "content-encoding" in small.headers:
            assert gzip.decompress(small.body) == asset.body, path
            assert page(server, path, **{"Accept-Encoding": "gzip, br"}).headers["content-encoding"] == "br", path
    missing = page(server, re.sub(r"[^/]+$", "gone.js", found[0])).expect(404)
    assert missing.headers["content-type"] == "application/problem+json"
    assert page(server, "/").headers["cache-control"] == "no-cache"


def test_e19_pages_run_nothing_but_their_own_files(server):
    for path in ("/", "/runs/1", assets(page(server, "/").body.decode())[0]):
        headers = page(server, path).expect(200).headers
        policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'self'" and policy["object-src"] == "'none'" and policy["base-uri"] == "'none'", policy
        assert policy["frame-ancestors"] == "'none'" and policy["require-trusted-types-for"] == "'script'", policy
        assert re.fullmatch(r"'self'( 'sha256-[\w+/]{43}=')*", policy["script-src"]), policy
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "same-origin", headers
    for origin in re.findall(r"https?://[^\"'\s<>]+", page(server, "/").body.decode()):
        pytest.fail(f"the pages name another host: {origin}")


def test_a_link_of_the_command_line_signs_in_once(server):
    printed = server.cli("sign-in")
    assert printed.returncode == 0, printed.stderr
    link = printed.stdout.decode().strip()
    assert link.startswith(f"{server.url}/sign-in#code=occ_"), link
    body = {"code": link.partition("#code=")[2]}
    signed_in = Api(server.url).post("/api/v1/session", body, headers={"Origin": server.url}).expect(204)
    cookie = signed_in.headers["set-cookie"].partition(";")[0]
    assert page(server, "/api/v1/session", Cookie=cookie).expect(200).json["kind"] == "admin"
    again = Api(server.url).post("/api/v1/session", body, headers={"Origin": server.url}).expect(401)
    assert "open-cicd sign-in" in again.json["detail"]
    assert not [line for line in server.program.text().splitlines() if "occ_" in line or "ocs_" in line], "no log has it"


def test_an_event_stream_by_cookie_goes_on_over_a_restart_of_the_server(server):
    body = {"token": server.token("admin")}
    cookie = Api(server.url).post("/api/v1/session", body).expect(204).headers["set-cookie"].partition(";")[0]
    server.stop()
    server.start()
    assert page(server, "/api/v1/session", Cookie=cookie).status == 200, "a session is in the database"
    stream = run("curl", "-sN", "-m", "2", "-b", cookie, f"{server.url}/api/v1/events?topics=runs")
    assert b"event: hello" in stream.stdout, stream


@pytest.mark.settings(OPEN_CICD_PUBLIC_URL="http://127.0.0.1:1/ci")
def test_below_a_path_all_stands_below_it(server):
    html = page(server, "/ci/runs/1").expect(200).body.decode()
    found = assets(html)
    assert found and all(path.startswith("/ci/_app/") for path in found), html
    for path in found:
        page(server, path).expect(200)
    assert "__open_cicd_base__" not in html
    signed_in = Api(server.url).post("/ci/api/v1/session", {"token": server.token("admin")}).expect(204)
    assert "; Path=/ci;" in signed_in.headers["set-cookie"]
    assert server.cli("sign-in").stdout.decode().startswith("http://127.0.0.1:1/ci/sign-in#code=occ_")


@pytest.mark.settings(OPEN_CICD_HTTP_TRUSTED_PROXIES="127.0.0.1")
@pytest.mark.parametrize("kind", [Nginx, Haproxy, Caddy])
def test_e12_behind_a_proxy_with_tls_the_cookie_is_secure(server, kind):
    proxy = kind(server).start()
    try:
        jar = server.folder / "cookies"
        curl = ["curl", "-sS", "--cacert", proxy.ca, "-H", "Sec-Fetch-Site: same-origin"]
        sent = run(*curl, "-i", "-c", jar, "--json", f'{{"token":"{server.token("admin")}"}}', f"{proxy.url}/api/v1/session")
        assert re.search(rb"(?i)^set-cookie: __Host-open_cicd_session=[^;]+; .*HttpOnly; SameSite=Lax; Secure\r$", sent.stdout, re.M), sent
        shown = run(*curl, "-b", jar, f"{proxy.url}/api/v1/session")
        assert b'"kind":"admin"' in shown.stdout, shown
        foreign = run(*curl, "-b", jar, "-H", "Origin: https://evil.example", f"{proxy.url}/api/v1/jobs")
        assert b"foreign_origin" in foreign.stdout, foreign
    finally:
        proxy.stop()

