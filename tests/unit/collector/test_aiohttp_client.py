"""The HTTP adapter against a server on this machine: every answer, and every lack of one."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from collector.aiohttp_client import AiohttpClient, open_client
from collector.http import Trouble

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def asking(
    handler: Handler, *, deadline_seconds: float = 5, max_body_bytes: int = 1000
) -> AsyncIterator[tuple[AiohttpClient, str]]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    limits = {"deadline_seconds": deadline_seconds, "max_body_bytes": max_body_bytes}
    try:
        async with open_client(**limits) as client:  # type: ignore[arg-type]
            yield client, f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def reason_of(handler: Handler, *, deadline_seconds: float = 5) -> str:
    async with asking(handler, deadline_seconds=deadline_seconds) as (client, url):
        with pytest.raises(Trouble) as raised:
            await client.get(url, {})
    return raised.value.reason


async def test_an_answer_comes_whole_with_its_headers_in_lower_case() -> None:
    async def answer(request: web.Request) -> web.Response:
        sent = {"ETag": 'W/"a"', "Content-Encoding": "gzip"}
        return web.Response(body=gzip.compress(request.path_qs.encode()), headers=sent)

    async with asking(answer) as (client, url):
        reply = await client.get(f"{url}/list?page=1", {})
    assert (reply.status, reply.body, reply.url) == (200, b"/list?page=1", f"{url}/list?page=1")
    assert reply.headers["etag"] == 'W/"a"'


async def test_what_is_posted_arrives_with_its_headers_and_no_origin() -> None:
    async def echo(request: web.Request) -> web.Response:
        assert "Origin" not in request.headers
        assert request.headers["User-Agent"] == "Mozilla"
        return web.Response(status=201, body=request.method.encode() + await request.read())

    async with asking(echo) as (client, url):
        reply = await client.post(url, {"User-Agent": "Mozilla"}, b"{}")
    assert (reply.status, reply.body) == (201, b"POST{}")


async def test_a_status_is_an_answer_whatever_it_is() -> None:
    async def refuse(_: web.Request) -> web.Response:
        return web.Response(status=418, text="I'm a teapot.")

    async with asking(refuse) as (client, url):
        assert (await client.get(url, {})).status == 418


async def test_a_body_that_is_too_large_is_given_up_even_if_it_came_small() -> None:
    async def bomb(_: web.Request) -> web.Response:
        body = gzip.compress(b"0" * 10_000_000)
        return web.Response(body=body, headers={"Content-Encoding": "gzip"})

    assert await reason_of(bomb) == "too_large"


async def test_a_server_that_hangs_is_given_up_at_the_deadline() -> None:
    async def hang(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    assert await reason_of(hang, deadline_seconds=0.05) == "timeout"


async def test_a_body_that_trickles_for_ever_is_given_up_at_the_deadline() -> None:
    async def trickle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"[")
        await asyncio.Event().wait()
        return response

    assert await reason_of(trickle, deadline_seconds=0.05) == "timeout"


async def test_a_body_that_ends_too_early_is_no_answer() -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = 100
        await response.prepare(request)
        await response.write(b"[")
        assert request.transport
        request.transport.close()
        return response

    assert await reason_of(cut) == "no_answer"


async def test_a_redirect_in_a_circle_is_no_answer() -> None:
    async def circle(request: web.Request) -> web.Response:
        raise web.HTTPFound(request.path)

    assert await reason_of(circle) == "no_answer"


async def test_a_post_is_not_sent_on_to_another_address() -> None:
    async def elsewhere(_: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect("/other")

    async with asking(elsewhere) as (client, url):
        assert (await client.post(url, {"Authorization": "Bearer x"}, b"")).status == 307


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://[", "gopher://x"])
async def test_nobody_there_is_no_answer(url: str) -> None:
    async with open_client(deadline_seconds=5, max_body_bytes=10) as client:
        with pytest.raises(Trouble) as raised:
            await client.get(url, {})
    assert raised.value.reason == "no_answer"
