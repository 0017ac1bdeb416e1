import os

import pytest

from cointicker.errors import ContractViolation, InvalidMessage
from cointicker.kafka.records import Partition
from cointicker.snapshots import (
    Mark,
    Snapshot,
    decode_mark,
    decode_snapshot,
    encode_snapshot,
)

INPUT = Partition("cointicker.raw.upbit_trends", 3)


def test_a_snapshot_comes_back_as_it_was() -> None:
    snapshot = Snapshot(INPUT, 6, 17, 4_000, b'{"seen":[1,2]}' * 1_000)
    assert decode_snapshot(encode_snapshot(snapshot)) == snapshot


def test_whose_it_is_can_be_read_without_unpacking() -> None:
    first, _, body = encode_snapshot(Snapshot(INPUT, 6, 0, 12, b"state")).partition(b"\n")
    assert first == (
        b'{"format":1,"topic":"cointicker.raw.upbit_trends",'
        b'"partition":3,"partitions":6,"began":0,"offset":12}'
    )
    assert body.startswith(b"\x28\xb5\x2f\xfd")  # zstd


def test_an_empty_state_is_a_state() -> None:
    assert decode_snapshot(encode_snapshot(Snapshot(INPUT, 6, 0, 1, b""))).state == b""


def test_more_than_8_mib_compressed_is_no_snapshot() -> None:
    with pytest.raises(ContractViolation, match="8388608"):
        encode_snapshot(Snapshot(INPUT, 6, 0, 1, os.urandom(8_388_608)))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "not_a_snapshot"),
        (b"{}\nx", "not_a_snapshot"),
        (encode_snapshot(Snapshot(INPUT, 6, 0, 1, b"state"))[:-3], "broken_snapshot"),
        (
            encode_snapshot(Snapshot(INPUT, 6, 0, 1, b"s")).replace(b'"format":1', b'"format":2'),
            "unknown_format",
        ),
    ],
)
def test_what_is_no_snapshot_of_ours_says_why(value: bytes, reason: str) -> None:
    with pytest.raises(InvalidMessage) as raised:
        decode_snapshot(value)
    assert raised.value.reason == reason


def test_a_mark_comes_back_as_it_was() -> None:
    mark = Mark(began=0, partitions=6, snapshot=99)
    assert decode_mark(mark.encode()) == mark
    assert mark.encode() == '{"format":1,"began":0,"partitions":6,"snapshot":99}'


@pytest.mark.parametrize("metadata", ["", "aiokafka", '{"root":"/cointicker"}', '{"format":2}'])
def test_the_commit_of_another_has_no_mark(metadata: str) -> None:
    assert decode_mark(metadata) is None
