"""HTTP by aiohttp, the only module that imports it: a deadline and a size for every answer."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp

from collector.http import Reply, Trouble

_CHUNK_BYTES = 65_536


class AiohttpClient:
    """Asks for one source; what takes longer or is larger than allowed is given up."""

    def __init__(
        self, session: aiohttp.ClientSession, *, deadline_seconds: float, max_body_bytes: int
    ) -> None:
        self._session = session
        self._deadline = deadline_seconds
        self._max_body = max_body_bytes

    async def get(self, url: str, headers: Mapping[str, str]) -> Reply:
        """The answer to a GET. Raises Trouble."""
        return await self._ask("GET", url, headers, None)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """The answer to a POST; it is never sent on to another address. Raises Trouble."""
        return await self._ask("POST", url, headers, body)

    async def _ask(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Reply:
        try:
            async with (
                asyncio.timeout(self._deadline),
                self._session.request(
                    method,
                    url,
                    headers=dict(headers),
                    data=body,
                    allow_redirects=method == "GET",
                    max_redirects=3,
                ) as response,
            ):
                content = await self._body(response)
        except TimeoutError as error:
            raise Trouble("timeout", f"nothing within {self._deadline:g} s: {url}") from error
        except aiohttp.ClientError as error:
            raise Trouble("no_answer", f"{url}: {error!r}") from error
        names = {name.lower(): value for name, value in response.headers.items()}
        return Reply(url, response.status, names, content)

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        chunks = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
            chunks += chunk
            if len(chunks) > self._max_body:
                raise Trouble("too_large", f"more than {self._max_body} bytes: {response.url}")
        return bytes(chunks)


@asynccontextmanager
async def open_client(
    *, deadline_seconds: float, max_body_bytes: int
) -> AsyncIterator[AiohttpClient]:
    """A client with connections of its own: no source can use up those of another."""
    async with aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),
        headers={"User-Agent": "CoinTicker/0.1"},
    ) as session:
        yield AiohttpClient(
            session, deadline_seconds=deadline_seconds, max_body_bytes=max_body_bytes
        )
