"""The same input gives the same output and state, in whatever portions and through any crash."""

from collections.abc import Sequence
from itertools import pairwise
from random import Random

import msgspec
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from cointicker.kafka.records import Partition
from cointicker.processed import Market
from cointicker.work import Output, Work
from insights.stages import Stages
from insights.tone import Lexicon
from tests.unit.insights.rules.feeds import (
    MARKET,
    PREFIX,
    START_MS,
    Given,
    Tallied,
    given,
    market,
)
from tests.unit.insights.rules.whole import STATE, headline, idle, index, told

STAGES = Stages(PREFIX, 2, Lexicon.load(), Tallied())
NAMES = ["KRW-A", "KRW-B", "KRW-C"]


def disorderly(seed: int) -> list[Given]:
    """Three markets with jumps, bursts, holes, late, repeated, edited and future ticks."""
    chance = Random(seed)
    price, total, at_ms = dict.fromkeys(NAMES, 100.0), dict.fromkeys(NAMES, 0.0), START_MS
    ticks: list[Market] = []
    for _ in range(400):
        at_ms += chance.choice([1, 2_000, 9_000, 31_000, 31_000, 61_000])
        at_ms += 400_000 * (chance.random() < 0.01)
        name = chance.choice(NAMES)
        price[name] *= 1 + chance.gauss(0, 0.001) + 0.05 * (chance.random() < 0.03)
        total[name] += chance.expovariate(0.001) * (30 if chance.random() < 0.03 else 1)
        late_ms = chance.choice([0, 0, 0, 0, 3_000, 200_000])
        fields = {"market": name, "turnover_day": total[name], "volume_day": total[name] / 7}
        ticks.append(market(at_ms - late_ms, price[name], **fields))
        if chance.random() < 0.1:
            edit = msgspec.structs.replace(ticks[-1], revision=chance.choice([0, 1]))
            ticks.append(edit)
    return given(ticks)


def cut(
    records: Sequence[Given], work: Work, points: Sequence[int], partition: Partition
) -> tuple[list[Output], bytes]:
    """Take the records in portions; at every other cut the process dies and is restored."""
    outputs: list[Output] = []
    edges = sorted({min(each, len(records)) for each in points} | {0, len(records)})
    for number, (first, last) in enumerate(pairwise(edges)):
        outputs += work.take(records[first:last])
        if number % 2:
            work = STAGES(partition, work.snapshot())
    return outputs, work.snapshot()


def whole(records: Sequence[Given], partition: Partition) -> tuple[list[Output], bytes]:
    work = STAGES(partition, None)
    return list(work.take(records)), work.snapshot()


@settings(max_examples=25, deadline=None)
@for_all(st.integers(0, 9), st.lists(st.integers(1, 440), max_size=12))
def test_stage_one_is_the_same_in_any_portions_and_through_any_crash(
    seed: int, points: list[int]
) -> None:
    records = disorderly(seed)
    once = whole(records, MARKET)
    assert cut(records, STAGES(MARKET, None), points, MARKET) == once
    assert len({each.topic for each in once[0]}) >= 3


def everything(seed: int) -> list[Given]:
    """What stage one of two partitions said, with news and indices strewn in between."""
    chance = Random(seed)
    works = [STAGES(Partition(MARKET.topic, number), None) for number in range(2)]
    records: list[Given] = []
    for at, tick in enumerate(disorderly(seed)):
        work = works[at % 7 == 0]
        records += [
            Given(0, each.timestamp_ms or 0, each.key, each.value)
            for each in work.take([tick])
            if each.topic == STATE.topic
        ]
        if chance.random() < 0.5:
            score = chance.choice([None, -1.0, 1.0, 0.123])
            name, coin = f"n:{chance.randrange(200)}", chance.choice("AB")
            records += told([headline(at / 2, score, coin, name=name, revision=at)])
        if chance.random() < 0.05:
            records += told([idle(at % 2), index(at / 100, chance.uniform(20, 80))])
    return records


@settings(max_examples=15, deadline=None)
@for_all(st.integers(0, 4), st.lists(st.integers(1, 2000), max_size=12))
def test_stage_two_is_the_same_in_any_portions_and_through_any_crash(
    seed: int, points: list[int]
) -> None:
    records = everything(seed)
    assert cut(records, STAGES(STATE, None), points, STATE) == whole(records, STATE)
