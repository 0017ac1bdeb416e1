"""Snapshots: small, the same for the same input, and only a task's own are taken."""

import random
import zlib

import msgspec
import pytest

from cointicker.errors import ContractViolation, InvalidMessage
from cointicker.kafka.records import Partition
from processor.making import SOURCES, make_work
from processor.memory import Memory
from processor.rings import Rings
from tests.unit.processor.raw import OPTIONS, TRADED_MS, Seen, Task, flash, numbered, ticker

MIB = 1_048_576


def mixed(number: int) -> int:
    """A number of 64 bits that looks like a hash."""
    return number * 0x9E3779B97F4A7C15 % (1 << 64)


def test_ten_thousand_markets_with_full_rings_fit_into_a_snapshot() -> None:
    rings = Rings(OPTIONS.remembered_trades, OPTIONS.remembered_markets)
    # A full ring does not grow: one market shows it, the others are filled to the brim.
    for at in range(3 * OPTIONS.remembered_trades):
        assert rings.admit("KRW-BTC", TRADED_MS + at, mixed(at)) == 0
    one = rings.packed()["KRW-BTC"]
    assert len(one[0]) == 8 * OPTIONS.remembered_trades
    size = 8 * OPTIONS.remembered_trades
    hashes = random.Random(1).randbytes(10_000 * size)
    packed = {
        f"KRW-M{at}": (one[0], one[1], hashes[at * size : (at + 1) * size]) for at in range(10_000)
    }
    rings.unpack(packed)
    assert len(rings) == 10_000
    assert len(zlib.compress(msgspec.msgpack.encode(rings.packed()), 1)) < 4 * MIB


def test_as_many_versions_of_items_as_may_be_fit_into_a_snapshot() -> None:
    most = 5_000
    memory = Memory(span_ms=7 * 86_400_000, most=most)
    for at in range(most + 500):
        memory.admit(f"{at:020d}", TRADED_MS + at, mixed(at))
    assert len(memory) == most
    packed = zlib.compress(msgspec.msgpack.encode(memory.packed()), 1)
    assert len(packed) * OPTIONS.remembered_versions / most < 5 * MIB


@pytest.mark.parametrize("source", SOURCES)
def test_a_new_task_and_one_from_its_first_snapshot_are_the_same(source: str) -> None:
    first = Task(source).work().snapshot()
    assert Task(source).work(first).snapshot() == first


def test_a_restored_task_knows_what_was_seen() -> None:
    task = Task("coinness")
    work = task.work()
    work.take(numbered([flash(), flash(version=2)]))
    again = task.work(work.snapshot())
    assert again.take(numbered([flash(), flash(version=2)], first=2)) == []
    assert len(again.take(numbered([flash(version=3)], first=4))) == 1


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("snapshot", [b"", b"{}", b"\x80", b"\xff" * 20])
def test_what_is_no_snapshot_is_refused(source: str, snapshot: bytes) -> None:
    with pytest.raises(InvalidMessage, match="wrong_snapshot"):
        Task(source).work(snapshot)


def test_the_snapshot_of_another_task_is_refused() -> None:
    for taken, given in (("coinness", "saveticker"), ("coinness", "upbit_trends")):
        with pytest.raises(InvalidMessage, match="wrong_snapshot"):
            Task(given).work(Task(taken).work().snapshot())


def test_damaged_rings_are_refused() -> None:
    work = Task("upbit_trends").work()
    work.take(numbered([ticker()]))
    state = msgspec.msgpack.decode(work.snapshot())
    state["rings"]["KRW-BTC"][0] = b"123"
    with pytest.raises(InvalidMessage, match="wrong_snapshot"):
        Task("upbit_trends").work(msgspec.msgpack.encode(state))


def test_an_idle_task_says_nothing() -> None:
    assert all(not Task(source).work().idle() for source in SOURCES)


def test_a_topic_that_nobody_declared_has_no_work() -> None:
    with pytest.raises(ContractViolation, match="none of the raw topics"):
        make_work(Partition("cointicker.raw.test", 0), None, options=OPTIONS, report=Seen().report)
