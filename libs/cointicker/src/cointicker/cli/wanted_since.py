"""The option `--since`: so long ago, or a date and time."""

from datetime import datetime
from typing import Annotated

import typer

from cointicker.cli.options import WRONG_USAGE, fail
from cointicker.since import parse_since
from cointicker.times import utc_now

Since = Annotated[
    str | None,
    typer.Option("--since", metavar="AGO|TIME", help="From then on: 10m, 2h, 2026-03-11T14:00Z"),
]


def since_moment(since: str | None) -> datetime | None:
    """The moment that is meant, in UTC; one that is none ends the command."""
    try:
        return None if since is None else parse_since(since, utc_now())
    except ValueError as error:
        fail(f"--since: {error}", WRONG_USAGE)
