"""The operators' command: `cointicker --help`."""

import typer

from cointicker.cli import topics
from cointicker.cli.audit import audit

app = typer.Typer(
    name="cointicker",
    help="Look after a CoinTicker: its topics, and what is kept in HDFS.",
    no_args_is_help=True,
)
app.add_typer(topics.app, name="topics")
app.command()(audit)
