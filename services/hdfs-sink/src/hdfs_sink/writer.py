"""What one assignment of one partition works with, and how it looks at the files of others."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from cointicker.archive import FileAttribute, ForeignFile, read_behind_barrier
from cointicker.files import Files
from hdfs_sink.protocol import Log, Patience, Place, Refused, surely


@dataclass(frozen=True, slots=True)
class Writer:
    """One who may write a partition's chain. `new_id` gives a text that was never given before."""

    place: Place
    files: Files
    log: Log
    patience: Patience
    new_id: Callable[[], str]

    async def look(self, path: PurePosixPath) -> FileAttribute | None:
        """What a published file says of itself, to be relied on; None if it is not there."""
        try:
            return await surely(self.patience, lambda: read_behind_barrier(self.files, path))
        except ForeignFile as error:
            raise Refused("foreign_file", str(error)) from error

    async def commit(self, path: PurePosixPath, end: int) -> None:
        """Commit that the chain's last file is `path`, and ends with `end`. Raises NotOwned."""
        commit = self.place.commit(path, end)
        await surely(self.patience, lambda: self.log.commit(commit))
