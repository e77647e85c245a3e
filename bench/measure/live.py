"""A printed line until a viewer has it, through a real agent: one viewer, and 500 of the same log."""

from audience import watch
from harness import a_server, emit, pick

ROUNDS = pick(3, 1)

with a_server(agents=1, settings={"LOGS_STREAMS_PER_VIEWER_MAX": "5000"}) as (server, _):
    alone = [watch(server, 1, lines=pick(500, 20), pause=0.004)["delay_ms"] for _ in range(ROUNDS)]
    emit("live.median", [delay["p50"] for delay in alone])
    emit("live.p99", [delay["p99"] for delay in alone])
    emit("live.p99_500", [watch(server, pick(500, 20), lines=pick(100, 10), pause=pick(0.05, 0.01))["delay_ms"]["p99"] for _ in range(ROUNDS)])
