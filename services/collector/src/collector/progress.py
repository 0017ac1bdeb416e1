"""How far each source was collected, kept across restarts: what was missed in between is told."""

import logging
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec

logger = logging.getLogger(__name__)

FILE = "progress.json"


class Progress(msgspec.Struct, frozen=True):
    """When a source was collected last, and when the newest that it told had happened."""

    collected_at: datetime
    newest_event_at: datetime | None = None


_decode = msgspec.json.Decoder(dict[str, Progress]).decode


def load_progress(directory: Path) -> dict[str, Progress]:
    """What was stored last; a file that cannot be read is as good as none, and says so."""
    path = directory / FILE
    try:
        return _decode(path.read_bytes())
    except FileNotFoundError:
        return {}
    except msgspec.DecodeError as error:
        logger.warning("could not read %s, gaps of a restart are not known: %s", path, error)
        return {}


def store_progress(directory: Path, progress: Mapping[str, Progress]) -> None:
    """Replace what is stored, all of it or nothing. Raises OSError."""
    fresh = directory / f"{FILE}.new"
    with fresh.open("wb") as file:
        file.write(msgspec.json.encode(dict(progress)))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(directory / FILE)
