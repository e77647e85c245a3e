"""R20: the migration is killed at its Nth write; the next start goes on from there."""

import os

import pytest

from chaos.injection import program_run
from support.process import MARK, PROGRAMS
from support.server import Server

WRITES = {"sqlite": "pwrite64", "postgres": "sendto"}


def through(folder, mark, database, make_url, numbers) -> int:
    killed = 0
    for when in numbers:
        place = folder / f"n{when}"
        place.mkdir()
        url = make_url(when)
        arguments = [str(PROGRAMS / "open-cicd"), "migrate", "--data", str(place / "data"), *(["--database", url] if url else [])]
        code = program_run(arguments, WRITES[database], when, {MARK: mark, "PATH": os.environ["PATH"]})
        killed += code != 0
        server = Server(place, mark, url).start()
        try:
            assert server.job(server.submit("true"))["state"] == "queued"
        finally:
            assert server.stop() == 0
        if code == 0:
            return killed
    return killed


def test_sqlite(folder, mark):
    assert through(folder, mark, "sqlite", lambda when: None, (1, 5, 12)) == 3


def test_postgres(postgres, folder, mark):
    assert through(folder, mark, "postgres", lambda when: postgres.new_database(f"migration{when}"), (3, 6, 9)) > 0


@pytest.mark.long
def test_every_write(postgres, folder, mark):
    (folder / "sqlite").mkdir()
    (folder / "postgres").mkdir()
    kills = through(folder / "sqlite", mark, "sqlite", lambda when: None, range(1, 200))
    kills += through(folder / "postgres", mark, "postgres", lambda when: postgres.new_database(f"every{when}"), range(1, 200))
    print(f"killed at {kills} writes")
    assert kills >= 20, "a migration has more writes than that: the kills did not strike"
