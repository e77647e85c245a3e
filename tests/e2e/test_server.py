"""Starting, configuring and stopping the server."""

import json
import socket

import pytest
from support.api import Api
from support.process import MARK, PROGRAMS, Program, run

pytestmark = pytest.mark.one_database
SERVER = PROGRAMS / "open-cicd"


def fails(*arguments, env=None, **options) -> str:
    """Runs a command that must refuse to start; its message."""
    result = run(SERVER, *arguments, env=env, **options)
    assert result.returncode not in (0, -6, -11), result
    return (result.stderr + result.stdout).decode()


def test_port_in_use_is_said(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        message = fails("server", "--listen", f"127.0.0.1:{port}", "--data", folder / "data")
    assert str(port) in message and "choose another port" in message


def test_two_servers_on_one_folder_are_refused(server):
    message = fails("server", "--listen", "127.0.0.1:0", "--data", server.data)
    assert str(server.data) in message
    assert Api(server.url).get("/healthz").status == 200


def test_settings_from_flags_environment_and_file_in_that_order(folder):
    file = folder / "config.yml"
    file.write_text("listen: 127.0.0.1:7001\ndata: /tmp/from-file\n")
    env = {"OPEN_CICD_LISTEN": "127.0.0.1:7002", "OPEN_CICD_CONFIG": str(file)}
    shown = run(SERVER, "config", env=env).stdout.decode()
    assert "127.0.0.1:7002" in shown and "/tmp/from-file" in shown
    shown = run(SERVER, "config", "--listen", "127.0.0.1:7003", env=env).stdout.decode()
    assert "127.0.0.1:7003" in shown


def test_c14_config_masks_secrets(folder):
    shown = run(SERVER, "config", "--database", "postgres://user:s3cret@127.0.0.1/x", "--data", folder / "data").stdout.decode()
    assert "s3cret" not in shown
    assert "127.0.0.1" in shown


def test_an_unknown_key_is_an_error_that_names_it(folder):
    file = folder / "config.yml"
    file.write_text("listn: 127.0.0.1:7001\n")
    message = fails("server", "--data", folder / "data", env={"OPEN_CICD_CONFIG": str(file)})
    assert "listn" in message and "listen" in message, "and says what was meant"


@pytest.mark.parametrize("arguments", [
    ("server", "--protocol-exclusive-hold", "19s"),
    ("server", "--listen", "nonsense"),
    ("server", "--listen", "127.0.0.1:99999"),
    ("server", "--database", "mysql://x"),
    ("serve",),
    ("server", "--no-such-flag"),
])
def test_bad_arguments_are_refused_with_a_message(folder, arguments):
    assert len(fails(*arguments, cwd=folder)) > 10


def test_c14_an_unreachable_database_is_said_without_its_password(folder):
    message = fails("server", "--data", folder / "data", "--listen", "127.0.0.1:0", "--database", "postgres://u:s3cret@127.0.0.1:1/x",
                    within=60)
    assert "127.0.0.1" in message and "s3cret" not in message


def test_sigterm_ends_it_cleanly_with_open_polls_and_viewers(server, agent):
    job_id = server.submit("sleep 30")
    server.wait_for_state(job_id, "running")
    with socket.create_connection(server.listen.split(":")) as viewer:
        viewer.sendall(f"GET /api/v1/jobs/{job_id}/logs/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.token('admin')}\r\n\r\n".encode())
        assert viewer.recv(100).startswith(b"HTTP/1.1 200")
        assert server.stop() == 0
    server.start()
    server.admin.put(f"/api/v1/jobs/{job_id}/status", {"status": "cancelled"}).expect(202)
    assert server.wait_for_end(job_id)["state"] == "cancelled"


def test_migrate_then_server(folder, mark):
    first = run(SERVER, "migrate", "--json", "--data", folder / "data")
    assert first.returncode == 0 and json.loads(first.stdout)["migrations_run"] >= 1, first
    again = run(SERVER, "migrate", "--data", folder / "data")
    assert again.returncode == 0, again.stderr
    assert json.loads(run(SERVER, "migrate", "--json", "--data", folder / "data").stdout) == {"migrations_run": 0}
    program = Program([SERVER, "server", "--listen", "127.0.0.1:0", "--data", folder / "data"], folder / "server.log", {MARK: mark})
    program.start()
    program.wait_for_output(r"http://127\.0\.0\.1:\d+")
    assert program.stop() == 0


def test_the_agent_links_no_database():
    libraries = run("ldd", PROGRAMS / "open-cicd-agent").stdout
    assert b"libpq" not in libraries and b"libsqlite3" not in libraries and b"libhiredis" not in libraries


def test_the_server_links_no_postgresql():
    """It loads libpq when it opens such a database: that would cost every command milliseconds."""
    libraries = run("ldd", SERVER).stdout
    assert b"libsqlite3" in libraries and b"libpq" not in libraries
