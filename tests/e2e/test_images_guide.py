"""docs/guides/images.md, as it stands there: a real registry that wants a login, a real engine, and Debian's buildah."""

import base64
import json
import os
import re
import shutil
import subprocess
import uuid

import pytest
from support.canary import Watch
from support.connected import SETTINGS
from support.process import MARK, PROGRAMS, ROOT
from support.proxy import own_address
from support.wait import wait_until

pytestmark = [pytest.mark.one_database, pytest.mark.settings(**SETTINGS)]

PORT = 5003
HELLO = "#!/bin/sh\necho hello from VERSION\n"
DEPLOY = '#!/bin/sh\necho "deployed $1"\n'


def section(title: str) -> str:
    return (ROOT / "docs/guides/images.md").read_text().split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def blocks(title: str, kind: str) -> list[str]:
    return [block.split("\n```", 1)[0] + "\n" for block in section(title).split(f"```{kind}\n")[1:]]


class Registry:
    """Debian's docker-registry in the engine's network, at the address of its default bridge: containers reach it, too."""

    def __init__(self, engine, folder):
        self.engine, self.folder = engine, folder / "registry"
        self.folder.mkdir()
        self.address = f"172.17.0.1:{PORT}"
        self.password = "pass-" + uuid.uuid4().hex
        self.process = None
        self.env = {**os.environ, "DOCKER_HOST": engine.host, "DOCKER_CONFIG": str(self.folder / "docker")}

    def start(self) -> "Registry":
        made = subprocess.run(["perl", "-e", 'print crypt(<STDIN>, q($2y$05$abcdefghijklmnopqrstuu))'], input=self.password, capture_output=True, text=True,
                              check=True)
        (self.folder / "users").write_text(f"ci:{made.stdout}\n")
        (self.folder / "config.yml").write_text(json.dumps({
            "version": 0.1, "log": {"level": "error"}, "storage": {"filesystem": {"rootdirectory": str(self.folder / "data")}},
            "http": {"addr": f"0.0.0.0:{PORT}"}, "auth": {"htpasswd": {"realm": "r", "path": str(self.folder / "users")}}}))
        self.process = subprocess.Popen([*self.inside(), "docker-registry", "serve", self.folder / "config.yml"], stdin=subprocess.DEVNULL,
                                        stdout=(self.folder / "out").open("wb"), stderr=subprocess.STDOUT)
        wait_until("the registry to answer", lambda: self.get("/v2/", check=False) is not None, within=20)
        self.docker("login", "--username", "ci", "--password-stdin", self.address, input=self.password)
        return self

    def inside(self) -> list[str]:
        return ["nsenter", "-t", (self.engine.folder / "dockerd.pid").read_text().strip(), "-n"]

    def get(self, path: str, *options: str, check: bool = True) -> str | None:
        login = ["--config", "-"]
        done = subprocess.run([*self.inside(), "curl", "-sf", *options, *login, f"http://{self.address}{path}"], input=f'user = "ci:{self.password}"\n',
                              capture_output=True, text=True)
        assert done.returncode == 0 or not check, done
        return done.stdout if done.returncode == 0 else None

    def digest_of(self, name: str, tag: str) -> str:
        kinds = ["application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"]
        head = self.get(f"/v2/{name}/manifests/{tag}", "-I", "-H", "Accept: " + ", ".join(kinds))
        return re.search(r"(?i)docker-content-digest: (sha256:[0-9a-f]{64})", head).group(1)

    def docker(self, *arguments: str, **options) -> str:
        done = subprocess.run(["docker", *arguments], env=self.env, capture_output=True, text=True, timeout=120, **options)
        assert done.returncode == 0, done
        return done.stdout.strip()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture
def registry(engine, folder):
    if not shutil.which("buildah"):
        pytest.skip("there is no buildah: run dev/install test")
    registry = Registry(engine, folder)
    try:
        registry.start()
        builder = [ROOT / "tests/support/builder-image.sh", engine.host.removeprefix("unix://"), "buildah:guide", registry.address]
        subprocess.run(builder, check=True, timeout=60)
        registry.docker("tag", "busybox:test", f"{registry.address}/base/busybox:1")
        registry.docker("push", "-q", f"{registry.address}/base/busybox:1")
        registry.docker("rmi", f"{registry.address}/base/busybox:1")
        yield registry
    finally:
        registry.stop()
        images = registry.docker("images", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}").splitlines()
        for image in images:
            if image.startswith((registry.address, "buildah:guide")):
                subprocess.run(["docker", "rmi", "-f", image.split()[1]], env=registry.env, capture_output=True)


@pytest.fixture
def page(registry):
    """What stands on the page, with what is here in the place of what is elsewhere."""

    def here(text: str) -> str:
        names = {"registry.example.org": registry.address, "quay.io/buildah/stable:v1.28": "buildah:guide", "busybox:1.36": "busybox:test"}
        for name, instead in names.items():
            text = text.replace(name, instead)
        return text

    return here


def sh(server, script: str, *, cwd=None, **env: str) -> str:
    own = {MARK: server.mark, "PATH": f"{PROGRAMS}:{os.environ['PATH']}", "OPEN_CICD_SERVER": server.url, "OPEN_CICD_TOKEN": server.token("admin")}
    full = {**os.environ, **own, **env}
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=cwd or server.folder, env=full, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done
    return done.stdout


SHOWS = """
  shows:
    image: busybox:test
    secrets: [REGISTRY_PASSWORD]
    steps:
      - run: 'echo "it is $REGISTRY_PASSWORD"; printf %s "ci:$REGISTRY_PASSWORD" | base64 -w0'
"""


@pytest.fixture
def team(workplace, registry, page, server):
    """team/app, connected, with the page's login and secret."""
    forge = workplace.forge("gitea", host=own_address())  # a container clones nothing from the agent's own loopback
    connected = workplace.connected("gitea", {"hello.sh": HELLO}, private=True, forge=forge, name="team/app")
    login, secret = blocks("Private images", "sh")
    listed = sh(server, page(login), password=registry.password)
    assert re.search(rf"^{re.escape(registry.address)} +ci ", listed, re.MULTILINE), listed
    sh(server, page(secret), password=registry.password)
    return connected


def push(connected, files: dict[str, str]) -> str:
    """deploy.sh can be executed, which a file of the stand-in's cannot."""
    files = {name: text.replace("./deploy.sh", "sh deploy.sh") for name, text in files.items()}
    return connected.repository.push({"deploy.sh": DEPLOY, **files})


def everything_said(connected, run) -> bytes:
    said = b""
    for job in connected.jobs(run).values():
        for step in range(-1, 5):
            answer = connected.server.admin.get(f"/api/v1/jobs/{job['id']}/logs?step={step}")
            said += answer.body if answer.status == 200 else b""
    return said


def assert_pushed(connected, registry, sha: str, hello: bytes) -> str:
    run = connected.succeeded(sha, within=180)
    digest = registry.digest_of("team/app", sha)
    assert registry.digest_of("team/app", "latest") == digest
    assert connected.log(run, "try") == hello
    assert connected.log(run, "deploy") == f"deployed {registry.address}/team/app@{digest}\n".encode()
    said = everything_said(connected, run)
    for form in (registry.password, base64.b64encode(f"ci:{registry.password}".encode()).decode()):
        assert form.encode() not in said
    return digest


def use(connected, page, digest: str) -> bytes:
    """The page's job in an image by its digest."""
    text = page(blocks("A run in an image by its digest", "yaml")[0]).replace("sha256:9f6c…", digest)
    return connected.log(connected.succeeded(push(connected, {".open-cicd.yml": text}), within=90), "greet")


def test_build_without_privileges_and_use_what_was_pushed(team, registry, page, start_agent, engine):
    start_agent("d1", executors="docker", env={"DOCKER_HOST": engine.host})
    (containerfile,), (pipeline,) = (blocks("Build without privileges", kind) for kind in ("dockerfile", "yaml"))
    with Watch(registry.password) as watch:
        sha = push(team, {".open-cicd.yml": page(pipeline) + SHOWS, "Containerfile": page(containerfile)})
        digest = assert_pushed(team, registry, sha, f"hello from {sha}\n".encode())
    assert watch.seen == []
    assert team.log(team.succeeded(sha), "shows").startswith(b"it is ***\n")
    hello = f"hello from {sha}\n".encode()
    assert use(team, page, digest) == hello
    # Without the login, nobody may have it: neither what is here already, nor what is pulled.
    sh(team.server, f"open-cicd registry logout {registry.address}")
    sha = push(team, {"x": "x"})
    ended = team.wait_for_run(sha, within=90)
    assert ended["state"] == "failed" and "access to it is denied" in json.dumps(team.server.job(team.jobs(ended)["greet"]["id"])), ended
    # A repository's own is enough.
    sh(team.server, f'printf %s "$password" | open-cicd registry login {registry.address} --username ci --repository team/app', password=registry.password)
    assert json.loads(sh(team.server, "open-cicd registry list --repository team/app --json"))["registries"][0]["host"] == registry.address
    assert json.loads(sh(team.server, "open-cicd registry list --json"))["registries"] == []
    assert team.log(team.succeeded(push(team, {"x": "y"}), within=90), "greet") == hello


def test_run_is_refused_without_privileges(team, registry, page, start_agent, engine):
    start_agent("d1", executors="docker", env={"DOCKER_HOST": engine.host})
    pipeline = page(blocks("Build without privileges", "yaml")[0])
    refusal = re.search(r"fails: `(creating new mount namespace)[^`]*(operation not permitted)`", section("Build without privileges"))
    with_run = page(blocks("Build without privileges", "dockerfile")[0]) + "RUN true\n"
    for isolation in ("", "      BUILDAH_ISOLATION: chroot\n"):
        steps = "    steps:\n      - name: Compile"
        sha = push(team, {".open-cicd.yml": pipeline.replace(steps, isolation + steps), "Containerfile": with_run})
        ended = team.wait_for_run(sha, within=90)
        assert ended["state"] == "failed"
        if isolation:
            log = team.log(ended, "image", 2).decode()
            assert refusal.group(1) in log and refusal.group(2) in log, log
    steps = "[{user: user, run: buildah from --isolation chroot scratch}]"
    as_another = f'on: [push]\njobs:\n  image: {{image: "buildah:guide", env: {{STORAGE_DRIVER: vfs}}, steps: {steps}}}\n'
    ended = team.wait_for_run(push(team, {".open-cicd.yml": as_another}), within=90)
    assert ended["state"] == "failed" and b"unshare(CLONE_NEWUSER): Operation not permitted" in team.log(ended, "image")


def test_build_with_a_privileged_plugin(team, registry, page, start_agent, engine, folder, server):
    title = "Build with a privileged plugin"
    (program, administrator, agent), (dockerfile, containerfile), (pipeline,) = (blocks(title, kind) for kind in ("sh", "dockerfile", "yaml"))
    plugin = folder / "plugin"
    plugin.mkdir()
    (plugin / "build-image").write_text(program)
    (plugin / "Dockerfile").write_text(page(dockerfile))
    known = sh(server, page(administrator), cwd=plugin, DOCKER_HOST=engine.host, DOCKER_CONFIG=registry.env["DOCKER_CONFIG"]).splitlines()[-1]
    allowed = page(agent).split("--privileged-images ")[1].split()[0].replace("sha256:9f6c…", known.split("@")[1])
    assert allowed == known
    files = {".open-cicd.yml": page(pipeline) + SHOWS, "Containerfile": page(containerfile)}

    # An agent whose list has not this digest takes it for nothing.
    other = start_agent("d1", "--privileged-images", known[:-8] + "0" * 8, executors="docker", env={"DOCKER_HOST": engine.host})
    ended = team.wait_for_run(push(team, files), within=90)
    assert ended["state"] == "failed"
    assert "is not on this agent's list of privileged images" in json.dumps(server.job(team.jobs(ended)["image"]["id"])), ended
    assert other.stop() == 0

    start_agent("d2", "--privileged-images", allowed, executors="docker", env={"DOCKER_HOST": engine.host})
    with Watch(registry.password) as watch:
        sha = push(team, {"x": "x"})
        digest = assert_pushed(team, registry, sha, b"hello from built by RUN\n")
    assert watch.seen == []
    assert team.log(team.succeeded(sha), "shows").startswith(b"it is ***\n")
    assert use(team, page, digest) == b"hello from built by RUN\n"
    wait_until("containers, networks and volumes to be gone", lambda: not engine.leftovers(), within=20)
