"""`cointicker dead-letter`: what could not be used, and the way back for it."""

from collections.abc import Sequence
from contextlib import aclosing
from typing import Annotated, Any

import orjson
import typer

from cointicker.cli.options import (
    WRONG_USAGE,
    AsJson,
    BootstrapServers,
    TopicPrefix,
    examples,
    fail,
    kafka_settings,
    run,
)
from cointicker.cli.output import write_json, write_table
from cointicker.cli.record_text import pretty, safe_text, value_member
from cointicker.cli.wanted_since import Since, since_moment
from cointicker.dead_letters import Letter, Wanted
from cointicker.kafka.records import Partition, Record
from cointicker.letterbox import Contents, Outcome, open_letterbox
from cointicker.messages import Replayed
from cointicker.settings import ClientSettings
from cointicker.times import to_text

_COLUMNS = ("id", "at", "service", "reason", "topic", "replayed", "detail")

app = typer.Typer(
    help="The dead letters: what could not be used, why, and the way back.", no_args_is_help=True
)

Reason = Annotated[str | None, typer.Option(metavar="NAME|PATTERN", help="Only for this reason")]
Service = Annotated[str | None, typer.Option(metavar="NAME", help="Only of this service")]
Topic = Annotated[
    str | None, typer.Option(metavar="NAME|PATTERN", help="Only about records of this topic")
]
Id = Annotated[int, typer.Argument(metavar="ID", min=0, help="As `dead-letter list` shows it")]
Ids = Annotated[
    list[int] | None, typer.Argument(metavar="ID...", min=0, help="As `dead-letter list` has them")
]
All = Annotated[
    bool, typer.Option("--all", help="All that the filters let through and were not replayed yet")
]


@app.command(
    "list",
    epilog=examples(
        "cointicker dead-letter list",
        "cointicker dead-letter list --since 1h --service processor",
        "cointicker dead-letter list --reason 'not_*' --json",
    ),
)
def list_letters(  # noqa: PLR0913 (one argument is one option)
    *,
    reason: Reason = None,
    service: Service = None,
    topic: Topic = None,
    since: Since = None,
    as_json: AsJson = False,
    bootstrap_servers: BootstrapServers = None,
    prefix: TopicPrefix = None,
) -> None:
    """List the letters; `replayed` is the offset that the record's copy got in its topic."""
    wanted = Wanted(reason, service, topic, since_moment(since))
    found = run(_contents(kafka_settings(bootstrap_servers, prefix), wanted))
    if found.unreadable:
        typer.echo(f"cointicker: {len(found.unreadable)} records are no letters", err=True)
    done = found.replays.letters
    if as_json:
        write_json([_document(each, done.get(each.id)) for each in found.letters])
    elif found.letters:
        rows = [_row(each, done.get(each.id)) for each in found.letters]
        write_table(_COLUMNS, rows, numbers={"id", "replayed"})
    else:
        typer.echo("no dead letters")


@app.command("show", epilog=examples("cointicker dead-letter show 0"))
def show_letter(
    letter_id: Id,
    *,
    as_json: AsJson = False,
    bootstrap_servers: BootstrapServers = None,
    prefix: TopicPrefix = None,
) -> None:
    """Show a letter with all that it kept, and the record it is about if Kafka still has it."""
    letter, record, replayed = run(_letter(kafka_settings(bootstrap_servers, prefix), letter_id))
    partition = Partition(letter.letter.topic, (letter.letter.place or (0,))[0])
    if as_json:
        document = {**_document(letter, replayed), **value_member(letter.letter.value)}
        write_json({**document, "record": _record(record)})
        return
    for name, value in _document(letter, replayed).items():
        text = value if isinstance(value, str) else orjson.dumps(value).decode()
        typer.echo(f"{name + ':':<10}{safe_text(text.encode())}")
    cut = "" if letter.letter.is_whole else f" (the first {len(letter.letter.value)} bytes)"
    typer.echo(f"value{cut}:\n{safe_text(letter.letter.value)}")
    gone = "Kafka does not have it" if letter.letter.place else "it never was one"
    typer.echo(f"record:\n{gone if record is None else pretty(partition, record)}")


@app.command(
    "replay",
    epilog=examples(
        "cointicker dead-letter replay 0",
        "cointicker dead-letter replay --all --reason wrong_type --since 1d",
    ),
)
def replay_letters(  # noqa: PLR0913 (one argument is one option)
    ids: Ids = None,
    *,
    all_of_them: All = False,
    reason: Reason = None,
    service: Service = None,
    topic: Topic = None,
    since: Since = None,
    as_json: AsJson = False,
    bootstrap_servers: BootstrapServers = None,
    prefix: TopicPrefix = None,
) -> None:
    """Send the records of letters back to their topic and partition: each once, and marked.

    Mend first what refused them: what fails again becomes a new letter, which is never replayed,
    and counts among the invalid records that stop a task of the processor when they are too many.
    For the processor a replayed record has just arrived: what it has in this version already is
    dropped as a duplicate, another version gets the next revision, the time of the event stays.
    Bytes, key, timestamp and headers are the record's, and the header cointicker-replayed is added.
    Of a record that Kafka no longer has goes what the letter kept: the bytes, without key and
    headers, at the letter's time.
    Status 1 if any is refused, with the reason.
    """
    wanted = Wanted(reason, service, topic, since_moment(since))
    if bool(ids) is all_of_them:
        fail("which? Name the letters by their IDs, or say --all", WRONG_USAGE)
    if ids and wanted != Wanted():
        fail("the filters go with --all", WRONG_USAGE)
    settings = kafka_settings(bootstrap_servers, prefix)
    outcomes: list[Outcome] = []
    try:
        run(_replay(settings, ids or [], wanted if all_of_them else None, outcomes, as_json))
    finally:
        # Also of those before an error: they went back.
        if as_json:
            write_json([_outcome(each) for each in outcomes])
    if not outcomes and not as_json:
        typer.echo("nothing to replay")
    if any(each.refused for each in outcomes):
        raise typer.Exit(1)


async def _contents(settings: ClientSettings, wanted: Wanted) -> Contents:
    async with open_letterbox(settings) as letterbox:
        return await letterbox.contents(wanted)


async def _letter(
    settings: ClientSettings, letter_id: int
) -> tuple[Letter, Record | None, Replayed | None]:
    async with open_letterbox(settings) as letterbox:
        letter = await letterbox.letter(letter_id)
        done = (await letterbox.contents(Wanted(reason=""))).replays.letters
        return letter, await letterbox.origin(letter), done.get(letter_id)


async def _replay(
    settings: ClientSettings,
    ids: Sequence[int],
    wanted: Wanted | None,
    outcomes: list[Outcome],
    as_json: bool,
) -> None:
    async with (
        open_letterbox(settings) as letterbox,
        aclosing(letterbox.replay(dict.fromkeys(ids), wanted)) as replaying,
    ):
        async for each in replaying:
            outcomes.append(each)
            if each.refused:
                typer.echo(f"cointicker: letter {each.id}: not replayed: {each.refused}", err=True)
            elif not as_json:
                typer.echo(_told(each))


def _told(outcome: Outcome) -> str:
    how = " from what the letter kept: without a key" if outcome.from_letter else ""
    return f"letter {outcome.id}: replayed{how}, now {outcome.partition}@{outcome.to}"


def _outcome(outcome: Outcome) -> dict[str, Any]:
    partition = outcome.partition
    return {
        "id": outcome.id,
        "replayed": outcome.refused is None,
        "topic": partition and partition.topic,
        "partition": None if partition is None else partition.number,
        "offset": outcome.to,
        "from_letter": outcome.from_letter,
        "refused": outcome.refused,
    }


def _row(letter: Letter, replayed: Replayed | None) -> tuple[object, ...]:
    about = letter.letter
    return (
        letter.id,
        to_text(about.at.replace(microsecond=0)),
        about.service,
        about.reason,
        about.topic,
        None if replayed is None else replayed.moved.to,
        safe_text(about.detail.encode()),
    )


def _document(letter: Letter, replayed: Replayed | None) -> dict[str, Any]:
    about = letter.letter
    return {
        "id": letter.id,
        "at": to_text(about.at),
        "service": about.service,
        "reason": about.reason,
        "detail": about.detail,
        "topic": about.topic,
        "origin": about.origin,
        "replayed": None if replayed is None else {"at": to_text(replayed.at), **_moved(replayed)},
    }


def _moved(replayed: Replayed) -> dict[str, int]:
    return {"partition": replayed.moved.partition, "offset": replayed.moved.to}


def _record(record: Record | None) -> dict[str, Any] | None:
    if record is None:
        return None
    headers = [
        [name, None if value is None else safe_text(value)] for name, value in record.headers
    ]
    key = None if record.key is None else record.key.decode(errors="backslashreplace")
    return {
        "timestamp": record.timestamp,
        "key": key,
        "headers": headers,
        **value_member(record.value),
    }
