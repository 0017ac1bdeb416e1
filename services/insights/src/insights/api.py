"""The API over HTTP: what was declared, answered from the view; refusals as problem+json."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import msgspec
from aiohttp import ETag, web
from aiohttp.typedefs import Handler

from cointicker.times import utc_now
from insights import openapi, problems
from insights.api_metrics import REQUESTS, STREAM_DROPPED
from insights.api_operations import (
    OPERATIONS,
    STREAM_PARAMETERS,
    STREAM_PATH,
    Operation,
    streamed,
)
from insights.api_parameters import Asked, Parameter, read_all
from insights.problems import Problem, Refusal
from insights.stream import HELLO, Broadcast
from insights.view import Filter, View

PREFIX = "/api"
# A backlog is sent in portions of so many events, each within its own time.
_PORTION = 200


@dataclass(frozen=True, slots=True)
class StreamTimes:
    """Seconds of silence until a heartbeat, and seconds in which a client must take an event."""

    heartbeat_seconds: float
    write_seconds: float


class Api:
    """Everything under /api, from one view and one broadcast."""

    def __init__(
        self,
        view: View,
        broadcast: Broadcast,
        times: StreamTimes,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._view = view
        self._broadcast = broadcast
        self._times = times
        self._clock = clock

    def add_to(self, app: web.Application) -> web.Application:
        """Answer under /api of this application."""
        api = web.Application(middlewares=[_refusals])
        for each in OPERATIONS:
            api.router.add_get(each.path.removeprefix(PREFIX), self._answering(each))
        api.router.add_get(STREAM_PATH.removeprefix(PREFIX), self._stream, allow_head=False)
        api.router.add_get(openapi.PATH.removeprefix(PREFIX), _document())
        app.add_subapp(PREFIX, api)
        return app

    def _answering(
        self, operation: Operation
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(request: web.Request) -> web.StreamResponse:
            asked = Asked(self._clock(), self._view)
            values = _read(request, operation.parameters, asked)
            body = msgspec.json.encode(operation.answer(self._view, values, asked))
            return _cached(request, body)

        return answer

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        wanted = streamed(_read(request, STREAM_PARAMETERS, Asked(self._clock(), self._view)))
        if self._broadcast.is_full:
            raise problems.too_many_clients(self._broadcast.most_clients)
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        with self._broadcast.subscribe(wanted) as subscription:
            missed = self._missed(request, wanted)
            await response.prepare(request)
            try:
                await self._send(request, response, HELLO)
                for at in range(0, len(missed), _PORTION):
                    await self._send(request, response, b"".join(missed[at : at + _PORTION]))
                while frames := await subscription.next(self._times.heartbeat_seconds):
                    await self._send(request, response, frames)
            except ConnectionResetError:
                return response  # the client is gone, as clients do
        return response

    def _missed(self, request: web.Request, wanted: Filter) -> list[bytes]:
        last = request.headers.get("Last-Event-ID")
        return self._broadcast.since(last, self._view, wanted) if last else []

    async def _send(
        self, request: web.Request, response: web.StreamResponse, frames: bytes
    ) -> None:
        try:
            async with asyncio.timeout(self._times.write_seconds):
                await response.write(frames)
        except TimeoutError as error:
            STREAM_DROPPED.labels("stuck").inc()
            if request.transport is not None:
                request.transport.abort()
            raise ConnectionResetError("the client takes nothing") from error


def _read(
    request: web.Request, parameters: tuple[Parameter, ...], asked: Asked
) -> dict[str, object]:
    return read_all(parameters, list(request.query.items()), request.match_info, asked)


def _cached(request: web.Request, body: bytes) -> web.Response:
    """The body with its tag, or 304 if the client has it."""
    tag = hashlib.blake2b(body, digest_size=12).hexdigest()
    given = request.if_none_match or ()
    is_same = any(each.value in (tag, "*") for each in given)
    response = web.Response(status=304) if is_same else web.Response(body=body)
    if not is_same:
        response.content_type = "application/json"
    response.etag = ETag(tag)
    response.headers["Cache-Control"] = "no-cache"
    return response


def _document() -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    body = msgspec.json.encode(openapi.document())

    async def answer(request: web.Request) -> web.StreamResponse:
        return _cached(request, body)

    return answer


@web.middleware
async def _refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    resource = request.match_info.route.resource
    path = resource.canonical if resource is not None else "other"
    # Nobody refuses on purpose with this one: it stays for what a handler raises unexpectedly.
    status = 500
    try:
        response = await _answered(request, handler)
        status = response.status
    finally:
        REQUESTS.labels(path, str(status)).inc()
    return response


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What the handler gives, or the problem that it refuses with."""
    try:
        return await handler(request)
    except Refusal as refusal:
        response = _problem(refusal.problem)
        if refusal.retry_after_seconds is not None:
            response.headers["Retry-After"] = str(refusal.retry_after_seconds)
    except web.HTTPMethodNotAllowed as refused:
        allowed = ", ".join(sorted(refused.allowed_methods))
        detail = f"{request.method} is not allowed here, {allowed} are"
        response = _problem(problems.of_status(refused.status, detail))
        response.headers["Allow"] = allowed
    except web.HTTPNotFound as refused:
        detail = f"there is no such path: {openapi.PATH} lists them"
        response = _problem(problems.of_status(refused.status, detail))
    return response


def _problem(problem: Problem) -> web.Response:
    return web.Response(
        status=problem.status,
        body=msgspec.json.encode(problem),
        content_type=problems.MEDIA_TYPE,
        headers={"Cache-Control": "no-store"},
    )
