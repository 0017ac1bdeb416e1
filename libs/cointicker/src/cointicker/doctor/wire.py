"""The two questions that are put to a single broker by hand: what it speaks, and whom it names.

A client of Kafka asks whichever broker answers, and tries again until its deadline: that hides
which address is wrong, and why.
"""

import asyncio
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

from cointicker.errors import TransientError

_CLIENT = b"cointicker-doctor"
_METADATA, _METADATA_VERSION = 3, 1
_API_VERSIONS, _API_VERSIONS_VERSION = 18, 0
_NO_TOPICS = struct.pack(">i", 0)
_LONGEST_ANSWER = 1_048_576


@dataclass(frozen=True, slots=True)
class BrokerAnswer:
    """What one broker says: the highest version of each request by its number, and the brokers."""

    address: str
    seconds: float
    versions: dict[int, int]
    brokers: list[str]
    has_controller: bool


async def ask_broker(address: str, clock: Callable[[], float] = time.monotonic) -> BrokerAnswer:
    """The answer of the broker at `host:port`. Raises TransientError."""
    host, _, port = address.rpartition(":")
    began = clock()
    try:
        reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
    except (OSError, ValueError) as error:
        raise TransientError(_in_words(error)) from error
    try:
        versions = _versions(await _ask(reader, writer, _API_VERSIONS, _API_VERSIONS_VERSION, b""))
        seconds = clock() - began
        metadata = await _ask(reader, writer, _METADATA, _METADATA_VERSION, _NO_TOPICS)
        brokers, controller = _brokers(metadata)
    except (OSError, EOFError, struct.error, UnicodeDecodeError) as error:
        raise TransientError("something answers there, and it is no Kafka broker") from error
    finally:
        writer.close()
    return BrokerAnswer(address, seconds, versions, brokers, controller >= 0)


async def _ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: int, version: int, body: bytes
) -> bytes:
    request = struct.pack(">hhih", key, version, 0, len(_CLIENT)) + _CLIENT + body
    writer.write(struct.pack(">i", len(request)) + request)
    await writer.drain()
    (size,) = struct.unpack(">i", await reader.readexactly(4))
    if not 0 < size <= _LONGEST_ANSWER:
        raise EOFError
    return await reader.readexactly(size)


def _versions(answer: bytes) -> dict[int, int]:
    """Of each request the highest version; after the correlation id and an error code."""
    (count,) = struct.unpack_from(">i", answer, 6)
    found = (struct.unpack_from(">hhh", answer, 10 + 6 * each) for each in range(count))
    return {key: highest for key, _, highest in found}


def _brokers(answer: bytes) -> tuple[list[str], int]:
    """Where the brokers say that they are, and the id of the controller, -1 without one."""
    (count,) = struct.unpack_from(">i", answer, 4)
    at, brokers = 8, []
    for _ in range(count):
        at += 4  # its id
        host, at = _text(answer, at)
        (port,) = struct.unpack_from(">i", answer, at)
        _, at = _text(answer, at + 4)  # its rack
        brokers.append(f"{host}:{port}")
    (controller,) = struct.unpack_from(">i", answer, at)
    return brokers, controller


def _text(answer: bytes, at: int) -> tuple[str, int]:
    (length,) = struct.unpack_from(">h", answer, at)
    end = at + 2 + max(0, length)
    return answer[at + 2 : end].decode(), end


def _in_words(error: OSError | ValueError) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there"
    return str(error)
