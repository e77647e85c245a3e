"""Every measurement and every row of the results: what it is, its unit, what it stands beside and what we want of it. The programs emit
ids and values only; everything that a reader sees comes from here, in this order."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Row:
    id: str
    what: str
    unit: str
    better: str = "less"
    goal: float | None = None  # for the value
    baseline: str = ""  # the bare equivalent, measured in the same run
    ratio_goal: float | None = None  # for value ÷ baseline
    headline: bool = False  # shown in the README and the chart


@dataclass(frozen=True)
class Bench:
    name: str
    about: str
    rows: tuple[Row, ...]
    program: str = ""  # of the build folder; empty: bench/measure/NAME.py
    arguments: tuple[str, ...] = ()
    smoke: tuple[str, ...] = ()  # the program's arguments in a smoke run
    default: bool = True  # part of a run without names
    browser: bool = False  # needs one, and programs with the web pages in them
    also: tuple[str, ...] = field(default=())  # ids of other benches' rows that this one adds a peer to


BENCHES = (
    Bench("start", "how soon a submitted job's command runs", (
        Row("start.median", "trigger → the job's command starts, median", "ms", goal=3, baseline="a bare spawn", ratio_goal=5, headline=True),
        Row("start.p95", "trigger → the job's command starts, p95", "ms", goal=5, baseline="a bare spawn"),
    )),
    Bench("jobs", "trivial jobs through two agents", (
        Row("jobs.rate", "trivial jobs per second, 2 agents", "/s", "more", goal=600, baseline="xargs -P2", ratio_goal=0.27, headline=True),
    )),
    Bench("log", "one job that prints 200 MB", (
        Row("log.stored", "200 MB log in 100-byte lines, submit to stored", "s", goal=1.0, baseline="a file write", ratio_goal=2.5, headline=True),
        Row("log.server_memory", "memory growth of the server during a 200 MB log", "MiB", goal=16, headline=True),
        Row("log.agent_memory", "memory growth of the agent during it", "MiB", goal=16),
        Row("log.others_p99", "other requests during a 200 MB log, p99", "ms", baseline="an idle server", ratio_goal=2, headline=True),
        Row("log.others_bare_p99", "the same, beside the p99 of an idle server while the job's command writes to a file", "ms",
            baseline="an idle server, a file write beside it"),
    )),
    Bench("live", "a printed line until a viewer has it", (
        Row("live.median", "printed line → live viewer through an agent, median", "ms", goal=0.75, headline=True),
        Row("live.p99", "printed line → live viewer through an agent, p99", "ms", goal=1.1),
        Row("live.p99_500", "printed line → each of 500 live viewers, p99", "ms", goal=5, headline=True),
    )),
    Bench("viewers", "5,000 viewers of one log", (
        Row("viewers.attached", "live viewers of one log at once", "", "more", goal=5000, headline=True),
        Row("viewers.memory", "memory of the server for each of 5,000 viewers", "KiB", goal=16),
        Row("viewers.p99", "printed line → each of 5,000 live viewers, p99", "ms"),
    )),
    Bench("read", "reads with a hundred and with a million stored jobs", (
        Row("read.rate", "GET of an ended job, authenticated, requests per second of one core", "/s", "more", goal=100_000, baseline="epoll, fixed answer",
            headline=True),
        Row("read.cpu", "the same, CPU per request", "µs", baseline="epoll, fixed answer"),
        Row("read.stored", "GET of a job that is not kept in memory, likewise", "/s", "more", baseline="epoll, fixed answer"),
        Row("read.stored_full", "the same with 1,000,000 stored jobs, beside 100", "/s", "more", baseline="100 stored jobs", ratio_goal=0.8, headline=True),
        Row("read.list", "list of 50 jobs, one client, median, 1,000,000 stored beside 100", "ms", baseline="100 stored jobs", ratio_goal=2),
        Row("read.list_state", "list of 50 jobs of one state, likewise", "ms", baseline="100 stored jobs", ratio_goal=2),
        Row("read.ready_full", "start to ready with 1,000,000 stored jobs", "ms", goal=200, headline=True),
    )),
    Bench("http", "the HTTP layer alone", (
        Row("http.cpu_1", "HTTP layer, CPU per request, 1 connection", "µs", baseline="epoll by hand"),
        Row("http.cpu_32", "HTTP layer, CPU per request, 32 connections", "µs", baseline="epoll by hand"),
        Row("http.cpu_64", "HTTP layer, CPU per request, 64 connections", "µs", baseline="epoll by hand", ratio_goal=1.25, headline=True),
        Row("http.cpu_pipelined", "HTTP layer, CPU per request, 32 connections of 16 at once", "µs", baseline="epoll by hand"),
        Row("http.rate_64", "HTTP layer, requests per second of one core, 64 connections", "/s", "more", baseline="epoll by hand"),
    ), program="http_bench", arguments=("--milliseconds", "2000", "--rounds", "3"), smoke=("--milliseconds", "50", "--rounds", "1")),
    Bench("submit", "durable submits", (
        Row("submit.one", "durable job submits per second, 1 client", "/s", "more", goal=2000, headline=True),
        Row("submit.many", "durable job submits per second, 32 clients", "/s", "more", goal=10_000, headline=True),
        Row("submit.disk", "fdatasync of 4 KiB on the same disk, median", "ms"),
    )),
    Bench("idle", "what nothing costs", (
        Row("idle.server", "idle memory of the server", "MiB", goal=12, headline=True),
        Row("idle.agent", "idle memory of an agent", "MiB", goal=6, headline=True),
        Row("idle.server_own", "idle memory of the server that no other process shares (libraries do)", "MiB"),
        Row("idle.agent_own", "the same of an agent", "MiB"),
        Row("idle.ready", "start to ready", "ms", goal=25, baseline="spawn of `true`", headline=True),
    )),
    Bench("agents", "20,000 agents that wait on one server", (
        Row("agents.held", "idle long-polling agents held", "", "more", goal=20_000, headline=True),
        Row("agents.memory", "memory of the server for each idle agent", "KiB", goal=10, headline=True),
        Row("agents.median", "submit → offer to the one of those agents that fits, median", "ms"),
        Row("agents.p99", "submit → offer to the one of those agents that fits, p99", "ms", goal=20, headline=True),
    )),
    Bench("overload", "ten times the clients that give the maximum", (
        Row("overload.bare", "the same of an epoll loop with one fixed answer: what the connections themselves cost", "/s", "more", baseline="the maximum"),
        *(
            # The log store keeps up to 64 MiB that are not sealed yet, of all logs together; that is its bound, not growth.
            row for kind, name, memory in (("submit", "submits", 64), ("poll", "polls", 64), ("log", "log appends", 128), ("sse", "viewers", 64)) for row in (
                Row(f"overload.{kind}", f"{name} done under 10 × the clients, beside the maximum", "/s", "more", baseline="the maximum", ratio_goal=0.9,
                    headline=kind != "sse"),
                Row(f"overload.{kind}_refused", f"{name} refused with 429 or 503 meanwhile", "%"),
                Row(f"overload.{kind}_memory", f"memory growth of the server under it: {name}", "MiB", goal=memory),
            )
        ),
    )),
    Bench("death", "agents that die or hang", (
        Row("death.noticed", "agent killed → noticed, longest of 5", "s", goal=5),
        Row("death.elsewhere", "agent killed → its job runs elsewhere, longest of 5", "s", goal=5, headline=True),
        Row("death.orphans", "processes of the job left behind by the killed agent", "", goal=0),
        Row("death.hung", "agent hangs → noticed", "s", goal=65, headline=True),
        Row("death.mass", "three of four agents killed at once → noticed", "s", goal=65, headline=True),
        Row("death.fresh", "agent killed right after the server's start → noticed", "s", goal=65),
    )),
    Bench("logs", "the log store alone", (
        Row("logs.store", "200 MiB into the log store", "s", baseline="a file, fdatasync", ratio_goal=2.5),
        Row("logs.cpu", "CPU for it", "s"),
        Row("logs.memory", "memory growth for it", "MiB", goal=16),
        Row("logs.fan_out_cpu", "CPU per viewer and event, 1,000 viewers", "µs"),
        Row("logs.fan_out_writes", "writes per viewer and event", ""),
        Row("logs.fan_out_p50", "append → viewer, median, 1,000 viewers", "µs"),
        Row("logs.fan_out_p99", "append → viewer, p99, 1,000 viewers", "µs", goal=5000),
        Row("logs.viewer_memory", "memory of one viewer in the log store", "KiB", goal=16),
        Row("logs.index", "200 MiB to the index of its lines", "s", baseline="grep -c ''"),
        Row("logs.search", "a text that 200 MiB of stored log lack", "s", baseline="grep -c"),
        Row("logs.search_any_case", "the same, capital or small", "s", baseline="grep -c -i"),
        Row("logs.search_regex", "the same, a regular expression", "s", baseline="grep -c -E"),
        Row("logs.search_many", "a text that 17,000 lines have", "s", baseline="grep -c"),
        Row("logs.page", "500 lines from anywhere in it, median", "ms"),
        Row("logs.page_p99", "the same, p99", "ms", goal=20),
    ), program="logs_bench", smoke=("--mb", "4", "--viewers", "20", "--events", "20")),
    Bench("masker", "200 MiB through the masker of 200 secrets", (
        Row("masker.none", "no secrets, in pieces of a pipe", "s", baseline="a copy"),
        Row("masker.many", "200 secrets, 10 of them private keys", "s", goal=0.05, baseline="a copy"),
        Row("masker.lines", "the same, line by line", "s", baseline="a copy"),
        Row("masker.digits", "the same, lines of hashes and encoded bytes", "s", baseline="a copy"),
        Row("masker.short", "the same as the second, one of 4 bytes among them", "s", baseline="a copy"),
        Row("masker.make", "to find the forms of the 200 secrets", "ms"),
    ), program="masker_bench", smoke=("--mb", "1", "--rounds", "1")),
    Bench("plan", "the planner alone", (
        Row("plan.thousand", "a pipeline of 1,000 jobs → its plan", "ms", goal=20, baseline="libyaml reads it"),
        Row("plan.printed", "the same, and the plan as JSON", "ms", baseline="libyaml reads it"),
        Row("plan.lint", "lint of a file of 1,000 lines", "ms", goal=20, baseline="libyaml reads it"),
    ), program="plan_bench", smoke=("1",)),
    Bench("runs", "runs of many jobs", (
        Row("runs.create", "a run of 1,000 jobs, request to answer", "ms", goal=50, baseline="1,000 bare inserts", headline=True),
        Row("runs.release", "end of a job → its dependant's command starts, median", "ms", goal=5, baseline="trigger → start", headline=True),
        Row("runs.release_p95", "the same, p95", "ms", baseline="trigger → start"),
        Row("runs.diamond", "jobs per second of a run of 502 in a diamond of width 50, 2 agents", "/s", "more", baseline="single jobs", ratio_goal=0.9,
            headline=True),
        Row("runs.local", "`open-cicd run` of one trivial job, from nothing to exit", "ms", goal=150, baseline="`sh -c`", headline=True),
    )),
    Bench("db", "the database adapters", tuple(
        row for engine, title in (("sqlite", "SQLite"), ("postgres", "PostgreSQL")) for row in (
            Row(f"db.{engine}_insert", f"{title}: a lone durable insert", "µs", baseline="the C API"),
            Row(f"db.{engine}_read", f"{title}: read by key, one after the other", "µs", baseline="the C API"),
            Row(f"db.{engine}_read_many", f"{title}: read by key, 256 callers", "µs", baseline="the C API"),
            Row(f"db.{engine}_group", f"{title}: durable inserts per second, 256 callers", "/s", "more", baseline="the C API, 100 a commit"),
        )
    )),
    Bench("executor", "the executors beside a bare process", tuple(
        row for name in ("shell", "sandbox") for row in (
            Row(f"executor.{name}_set_up", f"{name}: set-up of a job", "ms"),
            Row(f"executor.{name}_step", f"{name}: one step of `true`", "ms", baseline="a bare spawn"),
            Row(f"executor.{name}_tear_down", f"{name}: tear-down", "ms"),
            Row(f"executor.{name}_log", f"{name}: 200 MB of output", "s", baseline="a file write"),
        )
    ), program="executor_bench", arguments=("30",), smoke=("2", "4000000")),
    Bench("web", "the pages in Chromium", browser=True, rows=(
        Row("web.size_shell", "what every page loads: scripts and styles, gzip", "KB", goal=75),
        Row("web.size_run", "the page of a run, with that", "KB", goal=110),
        Row("web.size_log", "the page of a log, with that and its worker", "KB", goal=95),
        Row("web.size_palette", "palette, loaded when it is first opened", "KB", goal=30),
        Row("web.size_editor", "editor, likewise", "KB", goal=140),
        Row("web.fcp", "page of a run, empty cache, CPU four times slower: first paint, p75", "ms", goal=800),
        Row("web.lcp", "the same, its largest part, p75", "ms", goal=1200, headline=True),
        Row("web.cls", "the same, how much moves while it loads (1: a whole screen)", "", goal=0.02),
        Row("web.inp_p75", "press of a key or button until it is seen, p75", "ms", goal=100),
        Row("web.inp_p99", "the same, p99", "ms", goal=200),
        Row("web.open_million", "link into a log of 1,000,000 lines until its line is seen, empty cache, median", "ms", goal=300, headline=True),
        Row("web.open_ten_million", "the same of 10,000,000 lines", "ms", goal=500, headline=True),
        Row("web.jump_p50", "jump to any line of 1,000,000, median", "ms"),
        Row("web.jump_max", "the same, the slowest of 60", "ms"),
        Row("web.memory_ended", "memory of the page after 60 jumps in 1,000,000 lines", "MB", goal=150),
        Row("web.stream_fps", "frames per second while 50,000 lines a second arrive, 1,000,000 in all", "/s", "more", goal=55, headline=True),
        Row("web.stream_long", "tasks over 100 ms meanwhile", "", goal=0),
        Row("web.stream_memory", "memory of the page meanwhile, at most", "MB", goal=300),
        Row("web.late_p50", "printed line → its pixels meanwhile, through agent and server, median", "ms"),
        Row("web.late_p95", "the same, p95", "ms", goal=100),
        Row("web.scroll_fps", "frames per second while somebody scrolls meanwhile", "/s", "more", goal=55),
        Row("web.graph_300", "answer with a run of 300 jobs → its graph is painted", "ms", goal=100),
        Row("web.graph_1000", "the same with 1,000 jobs, the most that a run may have", "ms", goal=600),
    )),
    Bench("git", "from a forge's webhook to runs", (
        Row("git.webhook_p99", "a push's webhook at 100 a second, until it is kept and answered, p99", "ms", goal=250, baseline="a durable submit at this rate", headline=True),
        Row("git.start", "a push's webhook → its first job's command starts in the checked-out commit, median", "ms", goal=60,
            baseline="a bare git fetch of the commit", ratio_goal=3, headline=True),
        Row("git.start_bare", "the same of a job that checks nothing out", "ms", baseline="a bare git fetch of the commit"),
        Row("git.polls", "of 1,000 repositories, polled per second", "/s", "more", goal=20, baseline="git ls-remote, 8 at once"),
    )),
    Bench("soak", "jobs and killed agents for a long time; only by name (--minutes N)", (
        Row("soak.memory_slope", "memory of the server, growth per hour by linear fit", "MiB/h", goal=2),
        Row("soak.files_slope", "open descriptors of the server, growth per hour by linear fit", "/h", goal=5),
        Row("soak.jobs", "jobs done, each with the right end", "", "more"),
        Row("soak.kills", "agents killed meanwhile", "", "more"),
    ), default=False),
    Bench("peers", "other servers on the same machine; only with --peers", (), default=False, also=("start.median", "start.p95", "jobs.rate", "idle.server", "idle.agent")),
)

ROWS = {row.id: row for bench in BENCHES for row in bench.rows}
BENCH_OF = {row.id: bench for bench in BENCHES for row in bench.rows}
