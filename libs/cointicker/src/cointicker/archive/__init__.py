"""The archive in HDFS: where a record is kept, and how to read what is there."""

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

__all__ = [
    "ATTRIBUTE",
    "SEEN_ATTRIBUTE",
    "SUFFIX",
    "FileAttribute",
    "FileName",
    "ForeignFile",
    "GzipBody",
    "Layout",
    "PublishedFile",
    "hour_of",
    "published_files",
    "read_behind_barrier",
    "sha256_of",
    "walk",
]
