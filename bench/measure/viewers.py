"""As many viewers of one log as the server is set for by default: memory of each and how soon a line is with all of them."""

from audience import watch
from harness import a_server, emit, pick

VIEWERS = pick(5000, 50)

# Here all viewers are one user's; the limit of each user is not what is measured.
with a_server(agents=1, settings={"LOGS_STREAMS_PER_VIEWER_MAX": str(VIEWERS)}) as (server, _):
    watch(server, 20, lines=5, pause=0.01)  # threads and tables are warm
    found = watch(server, VIEWERS, lines=pick(60, 10), pause=pick(0.25, 0.01))
emit("viewers.attached", found["attached"])
emit("viewers.memory", max(0.0, found["memory_kib"]))
emit("viewers.p99", found["delay_ms"]["p99"])
