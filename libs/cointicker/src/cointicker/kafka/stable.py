"""The committed offset of a group, never while a transaction that moves it is being ended.

A coordinator answers that a transaction is over before its offsets are in force, a moment later.
Version 7 of the request (KIP-447) can ask it to say so rather than to answer with the old offset;
aiokafka ends at version 3. For who reads the offset after fencing its predecessor this moment would
be a repeated record.
"""

import asyncio
from typing import Any

from aiokafka.errors import (
    CoordinatorLoadInProgressError,
    GroupLoadInProgressError,
    KafkaError,
    NotCoordinatorError,
    NotCoordinatorForGroupError,
    for_code,
)
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Int64,
    Schema,
    TaggedFields,
)
from aiokafka.structs import OffsetAndMetadata, TopicPartition

_UNSTABLE_OFFSET_COMMIT = 88
_RETRY_SECONDS = 0.02


class _Answer(Response):  # type: ignore[misc]
    API_KEY = 9
    API_VERSION = 7
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "topics",
            CompactArray(
                ("topic", CompactString("utf-8")),
                (
                    "partitions",
                    CompactArray(
                        ("partition", Int32),
                        ("offset", Int64),
                        ("leader_epoch", Int32),
                        ("metadata", CompactString("utf-8")),
                        ("error_code", Int16),
                        ("tags", TaggedFields),
                    ),
                ),
                ("tags", TaggedFields),
            ),
        ),
        ("error_code", Int16),
        ("tags", TaggedFields),
    )


class _Question(RequestStruct):  # type: ignore[misc]
    API_KEY = 9
    API_VERSION = 7
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _Answer
    SCHEMA = Schema(
        ("group", CompactString("utf-8")),
        (
            "topics",
            CompactArray(
                ("topic", CompactString("utf-8")),
                ("partitions", CompactArray(Int32)),
                ("tags", TaggedFields),
            ),
        ),
        ("require_stable", Boolean),
        ("tags", TaggedFields),
    )


class StableOffsetFetch(Request[_Question]):  # type: ignore[misc]
    """Asks for one partition's committed offset, and for an error while it is not settled."""

    API_KEY = 9

    def __init__(self, group: str, partition: TopicPartition) -> None:
        self._group = group
        self._partition = partition

    def build(self, request_struct_class: type[_Question]) -> _Question:
        """The bytes' shape, as aiokafka asks for it."""
        topics: list[tuple[object, ...]] = [
            (self._partition.topic, [self._partition.partition], {})
        ]
        return request_struct_class(self._group, topics, True, {})


async def fetch_stable(coordinator: Any, partition: TopicPartition) -> OffsetAndMetadata | None:
    """The offset and its metadata, once no transaction on it is open any more. Raises KafkaError.

    `coordinator` is the one of aiokafka's consumer. It waits for ever: give it a deadline.
    """
    while True:
        await coordinator.ensure_coordinator_known()
        answer = await coordinator._send_req(  # noqa: SLF001
            StableOffsetFetch(coordinator.group_id, partition)
        )
        code, offset, metadata = answer.error_code, -1, ""
        if code == 0:  # else no partition is in the answer
            [(_, [(_, offset, _, metadata, code, _)], _)] = answer.topics
        if code == 0:
            return OffsetAndMetadata(offset, metadata or "") if offset >= 0 else None
        if code != _UNSTABLE_OFFSET_COMMIT:
            _raise_unless_passing(coordinator, code)
        await asyncio.sleep(_RETRY_SECONDS)


def _raise_unless_passing(coordinator: Any, code: int) -> None:
    error: type[KafkaError] = for_code(code)
    if error in (NotCoordinatorError, NotCoordinatorForGroupError):
        coordinator.coordinator_dead()
    elif error not in (CoordinatorLoadInProgressError, GroupLoadInProgressError):
        raise error()
