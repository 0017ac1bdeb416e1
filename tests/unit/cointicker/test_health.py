import asyncio

import aiohttp
import pytest
from prometheus_client import Gauge

from cointicker.errors import ConfigError
from cointicker.health import Health, health_app, serve_app, watch_loop_lag


async def get(port: int, path: str) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}") as response,
    ):
        return response.status, await response.text()


async def test_readyz_is_503_and_names_the_dependency_until_it_was_reached() -> None:
    health = Health()
    health.dependency("kafka")
    async with serve_app(health_app(health), "127.0.0.1", 0) as port:
        status, body = await get(port, "/readyz")
        assert (status, "not reached yet" in body) == (503, True)
        health.up("kafka")
        assert (await get(port, "/readyz"))[0] == 200
        health.down("kafka", "no broker at a:1")
        status, body = await get(port, "/readyz")
        assert (status, "no broker at a:1" in body) == (503, True)


def test_a_dependency_declared_twice_keeps_what_is_known() -> None:
    health = Health()
    health.up("kafka")
    health.dependency("kafka")
    assert health.is_ready()


def test_a_service_that_named_no_dependency_yet_is_not_ready() -> None:
    assert not Health().is_ready()


def test_a_dependency_that_is_gone_holds_nothing_up() -> None:
    health = Health()
    health.up("kafka")
    health.down("partition a-0", "refused")
    health.gone("partition a-0")
    assert health.is_ready()


async def test_a_port_that_is_taken_is_named() -> None:
    app = health_app(Health())
    async with serve_app(app, "127.0.0.1", 0) as port:
        with pytest.raises(ConfigError, match=rf"http_port: .*127.0.0.1:{port}: Address already"):
            async with serve_app(health_app(Health()), "127.0.0.1", port):
                pass


async def test_healthz_speaks_of_own_progress_only() -> None:
    now = 0.0
    health = Health(stalled_seconds=60, clock=lambda: now)
    health.down("kafka", "away")
    async with serve_app(health_app(health), "127.0.0.1", 0) as port:
        now = 59.0
        assert (await get(port, "/healthz"))[0] == 200
        now = 61.0
        assert (await get(port, "/healthz"))[0] == 503
        health.progressed()
        assert (await get(port, "/healthz"))[0] == 200


async def test_metrics_are_served_in_prometheus_form() -> None:
    async with serve_app(health_app(Health()), "127.0.0.1", 0) as port:
        status, body = await get(port, "/metrics")
    assert status == 200
    assert "# TYPE process_cpu_seconds_total counter" in body


async def test_a_blocked_loop_shows_as_lag() -> None:
    gauge = Gauge("test_loop_lag_seconds", "Lag.")
    watching = asyncio.ensure_future(watch_loop_lag(gauge))
    loop = asyncio.get_running_loop()
    started = loop.time()
    await asyncio.sleep(0)
    while loop.time() - started < 0.8:  # a loop that is busy with something else
        pass
    await asyncio.sleep(0.01)
    watching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watching
    assert 0.2 < gauge._value.get() < 1.0
