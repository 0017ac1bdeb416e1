"""What a run found: sections of figures, targets, series to plot. The same shape for every mode."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from cointicker.errors import ConfigError
from tests.load.figures import Point

# Told of a moment and drawn by the caller: what is being done, how far of how much it is.
Draw = Callable[[str, float, float], None]
Rows = dict[str, list[float | None]]


class Section(msgspec.Struct, frozen=True):
    """A table: a heading of each column, and a figure of each row in each; None is `not seen`."""

    title: str
    columns: list[str]
    rows: Rows
    note: str = ""


class Target(msgspec.Struct, frozen=True):
    """What we want of ourselves: reported, never asserted. None: this run could not tell."""

    name: str
    found: str
    is_met: bool | None


class Panel(msgspec.Struct, frozen=True):
    """One plot over the run's seconds: a line by its name."""

    title: str
    unit: str
    lines: dict[str, list[Point]]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A whole run. `problems` are losses and doubles, each a line: a run with any has failed."""

    command: str
    at: str
    machine: str
    sections: list[Section]
    targets: list[Target]
    panels: list[Panel]
    problems: list[str]


def write_result(result: Result, path: Path) -> None:
    """Write it as JSON."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=1))


def read_result(path: Path) -> Result:
    """Read what `write_result` wrote. Raises ConfigError."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Result)
    except OSError as error:
        raise ConfigError([f"cannot read {path}: {error.strerror}"]) from error
    except msgspec.DecodeError as error:
        raise ConfigError([f"{path} is no result of a load test: {error}"]) from error
