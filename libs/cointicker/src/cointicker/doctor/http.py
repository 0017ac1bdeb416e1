"""Asking over HTTP: an answer with its time, or why there was none."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson

from cointicker.errors import TransientError


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer in JSON, and the other's clock: `date` fell between `asked` and `answered` there.

    `asked` and `answered` are ours, in seconds since 1970 UTC; `date` has no fraction.
    """

    status: int
    body: Any
    date: datetime | None
    asked: float
    answered: float


class JsonHttp:
    """Asks within a deadline."""

    def __init__(
        self, session: aiohttp.ClientSession, seconds: float, clock: Callable[[], float] = time.time
    ) -> None:
        self._session = session
        self._seconds = seconds
        self._clock = clock

    async def get(self, url: str, host: str | None = None) -> Answer:
        """The answer, whatever its status. Raises TransientError with why there is none.

        `host` is the name that the address in `url` was found by.
        """
        asked = self._clock()
        headers = {"Host": host} if host else {}
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._session.get(url, headers=headers) as response,
            ):
                body = orjson.loads(await response.read())
                date = _date(response.headers.get("Date"))
        except TimeoutError as error:
            raise TransientError(f"no answer within {self._seconds:g} s") from error
        except aiohttp.ClientConnectorError as error:
            raise TransientError(_in_words(error)) from error
        except (aiohttp.ClientError, aiohttp.InvalidURL, OSError, UnicodeError) as error:
            raise TransientError(f"no answer: {error or type(error).__name__}") from error
        except orjson.JSONDecodeError as error:
            raise TransientError("it answers, and not in JSON: something else is there") from error
        return Answer(response.status, body, date, asked, self._clock())


@asynccontextmanager
async def open_http(seconds: float) -> AsyncIterator[JsonHttp]:
    """A client while the context is open."""
    async with aiohttp.ClientSession() as session:
        yield JsonHttp(session, seconds)


def http_url(text: str) -> str:
    """The address of a service, without a slash at its end. Raises ValueError."""
    try:
        split = urlsplit(text)
        host, _ = (split.hostname or "").encode("idna"), split.port
    except ValueError as error:
        raise ValueError(f"{text!r} is no address: {error}") from error
    if split.scheme not in ("http", "https") or not host:
        raise ValueError(f"{text!r}: expected http://host:port")
    return text.rstrip("/")


async def every_address(url: str, seconds: float) -> list[tuple[str, str]]:
    """The URL once for each address that its name has, with the Host to ask for.

    Containers that were scaled share one name. Raises TransientError.
    """
    split = urlsplit(url)
    port = split.port or (443 if split.scheme == "https" else 80)
    if split.scheme == "https" or not split.hostname:
        return [(url, split.netloc)]
    try:
        async with asyncio.timeout(seconds):
            found = await asyncio.get_running_loop().getaddrinfo(
                split.hostname, port, type=socket.SOCK_STREAM
            )
    except TimeoutError as error:
        raise TransientError(f"{split.hostname}: not resolved within {seconds:g} s") from error
    except (OSError, UnicodeError) as error:
        raise TransientError(f"{split.hostname}: no such host") from error
    # Our services listen on IPv4: of localhost the other address would only refuse.
    of_four = sorted({str(each[4][0]) for each in found if each[0] == socket.AF_INET})
    hosts = of_four or sorted({f"[{each[4][0]}]" for each in found})
    return [(split._replace(netloc=f"{host}:{port}").geturl(), split.netloc) for host in hosts]


def _date(header: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(header) if header else None
    except ValueError:
        return None


def _in_words(error: aiohttp.ClientConnectorError) -> str:
    if isinstance(error.os_error, ConnectionRefusedError):
        return "nothing listens there"
    return str(error.os_error)
