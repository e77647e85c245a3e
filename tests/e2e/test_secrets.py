"""Secrets as an operator has them: the key beside the database, or in the environment, and a new key in its place."""

import secrets as random
import stat

import pytest

from support.process import PROGRAMS, run

PROGRAM = PROGRAMS / "open-cicd"
KEY = random.token_hex(32)
CANARY = f"canary-{random.token_hex(16)}"


def rotated(server) -> dict:
    return server.admin.post("/api/v1/secret-keys/rotate").expect(200).json


def test_c7_a_value_is_in_no_file_of_the_server(server):
    server.admin.put("/api/v1/secrets/TOKEN", {"value": CANARY}).expect(201)
    server.stop()
    for path in [*server.data.rglob("*"), *server.folder.glob("*.log")]:
        if path.is_file():
            assert CANARY.encode() not in path.read_bytes(), path


@pytest.mark.one_database
@pytest.mark.settings(OPEN_CICD_SECRET_KEYS=KEY)
def test_c14_keys_of_the_environment_are_gone_from_it(server):
    assert not (server.data / "secret.key").exists()
    with open(f"/proc/{server.program.pid}/environ", "rb") as environment:
        assert KEY.encode() not in environment.read()
    server.admin.put("/api/v1/secrets/TOKEN", {"value": CANARY}).expect(201)
    server.stop()
    server.start()
    assert rotated(server) == {"sealed": 0, "unreadable": []}


@pytest.mark.one_database
def test_a_key_is_replaced_as_the_guide_says(server):
    key_file = server.data / "secret.key"
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    server.admin.put("/api/v1/secrets/TOKEN", {"value": CANARY}).expect(201)
    old_key = key_file.read_text().split()[-1]
    done = run(PROGRAM, "secret", "rotate-key", "--data", server.data)
    assert done.returncode == 0 and b"Restart the server" in done.stderr, done
    server.stop()
    server.start()
    server.program.wait_for_output(r"sealed anew")
    assert rotated(server) == {"sealed": 0, "unreadable": []}
    key_file.write_text(key_file.read_text().replace(old_key, ""))
    server.stop()
    server.start()
    assert rotated(server) == {"sealed": 0, "unreadable": []}


@pytest.mark.one_database
def test_a_server_that_has_lost_its_keys_says_so_and_does_not_start(server):
    server.admin.put("/api/v1/secrets/TOKEN", {"value": CANARY}).expect(201)
    server.stop()
    (server.data / "secret.key").rename(server.folder / "kept")
    refused = run(PROGRAM, "server", "--data", server.data, "--listen", server.listen)
    assert refused.returncode == 1 and b"secret.key is missing" in refused.stderr + refused.stdout, refused
    (server.folder / "kept").rename(server.data / "secret.key")
    server.start()
    assert rotated(server) == {"sealed": 0, "unreadable": []}
