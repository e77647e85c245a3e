"""Who may call what: no token is 401 everywhere but health, a valid token of the wrong kind is 403, token files are the operator's alone."""

import json
import stat

import pytest
from support.api import Api
from support.process import MARK, PROGRAMS, run
from support.server import Server

# What they answer to everybody: editors ask for the schema, and a webhook is believed by its signature, so one of a repository that is not there is no more than that.
OPEN = {"/healthz": 200, "/readyz": 200, "/api/v1/schema/pipeline.json": 200, "/api/v1/repositories/{id}/badge.svg": 200,
        "/api/v1/webhooks/{forge}/{repository_id}": 404, "POST /api/v1/session": 415}
pytestmark = pytest.mark.one_database


def routes(server) -> list[tuple[str, str]]:
    document = server.admin.get("/api/v1/openapi.json").expect(200).json
    found = [(method.upper(), path) for path, item in document["paths"].items() for method in item if method != "parameters"]
    assert len(found) >= 12, found
    return found


def concrete(path: str) -> str:
    return path.replace("{id}", "0190163d-8694-739b-aea5-966c26f8ad90")


def test_no_token_is_401_on_every_route_but_the_open_ones(server):
    anonymous = Api(server.url)
    for method, path in routes(server):
        status = anonymous.request(method, concrete(path)).status
        assert status == OPEN.get(f"{method} {path}", OPEN.get(path, 401)), f"{method} {path}: {status}"
    assert anonymous.get("/metrics").status == 401


def test_a_wrong_token_is_401(server):
    for token in ("", "x", server.token("admin")[:-1], server.token("admin") + "x", "é"):
        answer = Api(server.url).get("/api/v1/jobs", headers={"Authorization": f"Bearer {token}".encode().decode("latin-1")})
        assert answer.status == 401, token
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json["request_id"]


def test_a_token_of_the_wrong_kind_is_403(server, agent):
    registration = Api(server.url, server.token("registration"))
    assert registration.get("/api/v1/jobs").status == 403
    assert registration.post("/api/v1/jobs", {"name": "x", "steps": [{"run": "true"}]}).status == 403
    assert registration.get("/metrics").status == 403
    assert server.admin.get(f"/api/v1/agents/{agent.listed()['id']}/jobs?wait=0").status == 403


def test_an_agent_cannot_speak_for_another(server, start_agent):
    start_agent("a1")
    body = {"name": "mine", "boot_id": "0190163d-8694-739b-aea5-966c26f8ad91", "labels": {}, "version": "0.1.0", "os": "linux", "arch": "x86_64",
            "executors": ["shell"]}
    registered = Api(server.url, server.token("registration")).post("/api/v1/agents/register", body).expect(201).json
    mine = Api(server.url, registered["agent_token"])
    other = next(a["id"] for a in server.agents() if a["name"] == "a1")
    assert mine.get(f"/api/v1/agents/{other}/jobs?wait=0").expect(403).json["code"] == "not_you"
    assert mine.delete(f"/api/v1/agents/{other}").status == 403
    assert mine.get("/metrics").status == 403
    assert mine.delete(f"/api/v1/agents/{registered['agent_id']}").status == 204
    assert mine.get(f"/api/v1/agents/{registered['agent_id']}/jobs?wait=0").status == 401


def test_token_files_are_private_and_written_once(server):
    for kind in ("admin", "registration"):
        path = server.data / f"{kind}.token"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.unlink()
    server.stop()
    server.program.start()
    server.program.wait_for_output(r"http://127\.0\.0\.1:\d+")
    assert not (server.data / "admin.token").exists(), "a database with tokens writes no new files"


def test_reset_replaces_the_admin_token(server):
    old = server.admin
    server.stop()
    program = PROGRAMS / "open-cicd"
    result = run(program, "token", "reset", "--admin", "--data", server.data)
    assert result.returncode == 0, result.stderr
    server.start()
    assert old.get("/api/v1/jobs").status == 401
    assert server.admin.get("/api/v1/jobs").status == 200


@pytest.mark.settings(OPEN_CICD_LOG_LEVEL="debug")
def test_c9_tokens_are_not_stored_or_logged(server, start_agent):
    agent = start_agent(env={"OPEN_CICD_AGENT_LOG_LEVEL": "debug"})
    server.wait_for_end(server.submit("env"))
    secrets = [server.token("admin").encode(), server.token("registration").encode()]
    for path in [*server.data.rglob("*"), *server.folder.glob("*.log"), *agent.folder.rglob("*")]:
        if path.is_file() and path.suffix != ".token":
            data = path.read_bytes()
            assert not any(secret in data for secret in secrets), path


def test_metrics_and_openapi_need_a_token_and_are_served(server):
    assert "open_cicd_" in server.admin.get("/metrics").expect(200).body.decode()
    document = json.loads(server.admin.get("/api/v1/openapi.json").expect(200).body)
    assert document["openapi"].startswith("3.")


# As docs/guides/install.md says it.
RESTRICTED = """
CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
"""


def test_m4_a_role_that_may_only_read_and_write_rows_is_enough(postgres, folder, mark, start_agent_on):
    url = postgres.new_database("restricted")
    database, role = url.rsplit("/", 1)[1], f"role_{mark.rsplit('-', 1)[1]}"
    restricted = url.replace("postgres@", f"{role}@")
    migrated = run(PROGRAMS / "open-cicd", "migrate", "--database", url, "--data", folder / "data", env={MARK: mark})
    assert migrated.returncode == 0, migrated.stderr
    postgres.psql(RESTRICTED.format(role=role), database)
    server = Server(folder, mark, restricted).start()
    try:
        agent = start_agent_on(server)
        job_id = server.submit("echo hello", concurrency={"group": "g"})
        assert server.wait_for_end(job_id)["state"] == "succeeded"
        assert server.log(job_id) == b"hello\n"
        assert server.cli("token", "reset", "--admin", "--database", restricted, "--data", str(server.data)).returncode == 0
        assert server.cli("agent", "drain", server.agents()[0]["id"]).returncode == 0
        assert agent.program.wait(30) == 0, "it drains and ends"
        server.stop()
        server.start()  # with nothing to migrate
        assert server.job(job_id)["state"] == "succeeded"
        for forbidden in ("CREATE TABLE t (x int)", "DROP TABLE jobs", "ALTER TABLE jobs ADD x int", "TRUNCATE jobs", "CREATE ROLE other"):
            refused = postgres.psql(f"SET ROLE {role}; {forbidden}", database, check=False)
            assert "permission denied" in refused.stderr or "must be owner" in refused.stderr, forbidden + refused.stderr
    finally:
        server.program.stop()
        postgres.drop_database(url)
        postgres.psql(f"DROP ROLE {role}")


def test_m4_a_role_without_rights_on_an_empty_database_is_told_what_to_do(postgres, folder, mark):
    url = postgres.new_database("unmigrated")
    role = f"role_{mark.rsplit('-', 1)[1]}"
    postgres.psql(f"CREATE ROLE {role} LOGIN")
    restricted = url.replace("postgres@", f"{role}@")
    try:
        for verb in ("server", "migrate"):
            listen = ["--listen", "127.0.0.1:0"] if verb == "server" else []
            refused = run(PROGRAMS / "open-cicd", verb, *listen, "--database", restricted, "--data", folder / "data", env={MARK: mark})
            assert refused.returncode == 1, refused
            assert b"permission denied" in refused.stderr and b"open-cicd migrate" in refused.stderr, refused.stderr
    finally:
        postgres.drop_database(url)
        postgres.psql(f"DROP ROLE {role}")
