"""Many agents that hold their polls on one server, and how soon the only one that fits a new job hears of it."""

import resource

from harness import Client, a_server, emit, memory_mib, pick, port_of

WANTED = pick(20_000, 50)
FILES = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
AGENTS = min(WANTED, FILES - 200)
JOBS = pick(500, 10)

with a_server(settings={"REGISTRATIONS_PER_MINUTE": "1000000"}) as (server, _):
    with Client("agents", port=port_of(server), agents=AGENTS, jobs=JOBS, registration_token=server.token("registration"),
                admin_token=server.token("admin")) as client:
        client.answer()  # all are registered, none polls yet
        before = memory_mib(server.program.pid)
        client.go_on()
        parked = client.answer()["parked"]
        after = memory_mib(server.program.pid)
        client.go_on()
        found = client.answer()["dispatch_ms"]

emit("agents.held", parked, capped=f"of the {FILES:,} descriptors that the machine allows a process" if parked == AGENTS < WANTED else "")
emit("agents.memory", (after - before) * 1024 / parked)
emit("agents.median", found["p50"])
emit("agents.p99", found["p99"])
