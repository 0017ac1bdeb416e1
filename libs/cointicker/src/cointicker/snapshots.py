"""What a task keeps of itself: its state on a topic of its own, and a mark beside each commit.

A snapshot's value is one line of JSON that says whose it is, and the state compressed with zstd.
The mark is the text that goes with the committed offset; it says where the state comes from.
"""

from dataclasses import dataclass

import cramjam
import msgspec

from cointicker.errors import ContractViolation, InvalidMessage
from cointicker.kafka.records import Partition

FORMAT = 1
MAX_BYTES = 8 * 1_048_576


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of the task of `partition` after all records below `offset`.

    `partitions` is how many the topic had, `began` the first offset that the state knows of.
    """

    partition: Partition
    partitions: int
    began: int
    offset: int
    state: bytes


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """What a task says beside its offset: `snapshot` is the offset of its newest one, if any."""

    format: int = FORMAT
    began: int
    partitions: int
    snapshot: int | None

    def encode(self) -> str:
        """The commit's metadata."""
        return msgspec.json.encode(self).decode()


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    format: int = FORMAT
    topic: str
    partition: int
    partitions: int
    began: int
    offset: int


def decode_mark(metadata: str) -> Mark | None:
    """The mark; None if no task of this format made the commit."""
    try:
        mark = msgspec.json.decode(metadata, type=Mark)
    except msgspec.DecodeError:
        return None
    return mark if mark.format == FORMAT else None


def encode_snapshot(snapshot: Snapshot) -> bytes:
    """The record's value. Raises ContractViolation if it is larger than 8 MiB."""
    head = _Head(
        topic=snapshot.partition.topic,
        partition=snapshot.partition.number,
        partitions=snapshot.partitions,
        began=snapshot.began,
        offset=snapshot.offset,
    )
    body = bytes(cramjam.zstd.compress(snapshot.state, level=1))
    value = msgspec.json.encode(head) + b"\n" + body
    if len(value) > MAX_BYTES:
        raise ContractViolation(
            f"the state of {snapshot.partition} takes {len(value)} bytes compressed, "
            f"a snapshot at most {MAX_BYTES}"
        )
    return value


def decode_snapshot(value: bytes) -> Snapshot:
    """Read a record's value. Raises InvalidMessage."""
    line, _, body = value.partition(b"\n")
    try:
        head = msgspec.json.decode(line, type=_Head)
    except msgspec.DecodeError as error:
        raise InvalidMessage("not_a_snapshot", str(error)) from error
    if head.format != FORMAT:
        raise InvalidMessage("unknown_format", str(head.format))
    try:
        state = bytes(cramjam.zstd.decompress(body))
    except cramjam.DecompressionError as error:
        raise InvalidMessage("broken_snapshot", str(error)) from error
    where = Partition(head.topic, head.partition)
    return Snapshot(where, head.partitions, head.began, head.offset, state)
