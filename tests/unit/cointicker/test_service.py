import asyncio
import os
import signal
import subprocess
import sys
import urllib.request

import pytest

from cointicker.service import _until_stopped


async def test_a_service_that_finishes_within_its_grace_ends_with_0() -> None:
    stop = asyncio.Event()
    finished = False

    async def serve() -> None:
        nonlocal finished
        await stop.wait()
        finished = True

    stop.set()
    assert await _until_stopped(serve(), stop, grace=1) == 0
    assert finished


async def test_a_service_that_hangs_is_cut_off_and_ends_with_1() -> None:
    stop = asyncio.Event()
    stop.set()
    assert await _until_stopped(asyncio.Event().wait(), stop, grace=0.01) == 1  # type: ignore[arg-type]


async def test_an_unexpected_error_is_raised() -> None:
    async def serve() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await _until_stopped(serve(), asyncio.Event(), grace=1)


PROGRAM = """
import asyncio, sys
from cointicker.errors import ConfigError
from cointicker.service import run
from cointicker.settings import ServiceSettings

async def serve(settings, stop, health):
    print("serving", flush=True)
    if "taken" not in sys.argv:
        await stop.wait()
    if "fail" in sys.argv:
        raise RuntimeError("lost")
    if "taken" in sys.argv:
        raise ConfigError(["spool_directory: another process uses it"])

sys.exit(run("probe", ServiceSettings, serve, sys.argv[2:]))
"""


@pytest.mark.parametrize(("argument", "status"), [("", 0), ("fail", 1)])
def test_a_signal_leads_to_a_true_exit_status(argument: str, status: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, argument], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        while "serving" not in process.stdout.readline():
            pass
        os.kill(process.pid, signal.SIGTERM)
        rest = process.stdout.read()
        assert process.wait(10) == status
    assert rest.count("Traceback") == (1 if status else 0)


HANGING = """
import asyncio, sys
from cointicker.service import run
from cointicker.settings import ServiceSettings

async def serve(settings, stop, health):
    while True:
        try:
            print("serving", flush=True)
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            print("goes on", flush=True)

sys.exit(run("probe", ServiceSettings, serve, ["--grace-seconds", "0.2"]))
"""


def test_a_service_that_cannot_be_ended_is_ended_all_the_same() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HANGING], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        while "serving" not in process.stdout.readline():
            pass
        os.kill(process.pid, signal.SIGTERM)
        assert "goes on" in process.stdout.read()
        assert process.wait(10) == 1


def test_a_wrong_setting_ends_with_2_and_the_list() -> None:
    flags = ["--grace-seconds", "0", "--http-port", "x"]
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, "", *flags], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    lines = ended.stderr.splitlines()
    assert [line.split(":")[1].strip() for line in lines] == ["http_port", "grace_seconds"]


def test_a_setting_that_proves_wrong_later_ends_with_2_too() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, "taken"], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (
        2,
        "probe: spool_directory: another process uses it\n",
    )


OWN_ENDPOINT = """
import asyncio, sys
from aiohttp import web
from cointicker.health import health_app
from cointicker.service import run, serve_health
from cointicker.settings import ServiceSettings

async def serve(settings, stop, health):
    app = health_app(health)
    app.router.add_get("/own", lambda request: web.Response(text="mine"))
    health.dependency("kafka")
    if "ready" in sys.argv:
        health.up("kafka")
    async with serve_health(settings, app) as port:
        print("serving", port, flush=True)
        await stop.wait()

sys.exit(run("probe", ServiceSettings, serve, [], serves_http=True))
"""


def test_a_service_may_have_more_than_its_health_on_its_port() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWN_ENDPOINT], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        port = int(next(line for line in lines if line.startswith("serving")).split()[1])
        for path in ("own", "healthz", "metrics"):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=5) as answer:
                assert answer.status == 200
        os.kill(process.pid, signal.SIGTERM)
        process.stdout.read()
        assert process.wait(10) == 0


@pytest.mark.parametrize(("argument", "value"), [("ready", "1.0"), ("", "0.0")])
def test_a_service_says_among_its_metrics_whether_it_is_ready(argument: str, value: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWN_ENDPOINT, argument], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        port = int(next(line for line in lines if line.startswith("serving")).split()[1])
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            metrics = answer.read().decode().splitlines()
        process.terminate()
        process.stdout.read()
        assert process.wait(10) == 0
    assert f"cointicker_probe_ready {value}" in metrics
