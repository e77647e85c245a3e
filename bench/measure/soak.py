"""Jobs for a long time while agents are killed and started: do memory and descriptors of the server grow? --minutes N."""

import argparse
import itertools
import statistics
import threading
import time

from harness import User, a_server, emit, pick

from support.soak import Soak  # after harness, which sets the path

AGENTS = 3
WARM_UP = 0.2  # the part of the time whose samples do not count: caches fill
SCRIPTS = ("true", "echo hello; sleep 0.05", "seq 1 20000", "head -c 300000 /dev/zero | tr '\\0' x")
RETRY = {"max": 10, "on": ["agent_lost"]}


def slope_per_hour(samples: list[tuple[float, float]]) -> float:
    counted = samples[int(len(samples) * WARM_UP):]
    return statistics.linear_regression([at for at, _ in counted], [value for _, value in counted]).slope * 3600


class Submitter(threading.Thread):
    """Submits jobs of all kinds one after another and insists on their ends."""

    def __init__(self, server, until: float):
        super().__init__(daemon=True)
        self.user, self.until = User(server), until
        self.done = 0
        self.failure: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            for script in itertools.cycle(SCRIPTS):
                if time.monotonic() > self.until:
                    return
                self.user.wait(self.user.submit(script, retry=RETRY), every=0.02)
                self.done += 1
        except BaseException as failure:  # noqa: BLE001: reported by the main thread
            self.failure = failure


def fill_caches(server) -> None:
    """The server keeps the files of the logs that were read last; they are no growth."""
    user = User(server)
    jobs = [user.submit(SCRIPTS[2]) for _ in range(pick(20, 2))]
    for job_id in jobs:
        user.wait(job_id, every=0.02)
        user.request("GET", f"/api/v1/jobs/{job_id}/logs?step=0")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--smoke", action="store_true")
    seconds = pick(parser.parse_args().minutes * 60, 3)
    # A death shows within half a second here: it is the number of deaths that counts, not how long each takes.
    with a_server(agents=AGENTS, settings={"PROTOCOL_WATCH_GRACE": "100ms", "PROTOCOL_WATCH_SILENCE": "400ms"}) as (server, agents):
        fill_caches(server)
        with Soak(server, agents, kill_every_s=pick(20, 0.5), sample_every_s=pick(2, 0.1)) as soak:
            submitters = [Submitter(server, time.monotonic() + seconds) for _ in range(4)]
            for submitter in submitters:
                submitter.join(seconds + 120)
                if submitter.failure or submitter.is_alive():
                    raise RuntimeError("a job did not end as it should") from submitter.failure
    emit("soak.memory_slope", slope_per_hour(soak.memory))
    emit("soak.files_slope", slope_per_hour(soak.files))
    emit("soak.jobs", sum(submitter.done for submitter in submitters))
    emit("soak.kills", soak.kills)


main()
