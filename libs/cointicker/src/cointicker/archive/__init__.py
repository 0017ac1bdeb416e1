"""The archive in HDFS: where a record is kept, and how to read what is there."""

from cointicker.archive.blocking import Archive
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
from cointicker.archive.opening import open_archive, open_async_archive
from cointicker.archive.reader import AsyncArchive, UnknownSource
from cointicker.archive.stored import DamagedFile

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
