"""The checksum that HDFS gives of a file, computed here from the bytes that were sent.

HDFS answers with an MD5 over the MD5s of its blocks, each of which is over the big-endian CRC32C of
every 512 bytes. The outer MD5 runs over a whole buffer that began with 32 bytes and was doubled as
the block MD5s filled it, so the zeros behind them count too.
"""

import hashlib
import struct

from crc32c import crc32c

ALGORITHM = "CRC32C"
_CHUNK_BYTES = 512
_FIRST_BUFFER_BYTES = 32
# What GETFILECHECKSUM answers with: bytes per CRC, CRCs per block, the MD5.
_ANSWER = struct.Struct(">iq16s")


def hdfs_checksum(body: bytes, block_bytes: int) -> bytes:
    """The MD5 that HDFS has for a file of this content, which must not be empty."""
    content = memoryview(body)
    blocks = b"".join(
        _block_md5(content[start : start + block_bytes])
        for start in range(0, len(body), block_bytes)
    )
    buffer_bytes = _FIRST_BUFFER_BYTES
    while buffer_bytes < len(blocks):
        buffer_bytes *= 2
    return _md5(blocks.ljust(buffer_bytes, b"\0"))


def md5_of_answer(algorithm: str, answer_hex: str) -> bytes | None:
    """The MD5 in an answer to GETFILECHECKSUM; None if it is not of the form computed here."""
    try:
        bytes_per_crc, _, md5 = _ANSWER.unpack_from(bytes.fromhex(answer_hex))
    except (ValueError, struct.error):
        return None
    known: bool = algorithm.endswith(ALGORITHM) and bytes_per_crc == _CHUNK_BYTES
    return md5 if known else None


def _block_md5(block: memoryview) -> bytes:
    return _md5(
        b"".join(
            crc32c(block[start : start + _CHUNK_BYTES]).to_bytes(4, "big")
            for start in range(0, len(block), _CHUNK_BYTES)
        )
    )


def _md5(content: bytes) -> bytes:
    return hashlib.md5(content, usedforsecurity=False).digest()
