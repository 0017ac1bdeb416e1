"""A fresh copy of the checkout, as a newcomer has it, and what its commands see of the machine."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from local.jars import cache_directory
from tests.docs.markdown import ROOT, tracked

# What README.md says for a stack that has insights soon.
START = ("make", "up")
START_SETTINGS = {"SIMULATOR_SPEED": "60"}
STOP = ("make", "down")
# Settings of whoever runs the tests: a newcomer's shell has none of them.
_FOREIGN = ("KAFKA_", "HDFS_", "SIMULATOR_", "COMPOSE_", "PYTEST_", "PYTHON")
_SECONDS = 180.0


class Checkout:
    """A copy of the files that git knows of, with the tools of this checkout."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "cointicker"
        for path in tracked():
            if (ROOT / path).is_file():
                target = self.folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                # With its time: make must not take the tools for older than what they are made of.
                shutil.copy2(ROOT / path, target)
        (self.folder / ".venv").symlink_to(sys.prefix)
        home = folder / "home"
        home.mkdir()
        self.environment = self._environment(home)

    def start(self) -> None:
        """Do what README.md says to start the stack, if it is not running; AssertionError if not.

        It stays in the copy: its data, and the process that owns it.
        """
        self._run(START, START_SETTINGS)

    def stop(self) -> None:
        """Stop the stack as README.md says."""
        self._run(STOP, {})

    def _run(self, command: tuple[str, ...], settings: Mapping[str, str]) -> None:
        environment = {**self.environment, **settings}
        ended = subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
        assert ended.returncode == 0, f"{' '.join(command)}: {ended.stdout[-2000:]}"

    def _environment(self, home: Path) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        sources = [self.folder / "libs" / "cointicker" / "src", self.folder / "simulator" / "src"]
        sources += sorted((self.folder / "services").glob("*/src"))
        return {
            **kept,
            "PATH": f"{self.folder / '.venv' / 'bin'}:{kept['PATH']}",
            "HOME": str(home),
            # What was fetched once is not fetched again.
            "COINTICKER_CACHE": str(cache_directory(os.environ)),
            # The code of the copy, whatever a page changes in it.
            "PYTHONPATH": ":".join(map(str, sources)),
            "PYTHONUNBUFFERED": "1",
        }
