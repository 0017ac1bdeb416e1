"""How the doctor asks: what is there, what is something else, what hangs, what is not there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import monotonic

import pytest
from aiohttp import web

from cointicker.doctor import checks, namenode, services, zookeeper
from cointicker.doctor.broker import Brokers
from cointicker.doctor.finding import Finding
from cointicker.doctor.http import every_address, open_http
from cointicker.doctor.settings import DoctorSettings
from cointicker.doctor.wire import BrokerAnswer, ask_broker
from cointicker.errors import ContractViolation, TransientError
from cointicker.health import Health, health_app, serve_app

Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
NOBODY = "127.0.0.1:1"


@asynccontextmanager
async def served(conversation: Conversation) -> AsyncIterator[str]:
    """Somebody who talks like that; the address."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await conversation(reader, writer)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def says_nothing(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def speaks_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(b"HTTP/1.0 400 Bad Request\r\n\r\n")


async def is_zookeeper(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    assert await reader.readexactly(4) == b"srvr"
    writer.write(b"Zookeeper version: 3.8.4-1, built\n")
    await writer.drain()
    writer.write(b"Mode: leader\n")


async def test_what_is_no_broker_is_told_from_one_that_is_not_there() -> None:
    async with served(speaks_http) as address:
        with pytest.raises(TransientError, match="no Kafka broker"):
            await ask_broker(address)
    with pytest.raises(TransientError, match="nothing listens there"):
        await ask_broker(NOBODY)
    with pytest.raises(TransientError):
        await ask_broker("no-port")


async def test_every_zookeeper_is_asked_at_once_and_none_for_longer_than_the_deadline() -> None:
    async with served(is_zookeeper) as well, served(says_nothing) as hanging:
        began = monotonic()
        found = await zookeeper.look(f"{well},{hanging},{NOBODY}/kafka", 0.5)
    assert monotonic() - began < 5
    assert [(each.mode, each.version) for each in found] == [
        ("leader", "3.8.4"),
        (None, None),
        (None, None),
    ]
    assert [each.silent for each in found] == [
        None,
        "no answer within 0.5 s",
        "nothing listens there",
    ]


async def test_a_service_says_what_it_lacks() -> None:
    health = Health()
    health.down("t-0", "refused, topic_changed: of /a")
    async with (
        serve_app(health_app(health), "127.0.0.1", 0) as port,
        open_http(5) as http,
    ):
        [seen] = await services.look(http, f"http://localhost:{port}", 5)
        assert (seen.is_ready, seen.refused) == (False, {"t-0": "topic_changed: of /a"})
        assert seen.answer is not None
        assert seen.answer.date is not None
        health.up("t-0")
        [seen] = await services.look(http, f"http://localhost:{port}", 5)
        assert (seen.is_ready, seen.refused) == (True, {})


@pytest.mark.parametrize(
    ("shown", "why"),
    [
        (web.Response(text="hello"), "not in JSON"),
        (web.Response(text='{"status": "UP"}'), "none of our services"),
        (web.Response(text="[]"), "none of our services"),
    ],
)
async def test_something_else_is_told_from_a_service(shown: web.Response, why: str) -> None:
    async def handler(_: web.Request) -> web.Response:
        return shown

    app = web.Application()
    app.router.add_get("/readyz", handler)
    async with serve_app(app, "127.0.0.1", 0) as port, open_http(5) as http:
        [seen] = await services.look(http, f"http://127.0.0.1:{port}", 5)
    assert seen.silent is not None
    assert why in seen.silent


async def test_a_service_that_hangs_costs_its_deadline() -> None:
    async with served(says_nothing) as address, open_http(0.5) as http:
        [seen] = await services.look(http, f"http://{address}", 0.5)
    assert seen.silent == "no answer within 0.5 s"


async def test_a_name_is_asked_at_each_of_its_addresses_and_by_its_name() -> None:
    assert await every_address("http://127.0.0.1:8003", 5) == [
        ("http://127.0.0.1:8003", "127.0.0.1:8003")
    ]
    assert await every_address("https://a.example", 5) == [("https://a.example", "a.example")]
    for unknown in ("http://no-such-host.invalid:1", "http://a..b:1"):
        with pytest.raises(TransientError, match="no such host"):
            await every_address(unknown, 5)


async def test_a_namenode_that_has_no_beans_yet_is_starting() -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.json_response({"beans": []})

    app = web.Application()
    app.router.add_get("/jmx", handler)
    async with serve_app(app, "127.0.0.1", 0) as port, open_http(5) as http:
        [seen] = await namenode.look(http, [f"http://127.0.0.1:{port}"])
    assert (seen.is_starting, seen.silent) == (True, None)


WELL = Brokers([BrokerAnswer("k:9092", 0.0, {}, ["k:9092"], has_controller=True)], {}, {})


async def never() -> Finding:
    await asyncio.Event().wait()
    raise AssertionError


async def late() -> Finding:
    raise TransientError("cannot list topics: no answer in time") from TimeoutError()


async def refused() -> Finding:
    raise ContractViolation("cannot list topics: not authorized")


@pytest.fixture
def settings() -> DoctorSettings:
    return DoctorSettings.read(deadline_seconds=0.25)


async def test_a_check_that_runs_out_of_its_time_is_no_verdict(settings: DoctorSettings) -> None:
    finding = await checks._through_kafka("topics", WELL, settings, never())
    assert (finding.outcome, finding.found) == ("warn", "not told within 0.5 s")
    assert "--deadline-seconds" in (finding.remedy or "")
    finding = await checks._through_kafka("topics", WELL, settings, late())
    assert (finding.outcome, finding.found) == ("warn", "cannot list topics: no answer in time")
    assert "--deadline-seconds" in (finding.remedy or "")


async def test_what_kafka_refuses_to_tell_costs_one_line(settings: DoctorSettings) -> None:
    finding = await checks._through_kafka("topics", WELL, settings, refused())
    assert (finding.outcome, finding.found) == ("failed", "cannot list topics: not authorized")
