"""`cointicker replay`: move a group's committed offsets, shown before it is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from cointicker.cli.groups import existing
from cointicker.cli.options import (
    WRONG_USAGE,
    AsJson,
    BootstrapServers,
    TopicPrefix,
    examples,
    fail,
    run,
    settings_of,
)
from cointicker.cli.output import write_json, write_table
from cointicker.errors import ConfigError
from cointicker.kafka.admin import Admin, open_admin
from cointicker.kafka.groups import Group, HasMembers
from cointicker.kafka.offsets import open_offsets
from cointicker.replay import (
    Move,
    Target,
    ToEarliest,
    ToLatest,
    ToMoment,
    ToOffset,
    choose,
    plan,
)
from cointicker.settings import ArchiveSettings
from cointicker.since import parse_since
from cointicker.times import to_ms, utc_now

EPILOG = examples(
    "cointicker replay hdfs-sink --to-earliest",
    "cointicker replay hdfs-sink --to-datetime 10m --topic 'cointicker.raw.*'",
    "cointicker replay processor --to-latest --topic cointicker.raw.upbit_trends:0 --json",
)

Name = Annotated[str, typer.Argument(metavar="GROUP", help="The group's name")]
Earliest = Annotated[bool, typer.Option("--to-earliest", help="To the first record that is kept")]
Latest = Annotated[bool, typer.Option("--to-latest", help="To the end: skips what waits")]
Offset = Annotated[int | None, typer.Option("--to-offset", metavar="N", help="To this offset")]
Moment = Annotated[
    str | None,
    typer.Option(
        "--to-datetime",
        metavar="T",
        help="To the first record since then: 2026-03-11T14:00Z, or so long ago: 10m, 2h, 7d",
    ),
]
Topics = Annotated[
    list[str] | None,
    typer.Option(
        "--topic",
        metavar="T[:P]",
        help="Only this topic (or glob), or one partition of it; can be repeated",
        show_default="all that the group has commits on",
    ),
]
Execute = Annotated[
    bool, typer.Option("--execute/--dry-run", help="Do it; or show only what it would do")
]

_IN_TASKS = ("processor", "insights")
_WITH_STAGES, _RELAY = "insights", "state.market"


@dataclass(frozen=True, slots=True)
class Replay:
    """What is to be moved, and whom that would disturb."""

    group: Group
    moves: list[Move]

    def due(self) -> list[Move]:
        """Those that move: to commit the same offset again would drop what was said beside it."""
        return [each for each in self.moves if each.difference != 0]


def replay(  # noqa: PLR0913 (one argument is one option)
    group: Name,
    *,
    to_earliest: Earliest = False,
    to_latest: Latest = False,
    to_offset: Offset = None,
    to_datetime: Moment = None,
    topic: Topics = None,
    execute: Execute = False,
    bootstrap_servers: BootstrapServers = None,
    prefix: TopicPrefix = None,
    as_json: AsJson = False,
) -> None:
    """Move a group's committed offsets, so that it reads records again, or skips some.

    Nothing is moved without --execute, nor while the group has members.
    """
    given = {
        "--to-earliest": ToEarliest() if to_earliest else None,
        "--to-latest": ToLatest() if to_latest else None,
        "--to-offset": None if to_offset is None else ToOffset(to_offset),
        "--to-datetime": None if to_datetime is None else _moment(to_datetime),
    }
    targets = [each for each in given.values() if each is not None]
    if len(targets) != 1:
        fail(f"say one of {', '.join(given)} (got {len(targets)})", WRONG_USAGE)
    settings = settings_of(
        ArchiveSettings, kafka_bootstrap_servers=bootstrap_servers, kafka_topic_prefix=prefix
    )
    found = run(_replay(settings, group, targets[0], topic or [], execute=execute))
    told = hints(found, settings)
    if found.group.members:
        told.append(f"--execute would be refused now: {members_problem(found.group, settings)}")
    if as_json:
        write_json(_document(found, told, executed=execute))
    else:
        _write(found, told, executed=execute)


def hints(found: Replay, settings: ArchiveSettings) -> list[str]:
    """What the group makes of its new offsets, and what it needs for that."""
    name, due = found.group.name, found.due()
    told = []
    if not found.moves:
        told.append(
            f"{name}: has committed for no topic that is there; --topic names what else is meant"
        )
    if name == settings.kafka_group_id:
        if any(each.before is None or each.after < each.before for each in due):
            told.append(
                f"{name}: files that are in HDFS already win, and nothing is doubled: of what is "
                "read again only records that are in no file are written, and the committed offset "
                "catches up with a partition's next file"
            )
        if any(each.before is not None and each.after > each.before for each in due):
            told.append(
                f"{name}: skipped records that are not in HDFS yet will never be; the gap is "
                f"recorded on {settings.kafka_topic_prefix}.gaps"
            )
    if name in _IN_TASKS and due:
        told.append(
            f"{name}: it refuses a commit that it did not make, until it is started once with "
            "REBUILD=true (--rebuild true): it then goes on from there without its state, records "
            "that as a gap, and publishes again what it makes of records that it reads again"
        )
    relay = f"{settings.kafka_topic_prefix}.{_RELAY}"
    again = {
        each.partition.topic for each in due if each.before is None or each.after < each.before
    }
    if name == _WITH_STAGES and relay in again and again != {relay}:
        told.append(
            f"{name}: {relay} is what its first stage makes of the other topics, and it makes that "
            "again: the second stage would see it twice. Move them one after the other: the first "
            f"with --topic '{settings.kafka_topic_prefix}.processed.*', the second with --topic "
            f"{relay} --to-latest"
        )
    return told


def members_problem(group: Group, settings: ArchiveSettings) -> str:
    """Who is in the group, and how it is left."""
    who = ", ".join(f"{each.client_id} at {each.host}" for each in group.members)
    service = "hdfs-sink" if group.name == settings.kafka_group_id else group.name
    how = "stop the program that runs it"
    if service in ("hdfs-sink", *_IN_TASKS):
        how = f"docker compose stop {service}, or python scripts/stack.py stop {service}"
    return (
        f"group {group.name} has {len(group.members)} active member(s): {who}\n"
        f"stop them first, then say it again: {how}"
    )


async def _replay(
    settings: ArchiveSettings, name: str, target: Target, wanted: Sequence[str], *, execute: bool
) -> Replay:
    servers, seconds = settings.kafka_bootstrap_servers, settings.kafka_request_timeout_seconds
    async with (
        open_admin(servers, seconds) as admin,
        open_offsets(servers, seconds) as offsets,
    ):
        group = await existing(admin, name)
        if execute and group.members:
            raise ConfigError([members_problem(group, settings)])
        committed = await admin.committed(name)
        topics = {each.name: each.partitions for each in await admin.topics()}
        partitions = choose(wanted, committed, topics)
        at = {}
        if isinstance(target, ToMoment) and partitions:
            at = await offsets.at(partitions, target.moment_ms)
        bounds = await offsets.bounds(partitions) if partitions else {}
        found = Replay(group, plan(target, bounds, committed, at))
        if execute:
            await _move(admin, found, settings)
        return found


async def _move(admin: Admin, found: Replay, settings: ArchiveSettings) -> None:
    due = {each.partition: each.after for each in found.due()}
    if not due:
        return
    try:
        await admin.commit(found.group.name, due)
    except HasMembers as error:
        group = await admin.group(found.group.name)
        raise ConfigError(["nothing was moved", members_problem(group, settings)]) from error


def _write(found: Replay, told: Sequence[str], *, executed: bool) -> None:
    rows = [
        (each.partition, each.before, each.after, _signed(each.difference)) for each in found.moves
    ]
    write_table(
        ["partition", "from", "to", "difference"], rows, numbers={"from", "to", "difference"}
    )
    count = len(found.due())
    if executed:
        typer.echo(f"moved {count} partition(s) of group {found.group.name}")
    else:
        typer.echo(f"dry run: nothing was moved; --execute moves {count} partition(s)")
    for line in told:
        typer.echo(line)


def _signed(difference: int | None) -> str | None:
    return None if difference is None else f"{difference:+d}" if difference else "0"


def _document(found: Replay, told: Sequence[str], *, executed: bool) -> dict[str, object]:
    return {
        "group": found.group.name,
        "executed": executed,
        "moves": [
            {
                "topic": each.partition.topic,
                "partition": each.partition.number,
                "from": each.before,
                "to": each.after,
                "difference": each.difference,
            }
            for each in found.moves
        ],
        "members": [
            {"client_id": each.client_id, "host": each.host} for each in found.group.members
        ],
        "hints": list(told),
    }


def _moment(text: str) -> ToMoment:
    try:
        return ToMoment(to_ms(parse_since(text, utc_now())))
    except ValueError as error:
        fail(f"--to-datetime: {error}", WRONG_USAGE)
