"""The options of a run: what dev/chaos --help says of them is at the head of dev/chaos. As a program it only looks whether they are right."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Options:
    jobs: int = 1000
    kills: int = 200
    database: str = "sqlite"
    seed: int = 1
    scale: float = 0.1
    agents: int = 6
    clock: bool = False
    minutes: float = 30
    every_kind: bool = False  # each kind of fault has to strike, however short the run


def number(kind: type, low: float, high: float = float("inf")) -> Callable[[str], float]:
    allowed = f"{'a whole number' if kind is int else 'a number'} from {low:g}" + (f" to {high:g}" if high < float("inf") else "")

    def parse(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high or value == float("inf"):
            raise argparse.ArgumentTypeError(f"{text!r} is not {allowed}")
        return value

    return parse


VALUES = {
    "jobs": number(int, 1),
    "kills": number(int, 0),
    "seed": number(int, 0),
    "scale": number(float, 0.05, 1),
    "agents": number(int, 1, 50),
    "minutes": number(float, 0.1),
}


def parse(words: list[str] | None = None) -> Options:
    parser = argparse.ArgumentParser(prog="dev/chaos", usage="dev/chaos [OPTION…]; dev/chaos --help says what there is", add_help=False, allow_abbrev=False)
    for name, value in vars(Options()).items():
        flag = "--" + name.replace("_", "-")
        if isinstance(value, bool):
            parser.add_argument(flag, action="store_true")
        else:
            parser.add_argument(flag, type=VALUES.get(name, str), default=value, choices=["sqlite", "postgres"] if name == "database" else None)
    return Options(**vars(parser.parse_args(words)))


def command(options: Options) -> str:
    """What dev/chaos was, or could have been, called with."""
    words = ["dev/chaos"]
    for name, value in vars(options).items():
        flag = "--" + name.replace("_", "-")
        if not isinstance(value, bool):
            words.append(f"{flag} {value}")
        elif value:
            words.append(flag)
    return " ".join(words)


if __name__ == "__main__":
    parse()
