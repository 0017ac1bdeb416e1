"""The middleware that every source's answer passes: it counts, delays, and plays the faults."""

import asyncio
import socket
import struct
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import orjson
from aiohttp import web

from simulator.cnn import TEAPOT
from simulator.damage import with_failure, with_nothing, with_wrong_type
from simulator.faults import SOURCES, Fault, Faults

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_CHALLENGE = """<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title>
<meta http-equiv="Content-Type" content="text/html; charset=UTF-8"><meta name="robots"
content="noindex,nofollow"></head><body><div class="main-content"><h1>Performing security
verification</h1><noscript>Enable JavaScript and cookies to continue</noscript></div>
<script>window._cf_chl_opt={cType:'managed'};</script><input type="hidden" name="__cf_chl_tk">
</body></html>"""
# As a linger time of zero: the kernel answers with RST instead of FIN.
_LINGER_ZERO = struct.pack("ii", 1, 0)
_GUNZIP = zlib.MAX_WBITS | 16


class Misbehaviour:
    """Plays the faults that are on; `requests` counts what was asked and how it was answered."""

    def __init__(self, faults: Faults, latency_seconds: float) -> None:
        self._faults = faults
        self._latency_seconds = latency_seconds
        self.requests: dict[str, Counter[str]] = {source: Counter() for source in SOURCES}

    async def __call__(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer one request, as it should be or as the fault wants it."""
        source = request.path.split("/")[1]
        if source not in self.requests:
            return await handler(request)
        fault = self._faults.take(source)
        counter = self.requests[source]
        counter["total"] += 1
        if fault:
            counter[f"fault {fault.kind}"] += 1
        if self._latency_seconds:
            await asyncio.sleep(self._latency_seconds)
        response = await (_play(source, fault, request, handler) if fault else handler(request))
        counter[f"status {response.status}"] += 1
        return response


async def _play(
    source: str, fault: Fault, request: web.Request, handler: Handler
) -> web.StreamResponse:
    if fault.kind in {"429", "418", "403", "500"}:
        return _refusal(source, int(fault.kind))
    if fault.kind == "hang":
        await asyncio.Event().wait()
    if fault.kind == "reset":
        _reset(request)
        return web.Response()
    if fault.kind == "slow":
        await asyncio.sleep(fault.seconds)
    response = await handler(request)
    if not isinstance(response, web.Response) or response.status != HTTPStatus.OK:
        return response
    if fault.kind == "truncated":
        return await _truncated(request, response)
    return _damaged(source, fault.kind, response)


def _refusal(source: str, status: int) -> web.Response:
    if status == HTTPStatus.FORBIDDEN:
        headers = {"Server": "cloudflare", "cf-mitigated": "challenge"}
        return web.Response(status=403, text=_CHALLENGE, content_type="text/html", headers=headers)
    if source == "perplexity":
        error = {"message": f"simulated {status}", "type": "error", "code": status}
        wait = {"Retry-After": "1"} if status == HTTPStatus.TOO_MANY_REQUESTS else None
        return web.json_response({"error": error}, status=status, headers=wait)
    texts = {
        429: "Too many API requests.",
        418: TEAPOT if source == "cnn" else "Too many API requests. Blocked for 60 seconds.",
        500: "Internal Server Error",
    }
    return web.Response(status=status, text=texts[status])


def _reset(request: web.Request) -> None:
    transport = request.transport
    if transport is None:
        return
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
    transport.abort()


async def _truncated(request: web.Request, whole: web.Response) -> web.StreamResponse:
    """The headers of the whole answer and half of its body, then the end of the connection."""
    content = _content(whole)
    stream = web.StreamResponse(status=whole.status, headers=whole.headers)
    stream.headers.pop("Content-Encoding", None)
    stream.content_length = len(content)
    await stream.prepare(request)
    await stream.write(content[: len(content) // 2])
    if request.transport:
        request.transport.close()
    return stream


def _damaged(source: str, kind: str, response: web.Response) -> web.Response:
    body = orjson.loads(_content(response))
    if kind == "wrong_type":
        body = with_wrong_type(source, body)
    elif kind == "empty":
        body = with_nothing(source, body)
    elif kind == "failed":
        body = with_failure(body)
    else:
        return response
    kept = {
        name: value
        for name, value in response.headers.items()
        if name not in {"Content-Encoding", "Content-Length", "ETag"}
    }
    return web.Response(status=response.status, body=orjson.dumps(body), headers=kept)


def _content(response: web.Response) -> bytes:
    content = response.body
    if not isinstance(content, bytes):
        raise TypeError("sources answer with bytes")
    if response.headers.get("Content-Encoding") == "gzip":
        return zlib.decompress(content, _GUNZIP)
    return content
