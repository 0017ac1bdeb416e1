"""`cointicker gaps`: what is missing for ever, and why."""

from collections.abc import Iterator
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Annotated

import orjson
import typer

from cointicker.cli.options import (
    AsJson,
    BootstrapServers,
    TopicPrefix,
    examples,
    kafka_settings,
    run,
)
from cointicker.cli.output import duration, write_json, write_table
from cointicker.cli.wanted_since import Since, since_moment
from cointicker.errors import InvalidMessage
from cointicker.kafka.whole_topic import open_topics
from cointicker.messages import Gap
from cointicker.settings import ClientSettings
from cointicker.times import to_text

EXAMPLES = examples(
    "cointicker gaps",
    "cointicker gaps --since 7d",
    "cointicker gaps --subject upbit_trends --json",
)

_COLUMNS = ("at", "service", "subject", "from", "to", "missing", "reason")

Subject = Annotated[
    str | None, typer.Option(metavar="NAME|PATTERN", help="Only of this source or topic")
]


def gaps(
    *,
    since: Since = None,
    subject: Subject = None,
    as_json: AsJson = False,
    bootstrap_servers: BootstrapServers = None,
    prefix: TopicPrefix = None,
) -> None:
    """List what is missing for ever: times at which a source was not read, offsets that were lost.

    `to` is the first moment, or offset, that is there again.
    """
    moment = since_moment(since)
    found, unreadable = run(_gaps(kafka_settings(bootstrap_servers, prefix), moment, subject))
    if unreadable:
        typer.echo(f"cointicker: {unreadable} records are no gaps", err=True)
    if as_json:
        write_json([orjson.loads(each.encode()) for each in found])
    elif found:
        write_table(_COLUMNS, _rows(found), numbers={"missing"})
    else:
        typer.echo("no gaps")


def how_much(gap: Gap) -> str:
    """How long it was, or how many records it is."""
    if isinstance(gap.start, datetime) and isinstance(gap.end, datetime):
        return duration((gap.end - gap.start).total_seconds())
    if isinstance(gap.start, int) and isinstance(gap.end, int):
        count = gap.end - gap.start
        return f"{count:,} offset" + ("s" if count != 1 else "")
    return "-"


async def _gaps(
    settings: ClientSettings, since: datetime | None, subject: str | None
) -> tuple[list[Gap], int]:
    topic = f"{settings.kafka_topic_prefix}.gaps"
    found, unreadable = [], 0
    async with open_topics(settings) as topics:
        topics.check(topic)
        async for record in topics.records(topic):
            try:
                gap = Gap.decode(record.value)
            except InvalidMessage:
                unreadable += 1
                continue
            recent = since is None or gap.at >= since
            if recent and (subject is None or fnmatchcase(gap.subject, subject)):
                found.append(gap)
    return found, unreadable


def _rows(found: list[Gap]) -> Iterator[tuple[object, ...]]:
    for each in found:
        partition = "" if each.partition is None else f"-{each.partition}"
        yield (
            to_text(each.at.replace(microsecond=0)),
            each.service,
            f"{each.subject}{partition}",
            _point(each.start),
            _point(each.end),
            how_much(each),
            each.reason,
        )


def _point(point: datetime | int) -> str | int:
    return point if isinstance(point, int) else to_text(point.replace(microsecond=0))
