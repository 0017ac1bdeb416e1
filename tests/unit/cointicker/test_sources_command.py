"""`cointicker sources`: what the collector says, in a row each."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from typer.testing import CliRunner

from cointicker.cli.command import app
from cointicker.cli.sources import cells

NOW = datetime(2026, 3, 11, 14, 41, tzinfo=UTC)
UPBIT: dict[str, Any] = {
    "name": "upbit_trends",
    "state": "ok",
    "why": "",
    "stands_in_for": None,
    "interval_seconds": 1,
    "last_success_at": "2026-03-11T14:40:59.500Z",
    "newest_event_at": "2026-03-11T14:38:30Z",
    "next_poll_in_seconds": 0.5,
    "budget": {"requests_left": 4.2, "burst": 5, "requests_per_second": 5},
}
DISABLED = {
    **UPBIT,
    "name": "perplexity",
    "state": "disabled",
    "why": "no key",
    "last_success_at": None,
    "newest_event_at": None,
    "next_poll_in_seconds": None,
}


def test_a_row_has_ages_by_the_collectors_own_clock() -> None:
    assert cells(UPBIT, NOW) == (
        "upbit_trends",
        "ok",
        "0.5s ago",
        "in 0.5s",
        "4 of 5, 5/s",
        "2m 30s ago",
        "1s",
    )


def test_what_there_is_not_yet_is_none() -> None:
    row = cells(DISABLED, NOW)
    assert row[1:4] == ("disabled (no key)", None, None)
    assert row[5] is None


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """Whoever answers every question so; the address."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Be quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    serving = threading.Thread(target=server.serve_forever, args=(0.01,))
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


def test_each_source_is_a_row_and_json_is_what_the_collector_said() -> None:
    document = {"now": "2026-03-11T14:41:00Z", "sources": [UPBIT, DISABLED]}
    with answering(200, json.dumps(document).encode()) as url:
        table = CliRunner().invoke(app, ["sources", "--collector-url", url])
        as_json = CliRunner().invoke(app, ["sources", "--collector-url", url, "--json"])
    heading, upbit, perplexity = table.output.splitlines()
    assert heading.startswith("source")
    assert upbit.split()[:2] == ["upbit_trends", "ok"]
    assert "disabled (no key)" in perplexity
    assert json.loads(as_json.output) == document


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [(404, b"404: Not Found", "not in JSON"), (200, b"{}", "is not a collector's answer")],
)
def test_whoever_is_no_collector_is_told_so(status: int, body: bytes, why: str) -> None:
    with answering(status, body) as url:
        ended = CliRunner().invoke(app, ["sources", "--collector-url", url])
    assert (ended.exit_code, why in ended.output) == (1, True)


def test_a_collector_that_is_away_is_named_with_what_to_do() -> None:
    ended = CliRunner().invoke(app, ["sources", "--collector-url", "http://127.0.0.1:1"])
    assert ended.exit_code == 1
    assert ended.output.startswith(
        "cointicker: no collector at http://127.0.0.1:1: nothing listens there (start it: make up"
    )


@pytest.mark.parametrize("address", ["collector", "http://localhost:99999", "http://a..b:80"])
def test_a_wrong_address_is_wrong_usage(address: str) -> None:
    ended = CliRunner().invoke(app, ["sources", "--collector-url", address])
    assert ended.exit_code == 2
    assert ended.output.startswith(f"cointicker: --collector-url: {address!r}")
