"""The archive in HDFS: where a record is kept, and how to read what is there."""

from importlib import import_module
from typing import TYPE_CHECKING

from cointicker.archive.layout import (
    ATTRIBUTE,
    SEEN_ATTRIBUTE,
    SUFFIX,
    FileAttribute,
    FileName,
    ForeignFile,
    GzipBody,
    Layout,
    PublishedFile,
    hour_of,
    published_files,
    read_behind_barrier,
    sha256_of,
    walk,
)
from cointicker.archive.reader import AsyncArchive, UnknownSource
from cointicker.archive.stored import DamagedFile

if TYPE_CHECKING:
    from cointicker.archive.blocking import Archive
    from cointicker.archive.opening import open_archive, open_async_archive
else:
    # Loaded when they are asked for: they bring clients and settings along, and most of those who
    # import this package need to know no more than where a record is kept.
    _LATER = {"Archive": "blocking", "open_archive": "opening", "open_async_archive": "opening"}

    def __getattr__(name: str) -> object:
        if name not in _LATER:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)


__all__ = [
    "ATTRIBUTE",
    "SEEN_ATTRIBUTE",
    "SUFFIX",
    "Archive",
    "AsyncArchive",
    "DamagedFile",
    "FileAttribute",
    "FileName",
    "ForeignFile",
    "GzipBody",
    "Layout",
    "PublishedFile",
    "UnknownSource",
    "hour_of",
    "open_archive",
    "open_async_archive",
    "published_files",
    "read_behind_barrier",
    "sha256_of",
    "walk",
]
