"""What the demo proves of the processed records and the insights: pure, values in, findings out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec

from cointicker.kafka.records import Partition, Record

# An insight may come so long after what set it off: a minute's end, its grace, and its window.
_AFTERMATH = timedelta(minutes=10)
# An event is judged only if the market was seen for so long before: baselines want history.
_HISTORY = timedelta(minutes=45)

Place = tuple[str, int, int]


class _Fact(msgspec.Struct):
    source: str
    id: str
    content_hash: str


class _Traced(msgspec.Struct):
    origin: dict[str, Any]


@dataclass(slots=True)
class Processing:
    """How the raw records add up: each is processed, a repetition, or a dead letter."""

    raw: int = 0
    processed: int = 0
    repeated: int = 0
    dead: int = 0
    problems: list[str] = field(default_factory=list)


def add_up(
    raw: Iterable[tuple[Partition, Record]],
    processed: Iterable[Record],
    letters: Iterable[Record],
) -> Processing:
    """Go through all raw records, in order, and find what became of each."""
    found = Processing()
    made = _origins(processed, found)
    refused = _origins(letters, found)
    seen: set[tuple[str, str, str]] = set()
    for partition, record in raw:
        found.raw += 1
        place = (partition.topic, partition.number, record.offset)
        fact = _fact(record)
        if place in made:
            found.processed += 1
            if fact in seen:
                found.problems.append(f"processed again: {fact} at {place}")
        elif place in refused:
            found.dead += 1
        elif fact in seen:
            found.repeated += 1
        else:
            found.problems.append(f"neither processed nor a dead letter: {place}")
        if fact is not None:
            seen.add(fact)
    if found.processed != len(made):
        found.problems.append(f"{len(made)} origins, {found.processed} of them raw records")
    return found


def _origins(records: Iterable[Record], found: Processing) -> set[Place]:
    places: set[Place] = set()
    for record in records:
        origin = msgspec.json.decode(record.value or b"{}", type=_Traced).origin
        if "offset" not in origin:
            continue  # a dead letter of the collector: it never was a raw record
        place = (origin["topic"], origin["partition"], origin["offset"])
        if place in places:
            found.problems.append(f"made twice of {place}")
        places.add(place)
    return places


def _fact(record: Record) -> tuple[str, str, str] | None:
    try:
        fact = msgspec.json.decode(record.value or b"", type=_Fact)
    except msgspec.DecodeError:
        return None
    return fact.source, fact.id, fact.content_hash


@dataclass(frozen=True, slots=True)
class Verdict:
    """A planted event: what came of it, and what speaks against it, if anything does."""

    event: str
    came: list[str]
    problem: str | None


def judge(
    events: Sequence[dict[str, Any]],
    insights: Sequence[dict[str, Any]],
    seen: tuple[datetime, datetime],
    kinds: Sequence[str],
) -> list[Verdict]:
    """Compare the planted events with the insights that came, where both can be told.

    `seen` are the first and the last moment of the market that were collected, `kinds` the kinds
    of insight there are. An event too early or too late for these is passed over.
    """
    return [
        verdict
        for event in events
        if (verdict := _judge_one(event, insights, seen, kinds)) is not None
    ]


def _judge_one(
    event: dict[str, Any],
    insights: Sequence[dict[str, Any]],
    seen: tuple[datetime, datetime],
    kinds: Sequence[str],
) -> Verdict | None:
    start, end = _moment(event["start"]), _moment(event["end"])
    expected = [kind for kind in event["expects"] if kind in kinds]
    forbidden = [kind for kind in event["forbids"] if kind in kinds]
    if end + _AFTERMATH > seen[1] or (expected and start < seen[0] + _HISTORY):
        return None
    if not expected and not forbidden:
        return None
    within = [
        each
        for each in insights
        if each["market"] == event["market"]
        and start
        <= _moment(each["window"]["end"])
        <= end + (_AFTERMATH if expected else timedelta())
    ]
    missing = [kind for kind in expected if not any(each["kind"] == kind for each in within)]
    wrong = [each["kind"] for each in within if each["kind"] in forbidden]
    problem = f"no {', '.join(missing)} came" if missing else None
    problem = f"{', '.join(wrong)} came and must not" if wrong else problem
    came = [each["summary"]["en"] for each in within if each["kind"] in (*expected, *forbidden)]
    return Verdict(f"{event['kind']} {event['market']}", came, problem)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
