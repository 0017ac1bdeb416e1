"""The command as it is typed, with the addresses of a stack in its environment."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.stack import Stack

_COMMAND = str(Path(sys.executable).with_name("cointicker"))
_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it wrote."""

    status: int
    out: str
    err: str


async def cointicker(
    stack: Stack, *arguments: str, given: str = "", environment: Mapping[str, str] | None = None
) -> Ended:
    """Run `cointicker` with these arguments."""
    addresses = {
        "KAFKA_BOOTSTRAP_SERVERS": stack.bootstrap_servers,
        "ZOOKEEPER_CONNECT": stack.zookeeper,
        "HDFS_NAMENODE": stack.namenode_url,
    }
    ended = await asyncio.to_thread(
        subprocess.run,
        [_COMMAND, *arguments],
        env={**os.environ, **addresses, **(environment or {})},
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)
