"""Any portions of the input and any crashes give the same records."""

import asyncio
from collections.abc import Callable, Iterator
from functools import partial

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cointicker.errors import TransientError
from tests.fakes.memory_kafka import MemoryBroker
from tests.unit.cointicker.task_member import (
    INPUT,
    Member,
    commit_of_or_zero,
    counted,
    until,
    working,
)

CRASH = st.sampled_from(["none", "before", "after", "killed", "revoked"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    values=st.lists(st.sampled_from([b"a", b"b", b"c"]), min_size=1, max_size=40),
    crashes=st.lists(CRASH, max_size=12),
    poll_records=st.integers(1, 7),
    snapshot_seconds=st.sampled_from([0.000_001, 3600.0]),
)
def test_any_portions_and_any_crashes_give_the_same_records(
    values: list[bytes], crashes: list[str], poll_records: int, snapshot_seconds: float
) -> None:
    async def disturbed() -> MemoryBroker:
        broker = MemoryBroker()
        broker.produce(INPUT, *values)
        steps = iter(crashes)
        lives = 0
        while commit_of_or_zero(broker) < len(values) and lives < 40:
            lives += 1
            member = Member(broker, snapshot_seconds=snapshot_seconds, poll_records=poll_records)
            broker.disturb = _script(steps, member)
            async with working(member):
                await until(partial(_is_over, broker, member, len(values)))
        return broker

    broker = asyncio.run(disturbed())
    assert broker.values("out") == counted(values)


class Killed(TransientError):
    """The process ends here; its memory with it."""


def _script(steps: Iterator[str], member: Member) -> Callable[[str], None]:
    current = {"step": next(steps, "none")}

    def disturb(moment: str) -> None:
        step = current["step"]
        if moment == "after":
            current["step"] = next(steps, "none")
        if step == "killed":
            current["step"] = "dead"
            member.stop.set()
        if step == "dead" or current["step"] == "dead":
            raise Killed("the process has ended")
        if step == "revoked" and moment == "after":
            member.group.assign(INPUT)
        if step == moment:
            current["step"] = next(steps, "none") if moment == "before" else current["step"]
            raise TransientError("no answer")

    return disturb


def _is_over(broker: MemoryBroker, member: Member, count: int) -> bool:
    return commit_of_or_zero(broker) >= count or member.stop.is_set()
