"""The checksum of HDFS, against what HDFS 3.4.3 answered for the same bytes."""

import hashlib

import pytest

from cointicker.checksum import hdfs_checksum, md5_of_answer

BLOCK_BYTES = 1 << 20
ONE_BLOCK = "MD5-of-0MD5-of-512CRC32C"
BLOCKS = "MD5-of-2048MD5-of-512CRC32C"


def body_of(length: int) -> bytes:
    return hashlib.shake_128(b"seed").digest(length)


@pytest.mark.parametrize(
    ("length", "algorithm", "answer"),
    [
        (1, ONE_BLOCK, "000002000000000000000000b12f912794a859b904b086224911c70000000000"),
        (511, ONE_BLOCK, "000002000000000000000000b3a8df24976728befd3e13715204a66e00000000"),
        (512, ONE_BLOCK, "000002000000000000000000e2a385cf8782513b10fc41339917639f00000000"),
        (513, ONE_BLOCK, "000002000000000000000000fd2874a6a9a547d9f93b687b21faee1600000000"),
        (900_000, ONE_BLOCK, "000002000000000000000000477d18a1baa52bbaf96880811572894f00000000"),
        (1 << 20, ONE_BLOCK, "000002000000000000000000c20af81b531e20a86997b81da114253a00000000"),
        (2 << 20, BLOCKS, "000002000000000000000800b3fb331f77c4ce5e8b55e8f7bc9d329e00000000"),
        ((2 << 20) + 1, BLOCKS, "000002000000000000000800296e2f4d15f0baf45383e37029b652c100000000"),
        ((5 << 20) + 7, BLOCKS, "00000200000000000000080010742710e29ef635115d244eba68747f00000000"),
    ],
)
def test_it_is_what_hdfs_answers(length: int, algorithm: str, answer: str) -> None:
    assert md5_of_answer(algorithm, answer) == hdfs_checksum(body_of(length), BLOCK_BYTES)


@pytest.mark.parametrize(
    ("algorithm", "answer"),
    [
        ("MD5-of-0MD5-of-512CRC32", "00000200" + "0" * 56),
        ("MD5-of-0MD5-of-4096CRC32C", "00001000" + "0" * 56),
        ("COMPOSITE-CRC32C", "00000200"),
        (ONE_BLOCK, "not hex"),
        (ONE_BLOCK, ""),
    ],
)
def test_a_checksum_of_another_form_is_not_compared(algorithm: str, answer: str) -> None:
    assert md5_of_answer(algorithm, answer) is None
