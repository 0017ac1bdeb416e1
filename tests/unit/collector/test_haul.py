"""The bytes of a record."""

import json

import orjson
import pytest

from cointicker.messages import RawRecord
from cointicker.times import from_ms
from collector.haul import Fetched, Wire
from tests.unit.collector.examples import SOURCES, body


@pytest.mark.parametrize("name", SOURCES)
def test_a_record_is_what_the_shared_type_says(name: str) -> None:
    source, example = SOURCES[name]
    page = source.parse(body(name, [example]))
    at, url = from_ms(1_773_240_059_012.345), 'https://x/?q="\\ü'
    wire = Wire(source.topic, "raw", "dead", "gaps", source.asks())
    [message] = wire.records(page.items, Fetched(page, url, at))
    [item] = page.items
    record = RawRecord(
        source=source.topic,
        id=item.id,
        content_hash=item.content_hash,
        fetched_at=at,
        event_at=item.event_at,
        url=url,
        payload=orjson.Fragment(item.payload),
        question=source.asks(),
    )
    assert message.value == record.encode()
    assert json.loads(message.value)["payload"] == example
    assert message.timestamp_ms == 1_773_240_059_012


def test_an_answer_carries_its_question() -> None:
    assert {name for name, (source, _) in SOURCES.items() if source.asks()} == {"perplexity"}
