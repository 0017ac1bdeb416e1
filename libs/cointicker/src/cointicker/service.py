"""One way to live and die for every service: settings, logs, endpoint, signals, exit status."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeVar

import uvloop
from aiohttp import web
from prometheus_client import Gauge, disable_created_metrics

from cointicker.concurrency import task_group
from cointicker.errors import ConfigError
from cointicker.health import Health, health_app, serve_app, watch_loop_lag
from cointicker.logs import configure_logs
from cointicker.settings import ServiceSettings

logger = logging.getLogger(__name__)

S = TypeVar("S", bound=ServiceSettings)
Serve = Callable[[S, asyncio.Event, Health], Awaitable[None]]


def run(
    name: str,
    settings_class: type[S],
    serve: Serve[S],
    argv: Sequence[str] | None = None,
    *,
    serves_http: bool = False,
) -> int:
    """Run a service until it ends or a signal asks it to; the process's exit status.

    With `serves_http` the service opens the HTTP port by itself, with more on it than health.
    0: stopped in order. 1: it was cut off after its grace. 2: a ConfigError, with all problems.
    Anything unexpected is raised: one traceback, and the interpreter exits with 1.
    """
    configure_logs(name, "INFO")
    disable_created_metrics()  # type: ignore[no-untyped-call]
    try:
        settings = settings_class.load(sys.argv[1:] if argv is None else argv)
        configure_logs(name, settings.log_level)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_live(name, settings, serve, serves_http=serves_http))
    except ConfigError as error:
        sys.stderr.writelines(f"{name}: {problem}\n" for problem in error.problems)
        return 2


async def _live(name: str, settings: S, serve: Serve[S], *, serves_http: bool) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    health = Health(settings.stalled_seconds)
    lag = Gauge(
        f"cointicker_{name.replace('-', '_')}_event_loop_lag_seconds",
        "How late the event loop woke up when it was measured last.",
    )
    ready = Gauge(
        f"cointicker_{name.replace('-', '_')}_ready",
        "Whether every dependency is up, as /readyz has it.",
    )
    ready.set_function(health.is_ready)
    async with AsyncExitStack() as opened:
        if not serves_http:
            await opened.enter_async_context(serve_health(settings, health_app(health)))
        tasks = await opened.enter_async_context(task_group())
        watching = tasks.create_task(watch_loop_lag(lag))
        opened.callback(watching.cancel)
        return await _until_stopped(serve(settings, stop, health), stop, settings.grace_seconds)


@asynccontextmanager
async def serve_health(settings: ServiceSettings, app: web.Application) -> AsyncIterator[int]:
    """Serve the service's endpoint, and what was added to it, where the settings say."""
    async with serve_app(app, settings.http_host, settings.http_port) as port:
        logger.info("started, /metrics on %s:%d", settings.http_host, port)
        yield port


async def _until_stopped(serve: Awaitable[None], stop: asyncio.Event, grace: float) -> int:
    serving = asyncio.ensure_future(serve)
    signalled = asyncio.ensure_future(stop.wait())
    await asyncio.wait({serving, signalled}, return_when=asyncio.FIRST_COMPLETED)
    signalled.cancel()
    if not serving.done():
        logger.info("stopping, %g s of grace", grace)
        await asyncio.wait({serving}, timeout=grace)
    if not serving.done():
        logger.error("cut off: not finished within %g s", grace)
        serving.cancel()
        await asyncio.wait({serving}, timeout=grace)
        if not serving.done():
            # It cannot be ended, and so neither can the loop: end the process.
            logging.shutdown()
            os._exit(1)
        return 1
    serving.result()
    logger.info("stopped")
    return 0
