"""R12: six chunks of a log in any order, doubled and overlapping: what is out of order is refused with the offset to go on from."""

import itertools
import random

import pytest

from chaos.hand import HandAgent

DATA = bytes(range(256)) * 3
PIECE = len(DATA) // 6


def upload(agent: HandAgent, job: str, step: int, order: tuple[int, ...], overlap: int) -> None:
    """Sends the pieces in this order, again and again, until all are there; each reaches into the next, and each is sent twice."""
    have = 0
    while have < len(DATA):
        before = have
        for piece in order:
            offset = piece * PIECE
            for _ in range(2):
                answer = agent.log(job, step, offset, DATA[offset : offset + PIECE + overlap])
                assert answer.status == (202 if offset <= have else 416)
                have = answer.json["next"] if answer.status == 202 else have
                assert answer.status == 202 or answer.json["next"] == have
        assert have > before


def through(server, orders) -> None:
    agent, rng = HandAgent(server), random.Random(1)
    for batch in (orders[first : first + 120] for first in range(0, len(orders), 120)):
        job = agent.submit(len(batch))
        agent.claim(job)
        for step, order in enumerate(batch):
            upload(agent, job, step, order, rng.randrange(0, PIECE))
        assert agent.finish(job, [DATA] * len(batch))["state"] == "succeeded"
        assert all(server.log(job, step) == DATA for step in range(len(batch)))


ORDERS = list(itertools.permutations(range(6)))


@pytest.mark.one_database
def test_some_orders(server):
    through(server, random.Random(2).sample(ORDERS, 12))


@pytest.mark.long
def test_all_orders(server):
    through(server, ORDERS)
