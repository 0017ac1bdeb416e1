"""What a service knows of its own health, and the endpoint that tells it: metrics too."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest

from cointicker.errors import ConfigError

# What hdfs-sink's /readyz says of a partition that it refuses begins so: the doctor reads it.
REFUSED = "refused, "
_LOOP_LAG_INTERVAL_SECONDS = 0.5


class Health:
    """Own progress (/healthz) and each dependency by name (/readyz).

    A service that may rightly be idle calls `progressed` whenever its loop comes around.
    """

    def __init__(
        self, stalled_seconds: float = 60.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stalled_seconds = stalled_seconds
        self._clock = clock
        self._progressed_at = clock()
        self._why_down: dict[str, str | None] = {}

    def dependency(self, name: str) -> None:
        """Declare a dependency; it is down until it was reached once."""
        self._why_down.setdefault(name, "not reached yet")

    def up(self, name: str) -> None:
        """A dependency answered."""
        self._why_down[name] = None

    def down(self, name: str, why: str) -> None:
        """A dependency is away, or duty cannot be done; `why` is shown to the operator."""
        self._why_down[name] = why

    def gone(self, name: str) -> None:
        """Forget a dependency that is not ours any more."""
        self._why_down.pop(name, None)

    def progressed(self) -> None:
        """The service's own loop came around."""
        self._progressed_at = self._clock()

    def seconds_since_progress(self) -> float:
        """Seconds since the loop came around last."""
        return self._clock() - self._progressed_at

    def is_alive(self) -> bool:
        """Whether the loop came around lately."""
        return self.seconds_since_progress() < self._stalled_seconds

    def is_ready(self) -> bool:
        """Whether every dependency is up; a service that named none yet is still starting."""
        return bool(self._why_down) and not any(self._why_down.values())

    def dependencies(self) -> dict[str, str]:
        """Each dependency by name: `ok`, or why not."""
        return {name: why or "ok" for name, why in sorted(self._why_down.items())}


def health_app(
    health: Health, documents: Mapping[str, Callable[[], Mapping[str, object]]] | None = None
) -> web.Application:
    """/metrics, /healthz and /readyz; `documents` are further paths with what each shows then."""

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def healthz(_: web.Request) -> web.Response:
        body = {"alive": health.is_alive(), "progress_age_seconds": health.seconds_since_progress()}
        return _json(body, ok=health.is_alive())

    async def readyz(_: web.Request) -> web.Response:
        body = {"ready": health.is_ready(), "dependencies": health.dependencies()}
        return _json(body, ok=health.is_ready())

    def shows(document: Callable[[], Mapping[str, object]]) -> Handler:
        async def handler(_: web.Request) -> web.Response:
            return _json(document(), ok=True)

        return handler

    app = web.Application()
    app.add_routes(
        [web.get("/metrics", metrics), web.get("/healthz", healthz), web.get("/readyz", readyz)]
    )
    app.add_routes([web.get(path, shows(each)) for path, each in (documents or {}).items()])
    return app


@asynccontextmanager
async def serve_app(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve while the context is open; yields the port it listens on. Raises ConfigError."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            why = os.strerror(error.errno or 0)
            raise ConfigError([f"http_port: cannot listen on {host}:{port}: {why}"]) from error
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def watch_loop_lag(gauge: Gauge) -> None:
    """Measure for ever how late the event loop wakes a sleeper, in seconds."""
    while True:
        before = time.monotonic()
        await asyncio.sleep(_LOOP_LAG_INTERVAL_SECONDS)
        gauge.set(max(0.0, time.monotonic() - before - _LOOP_LAG_INTERVAL_SECONDS))


def _json(body: Mapping[str, object], *, ok: bool) -> web.Response:
    return web.Response(
        body=orjson.dumps(body), status=200 if ok else 503, content_type="application/json"
    )
