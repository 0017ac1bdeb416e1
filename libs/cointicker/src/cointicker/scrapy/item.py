"""From whatever a spider yields to an item that can be published, or a named refusal."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from itemadapter import ItemAdapter

from cointicker.content_hash import content_hash
from cointicker.errors import ContractViolation, InvalidMessage
from cointicker.kafka.producer import Message
from cointicker.messages import RawRecord
from cointicker.times import to_ms, to_text

# What the processor takes for an id, and what is shown of a value that is refused.
_LONGEST = 300
_SHOWN = 200
# No source has anything from before 2009 (the first block) or after 2100: it is another unit.
_EARLIEST = datetime(2009, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawItem:
    """One fact of a source, `payload` being it as the source sent it.

    `id` is stable for the same fact, `event_at` is when the source says it happened, `url` is what
    was asked. `key` is the record's key, the id if it is not given; `volatile` names the fields of
    the payload that change without the fact having changed; `fetched_at` is now if not given.
    """

    id: str
    event_at: datetime
    url: str
    payload: Mapping[str, Any]
    key: str | None = None
    volatile: Sequence[str] = ()
    fetched_at: datetime | None = None


_NAMES = frozenset(RawItem.__dataclass_fields__)
# Said to the pipelines, by an item without a payload: no part of the fact.
_ASIDE = {"key", "volatile", "fetched_at"}


def read_item(item: object, now: datetime) -> RawItem:
    """An item of any kind that Scrapy knows, checked and complete. Raises InvalidMessage.

    It has the fields of a `RawItem`; one without `payload` is the payload itself, less `key`,
    `volatile` and `fetched_at`.
    """
    if not ItemAdapter.is_item(item):
        raise _refused("wrong_type", "item", item)
    every = dict(ItemAdapter(item))
    fields = {name: value for name, value in every.items() if value is not None}
    if "payload" in every:
        for name in fields.keys() - _NAMES:
            raise _refused("unknown_field", name, fields[name])
    name = _text(fields, "id")
    return RawItem(
        id=name,
        event_at=_moment(fields, "event_at"),
        url=_url(fields),
        payload=_payload(every["payload"] if "payload" in every else _flat(every)),
        key=_text(fields, "key") if "key" in fields else name,
        volatile=_names(fields.get("volatile", ())),
        fetched_at=_moment(fields, "fetched_at") if "fetched_at" in fields else now,
    )


def hash_of(item: RawItem) -> str:
    """The content hash of a checked item."""
    return content_hash(dict(item.payload), item.volatile)


def checked(item: object) -> RawItem:
    """The item, if it still is what validation made. Raises ContractViolation."""
    if not isinstance(item, RawItem):
        shown = f"{type(item).__name__} {item!r:.{_SHOWN}}"
        raise ContractViolation(f"a pipeline after ValidationPipeline made no RawItem, but {shown}")
    return item


def message_of(item: RawItem, source: str, topic: str) -> Message:
    """The record that a checked item is published as."""
    if item.key is None or item.fetched_at is None:
        raise ContractViolation(f"not checked: {item!r}")
    record = RawRecord(
        source=source,
        id=item.id,
        content_hash=hash_of(item),
        fetched_at=item.fetched_at,
        event_at=item.event_at,
        url=item.url,
        payload=item.payload,
    )
    return Message(topic, item.key.encode(), record.encode(), to_ms(item.fetched_at))


def _refused(reason: str, field: str, value: object) -> InvalidMessage:
    return InvalidMessage(reason, f"{field}: {value!r:.{_SHOWN}}")


def _required(fields: Mapping[str, Any], name: str) -> Any:
    if name not in fields:
        raise InvalidMessage(
            "missing_field", f"{name}: not in {sorted(map(str, fields))!r:.{_SHOWN}}"
        )
    return fields[name]


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = _required(fields, name)
    if not isinstance(value, str):
        raise _refused("wrong_type", name, value)
    if not 1 <= len(value) <= _LONGEST or not _is_json({name: value}):
        raise _refused("out_of_range", name, value)
    return value


def _url(fields: Mapping[str, Any]) -> str:
    value = _required(fields, "url")
    if not isinstance(value, str) or not value.startswith(("http://", "https://")):
        raise _refused("wrong_type", "url", value)
    return value


def _moment(fields: Mapping[str, Any], name: str) -> datetime:
    value = _required(fields, name)
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError as error:
        raise _refused("wrong_type", name, value) from error
    # Without a zone it would be a guess, and a number could be of any unit.
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise _refused("wrong_type", name, value)
    if not _EARLIEST <= moment <= _LATEST:
        raise _refused("out_of_range", name, value)
    return moment


def _names(value: object) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence | frozenset | set):
        raise _refused("wrong_type", "volatile", value)
    if not all(isinstance(each, str) for each in value):
        raise _refused("wrong_type", "volatile", value)
    return tuple(value)


def _flat(fields: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in fields.items() if name not in _ASIDE}
    moment = kept.get("event_at")
    return {**kept, "event_at": to_text(moment)} if isinstance(moment, datetime) else kept


def _payload(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _refused("wrong_type", "payload", value)
    if not value:
        raise _refused("missing_field", "payload", value)
    if not _is_json(value):
        wrong = next((name for name in value if not _is_json({name: value[name]})), "")
        raise _refused("not_json", f"payload.{wrong}", value.get(wrong))
    return value


def _is_json(value: dict[Any, Any]) -> bool:
    """Whether JSON holds it as it is: no NaN, no dates, no names that are not text."""
    try:
        json.dumps(value, allow_nan=False)
        orjson.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return False
    return True
