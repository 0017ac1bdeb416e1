"""`cointicker sources`: how each source is, as the collector says, also while Kafka is away."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cointicker.cli.options import WRONG_USAGE, AsJson, CollectorUrl, examples, fail, run
from cointicker.cli.output import duration, write_json, write_table
from cointicker.doctor.http import http_url, open_http
from cointicker.doctor.settings import DEFAULT_COLLECTOR_URL
from cointicker.errors import TransientError

EPILOG = examples("cointicker sources", "cointicker sources --json")

_DEADLINE_SECONDS = 5.0
_COLUMNS = ["source", "state", "last success", "next poll", "budget", "newest event", "every"]


def sources(*, collector_url: CollectorUrl = None, as_json: AsJson = False) -> None:
    """Show of each source its state and why, its last success, its next poll and its budget.

    The budget is the requests that could be made at once, of how many, and how many a second come
    back. Ages are in seconds (s), minutes (m), hours (h) or days (d).
    """
    try:
        url = http_url(collector_url or DEFAULT_COLLECTOR_URL)
    except ValueError as error:
        fail(f"--collector-url: {error}", WRONG_USAGE)
    shown = run(_ask(url))
    if as_json:
        write_json(shown)
        return
    now = datetime.fromisoformat(shown["now"])
    write_table(_COLUMNS, [cells(each, now) for each in shown["sources"]])


async def _ask(url: str) -> dict[str, Any]:
    try:
        async with open_http(_DEADLINE_SECONDS) as http:
            answer = await http.get(f"{url}/sources")
    except TransientError as error:
        fail(
            f"no collector at {url}: {error} (start it: make up, or in containers "
            "docker compose up --wait collector; it is elsewhere: --collector-url)"
        )
    if not isinstance(answer.body, dict) or not {"now", "sources"} <= answer.body.keys():
        fail(f"{url}/sources is not a collector's answer (status {answer.status}): --collector-url")
    return answer.body


def cells(source: Mapping[str, Any], now: datetime) -> tuple[str | None, ...]:
    """The row of a source."""
    why = f" ({source['why']})" if source["why"] else ""
    seconds, budget = source["next_poll_in_seconds"], source["budget"]
    return (
        source["name"],
        f"{source['state']}{why}",
        _ago(source["last_success_at"], now),
        None if seconds is None else f"in {duration(seconds)}",
        f"{budget['requests_left']:.0f} of {budget['burst']}, {budget['requests_per_second']:g}/s",
        _ago(source["newest_event_at"], now),
        duration(source["interval_seconds"]),
    )


def _ago(moment: str | None, now: datetime) -> str | None:
    if moment is None:
        return None
    seconds = (now - datetime.fromisoformat(moment)).total_seconds()
    return f"{duration(max(0.0, seconds))} ago"
