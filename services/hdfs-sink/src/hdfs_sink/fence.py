"""Staging directories: whoever's is removed can publish no more.

A writer renames only out of its own staging directory, and makes it once. To remove it is therefore
to stop its owner for good, wherever he is and whenever he wakes.
"""

from pathlib import PurePosixPath

from cointicker.errors import TransientError
from cointicker.files import NotFound
from hdfs_sink.protocol import Fenced, surely
from hdfs_sink.writer import Writer


async def make_staging(writer: Writer) -> PurePosixPath:
    """A new staging directory, under an id that was never used."""
    while True:
        staging = writer.place.staging / writer.new_id()
        try:
            await writer.files.make_directory(staging)
        except TransientError as error:
            # Not the same id again: a request that is still on its way could bring the directory
            # back after another writer removed it.
            await writer.patience.wait(error)
        else:
            return staging


async def remove_others(writer: Writer, staging: PurePosixPath) -> None:
    """Remove every staging directory of the partition but this one. Raises Fenced."""
    files, parent = writer.files, writer.place.staging
    try:
        entries = await surely(writer.patience, lambda: files.list_directory(parent))
    except NotFound as error:
        raise Fenced(f"{parent} is gone") from error
    for entry in entries:
        other = parent / entry.name
        if other != staging:
            await surely(writer.patience, lambda other=other: files.delete(other))  # type: ignore[misc]
