"""The jobs of a run. Everything about a job, also each byte that it prints, follows from (seed, index): the checker makes it again."""

import pathlib
import random
from dataclasses import dataclass, field

GROUPS = 3
RETRIES = 10
LONG_HOLDS = 0.15  # of the jobs in groups


@dataclass
class Planned:
    """One job: what is submitted, and what may come of it."""

    index: int
    kind: str
    spec: dict
    output: list[bytes] = field(repr=False)  # of each step, if it runs to its end
    ends: set[str]  # beside "lost", when each of its attempts was
    cancel_after: float | None = None  # a user cancels it so many seconds after its submission
    retries: int = RETRIES
    group: str | None = None


def lines(seed: int, count: int) -> tuple[str, bytes]:
    """A script that prints `count` numbered lines of pseudo-random numbers, and what it prints."""
    script = f"awk 'BEGIN{{x={seed};for(i=0;i<{count};i++){{x=(x*48271)%2147483647;printf \"%d %d\\n\",i,x}}}}'"
    x, out = seed, []
    for i in range(count):
        x = x * 48271 % 2147483647
        out.append(b"%d %d\n" % (i, x))
    return script, b"".join(out)


def octal(data: bytes) -> str:
    return "printf '" + "".join(f"\\{byte:03o}" for byte in data) + "'"


class Workload:
    """Jobs by index. `witness` is a file that the shell jobs of at-most-once and of groups write to; `scale` stretches the pauses."""

    def __init__(self, seed: int, witness: pathlib.Path, scale: float, executors: list[str]):
        self.seed, self.witness, self.scale, self.executors = seed, witness, scale, executors
        self.kinds = [self.trivial, self.steps, self.chatty, self.binary, self.failing, self.timing_out, self.deaf, self.cancelled,
                      self.retried, self.exclusive, self.once, self.slow]

    def job(self, index: int) -> Planned:
        rng = random.Random(f"{self.seed}/{index}")
        kind = self.kinds[index % len(self.kinds)] if index < len(self.kinds) else rng.choice(self.kinds)
        planned = kind(index, rng)
        planned.spec.setdefault("executor", rng.choice(self.executors))
        planned.spec.setdefault("retry", planned.retries)
        planned.spec.setdefault("priority", rng.choice([0, 0, 0, 5, -5]))
        planned.spec["name"] = f"{planned.kind}-{index}"
        return planned

    def plan(self, index: int, kind: str, steps: list[tuple[str, bytes]], ends: set[str], **more) -> Planned:
        spec = {"steps": [{"run": script} for script, _ in steps], **more.pop("spec", {})}
        return Planned(index, kind, spec, [out for _, out in steps], ends, **more)

    def pause(self, rng: random.Random, low: float, high: float) -> str:
        return f"sleep {rng.uniform(low, high) * self.scale:.3f}"

    def trivial(self, index, rng):
        return self.plan(index, "trivial", [(f"echo job {index}", b"job %d\n" % index)], {"succeeded"})

    def steps(self, index, rng):
        steps = [lines(rng.randrange(1, 2**31 - 1), rng.randrange(1, 40)) for _ in range(rng.randrange(2, 6))]
        return self.plan(index, "steps", [(f"{script}; {self.pause(rng, 0, 1)}", out) for script, out in steps], {"succeeded"})

    def chatty(self, index, rng):
        parts = [lines(rng.randrange(1, 2**31 - 1), rng.randrange(2000, 20000)) for _ in range(3)]
        script = f"\n{self.pause(rng, 0, 2)}\n".join(script for script, _ in parts)
        return self.plan(index, "chatty", [(script, b"".join(out for _, out in parts))], {"succeeded"})

    def binary(self, index, rng):
        data, times = rng.randbytes(rng.randrange(1, 400)), rng.randrange(1, 200)
        script = f"i=0; while [ $i -lt {times} ]; do {octal(data)}; i=$((i+1)); done"
        return self.plan(index, "binary", [(script, data * times)], {"succeeded"})

    def failing(self, index, rng):
        script, out = lines(rng.randrange(1, 2**31 - 1), 20)
        code = rng.randrange(1, 120)
        return self.plan(index, "failing", [(f"{script}; exit {code}", out), ("echo never", b"")], {"failed"})

    def timing_out(self, index, rng):
        script, out = lines(rng.randrange(1, 2**31 - 1), 20)
        limit = f"{max(1, int(10 * self.scale))}s"
        return self.plan(index, "timing_out", [(f"{script}; sleep 600", out)], {"timed_out"}, spec={"timeout": limit})

    def deaf(self, index, rng):
        """Ignores SIGTERM and is cancelled: only SIGKILL ends it."""
        script = "trap '' TERM; echo deaf; while :; do sleep 600; done"
        return self.plan(index, "deaf", [(script, b"deaf\n")], {"cancelled"}, cancel_after=rng.uniform(2, 30) * self.scale)

    def cancelled(self, index, rng):
        script, out = lines(rng.randrange(1, 2**31 - 1), 500)
        steps = [(f"{script}; {self.pause(rng, 0, 15)}", out), ("echo second", b"second\n")]
        return self.plan(index, "cancelled", steps, {"succeeded", "cancelled"}, cancel_after=rng.uniform(0, 20) * self.scale)

    def retried(self, index, rng):
        script, out = lines(rng.randrange(1, 2**31 - 1), 30)
        retry = {"max": RETRIES, "on": ["agent_lost", "exit"], "exit_codes": [75], "delay": "0s"}
        return self.plan(index, "retried", [(f"{script}; [ $CI_ATTEMPT -gt 1 ] || exit 75", out)], {"succeeded"}, spec={"retry": retry})

    def exclusive(self, index, rng):
        """Holds a lock of its group for as long as any of its processes lives, and tells the witness when it could not. Some hold it for
        longer than a lease lives without renewal: only the agents' fence ends those of an agent that is cut off."""
        group = f"group{rng.randrange(GROUPS)}"
        lock, name = self.witness.with_suffix(f".{group}"), f"{group} {index} $CI_ATTEMPT"
        pause = self.pause(rng, 65, 90) if rng.random() < LONG_HOLDS else self.pause(rng, 1, 4)
        script = (f"exec 9>>{lock}; flock -n 9 || echo overlap {name} $(cut -d' ' -f1 /proc/uptime) >>{self.witness}\n"
                  f"echo begin {name} $(cut -d' ' -f1 /proc/uptime) >>{self.witness}\n{pause}\n"
                  f"echo end {name} $(cut -d' ' -f1 /proc/uptime) >>{self.witness}; echo held")
        return self.plan(index, "exclusive", [(script, b"held\n")], {"succeeded"}, group=group,
                         spec={"executor": "shell", "concurrency": group})

    def once(self, index, rng):
        script = f"echo once {index} $CI_ATTEMPT >>{self.witness}; {self.pause(rng, 0, 5)}; echo once"
        return self.plan(index, "once", [(script, b"once\n")], {"succeeded"}, retries=0, spec={"executor": "shell"})

    def slow(self, index, rng):
        parts = [lines(rng.randrange(1, 2**31 - 1), 5) for _ in range(8)]
        script = f"\n{self.pause(rng, 1, 4)}\n".join(script for script, _ in parts)
        return self.plan(index, "slow", [(script, b"".join(out for _, out in parts))], {"succeeded"})
