"""The operators' command with all that belongs to it: `cointicker --help`."""

import logging
from importlib.metadata import entry_points, version
from typing import Annotated

import typer

from cointicker.cli import (
    audit,
    dead_letter,
    doctor,
    gaps,
    groups,
    produce,
    replay,
    sources,
    tail,
    topics,
)

# Services bring commands of their own, each as a Typer app under its name.
_COMMANDS = "cointicker.commands"

app = typer.Typer(
    name="cointicker",
    help="Look after a CoinTicker: its topics, its groups, its records, and what is in HDFS.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(dead_letter.app, name="dead-letter")
app.add_typer(groups.app, name="groups")
app.add_typer(topics.app, name="topics")
app.command(epilog=audit.EPILOG)(audit.audit)
app.command(epilog=doctor.EPILOG)(doctor.doctor)
app.command(epilog=gaps.EXAMPLES)(gaps.gaps)
app.command(epilog=produce.EXAMPLES)(produce.produce)
app.command(epilog=replay.EPILOG)(replay.replay)
app.command(epilog=sources.EPILOG)(sources.sources)
app.command(epilog=tail.EXAMPLES)(tail.tail)
for _each in entry_points(group=_COMMANDS):
    app.add_typer(_each.load(), name=_each.name)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"cointicker {version('cointicker')}")
        raise typer.Exit


@app.callback()
def _main(
    *,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Write what the clients log to stderr")
    ] = False,
    version: Annotated[  # noqa: ARG001
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="The version")
    ] = False,
) -> None:
    if verbose:
        logging.basicConfig(level=logging.INFO)
    else:
        logging.getLogger().addHandler(logging.NullHandler())
