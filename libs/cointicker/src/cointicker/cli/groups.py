"""`cointicker groups`: who reads, how far he is, and how long the rest has waited."""

import time
from collections.abc import Iterable, Sequence
from typing import Annotated

import typer

from cointicker.cli.options import AsJson, BootstrapServers, examples, kafka_settings, run
from cointicker.cli.output import terminal_width, write_json, write_table
from cointicker.errors import ConfigError
from cointicker.kafka.admin import Admin, open_admin
from cointicker.kafka.group_lag import GroupOffsets, Lag, group_offsets, lags
from cointicker.kafka.groups import Group
from cointicker.kafka.offsets import open_offsets
from cointicker.kafka.reader import open_reader
from cointicker.settings import ClientSettings

app = typer.Typer(help="The consumer groups: members, offsets, lag.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="GROUP", help="The group's name")]

_COLUMNS = ("partition", "committed", "end", "lag", "lag seconds", "client id", "host")
# The last two only where there is room: the members are told above the table too.
_NARROW_COLUMNS = 5
_WIDE = 100


@app.command("list", epilog=examples("cointicker groups list", "cointicker groups list --json"))
def list_groups(bootstrap_servers: BootstrapServers = None, *, as_json: AsJson = False) -> None:
    """List the groups: state, members, and lag.

    The lag is in offsets, of which the end of a transaction takes one; `describe` reads records.
    """
    summaries = [
        _summary(each, (each.offsets_behind(one) for one in each.partitions()))
        for each in run(_all(kafka_settings(bootstrap_servers)))
    ]
    if as_json:
        write_json(summaries)
        return
    write_table(
        ["group", "state", "members", "lag"],
        [tuple(each.values()) for each in summaries],
        numbers={"members", "lag"},
    )


@app.command(
    "describe",
    epilog=examples(
        "cointicker groups describe hdfs-sink", "cointicker groups describe processor --json"
    ),
)
def describe_group(
    group: Name, bootstrap_servers: BootstrapServers = None, *, as_json: AsJson = False
) -> None:
    """Show a group's members, and for each partition its lag in records and in seconds.

    The lag in seconds is the age of the oldest record that is not committed.
    """
    found, behind = run(_one(kafka_settings(bootstrap_servers), group))
    if as_json:
        write_json(_document(found, behind))
    else:
        _write(found, behind)


async def existing(admin: Admin, name: str) -> Group:
    """The group of this name. Raises ConfigError that names those there are."""
    group = await admin.group(name)
    if not group.exists:
        names = ", ".join(each.name for each in await admin.groups()) or "none"
        raise ConfigError([f"no group {name}: there are {names}"])
    return group


async def _all(settings: ClientSettings) -> list[GroupOffsets]:
    servers, seconds = settings.kafka_bootstrap_servers, settings.kafka_request_timeout_seconds
    async with open_admin(servers, seconds) as admin, open_offsets(servers, seconds) as offsets:
        return await group_offsets(admin, offsets, await admin.groups())


async def _one(settings: ClientSettings, name: str) -> tuple[GroupOffsets, list[Lag]]:
    servers, seconds = settings.kafka_bootstrap_servers, settings.kafka_request_timeout_seconds
    async with (
        open_admin(servers, seconds) as admin,
        open_offsets(servers, seconds) as offsets,
        open_reader(servers, seconds) as reader,
    ):
        [found] = await group_offsets(admin, offsets, [await existing(admin, name)])
        return found, await lags(found, reader, time.time())


def _summary(found: GroupOffsets, waiting: Iterable[int | None]) -> dict[str, object]:
    group = found.group
    return {
        "group": group.name,
        "state": group.state,
        "members": len(group.members),
        "lag": sum(each or 0 for each in waiting),
    }


def _write(found: GroupOffsets, behind: Sequence[Lag]) -> None:
    group = found.group
    typer.echo(f"group   {group.name}")
    typer.echo(f"state   {group.state}")
    typer.echo(f"members {len(group.members)}")
    for each in group.members:
        owned = f"{len(each.partitions)} partitions"
        typer.echo(f"        {each.client_id} at {each.host}: {owned} ({each.id})")
    rows = [
        (
            each.partition,
            each.committed,
            each.end,
            each.lag,
            None if each.lag_seconds is None else f"{each.lag_seconds:.1f}",
            each.member and each.member.client_id,
            each.member and each.member.host,
        )
        for each in behind
    ]
    width = terminal_width()
    shown = len(_COLUMNS) if width is None or width >= _WIDE else _NARROW_COLUMNS
    write_table(
        _COLUMNS[:shown], [row[:shown] for row in rows], numbers=set(_COLUMNS[1:_NARROW_COLUMNS])
    )
    for line in remarks(behind):
        typer.echo(line)


def remarks(behind: Sequence[Lag]) -> list[str]:
    """What the dashes in the table mean."""
    fresh = [str(each.partition) for each in behind if each.committed is None]
    gone = [str(each.partition) for each in behind if each.end is None]
    told = []
    if fresh:
        told.append(f"no commit yet, counted from the first record: {', '.join(fresh)}")
    if gone:
        told.append(f"committed, and the topic is gone: {', '.join(gone)}")
    return told


def _document(found: GroupOffsets, behind: Sequence[Lag]) -> dict[str, object]:
    return {
        **_summary(found, (each.lag for each in behind)),
        "members": [
            {
                "id": each.id,
                "client_id": each.client_id,
                "host": each.host,
                "partitions": [str(one) for one in each.partitions],
            }
            for each in found.group.members
        ],
        "partitions": [
            {
                "topic": each.partition.topic,
                "partition": each.partition.number,
                "committed": each.committed,
                "end": each.end,
                "lag": each.lag,
                "lag_seconds": each.lag_seconds,
                "client_id": each.member and each.member.client_id,
                "host": each.member and each.member.host,
            }
            for each in behind
        ],
    }
