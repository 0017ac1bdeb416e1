"""The operators' command against a stack, as one who types it sees it."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from typer.testing import CliRunner

from cointicker.cli.command import app


@dataclass(frozen=True, slots=True)
class Said:
    """What a command ended with."""

    status: int
    out: str
    error: str

    def json(self) -> Any:
        return json.loads(self.out)


async def cointicker(*arguments: str, **environment: str) -> Said:
    """Run it beside the test's own tasks."""
    result = await asyncio.to_thread(CliRunner(env=environment).invoke, app, arguments)
    return Said(result.exit_code, result.stdout, result.stderr)
