"""The cache of jars: fetched once, checked, and nothing wrong in it is ever handed out."""

import hashlib
import os
import zipfile
from pathlib import Path

import pytest

from local.errors import StackError
from local.jars import JarCache, cache_directory
from local.locks import Jar

CONTENT = {"org.a:a:1": b"the first jar", "org.b:b:2": b"the second jar"}


class Repository:
    """A Maven repository in memory that counts what is fetched from it."""

    def __init__(self, content: dict[str, list[bytes]]) -> None:
        self._content = content
        self.fetched: list[str] = []

    def download(self, coordinates: str, directory: Path) -> Path:
        """Hand out the next version of the file; the last one again and again."""
        self.fetched.append(coordinates)
        versions = self._content[coordinates]
        content = versions.pop(0) if len(versions) > 1 else versions[0]
        path = directory / coordinates.replace(":", "-")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path


def jar(coordinates: str, content: bytes) -> Jar:
    return Jar(coordinates, hashlib.sha256(content).hexdigest())


JARS = [jar(coordinates, content) for coordinates, content in CONTENT.items()]


def cache_of(directory: Path, content: dict[str, list[bytes]]) -> tuple[JarCache, Repository]:
    repository = Repository(content)
    return JarCache(directory, repository.download, lambda _: None), repository


def sound(directory: Path) -> tuple[JarCache, Repository]:
    return cache_of(directory, {name: [content] for name, content in CONTENT.items()})


def test_jars_are_fetched_in_the_order_of_the_lock_and_only_once(tmp_path: Path) -> None:
    cache, repository = sound(tmp_path)
    files = cache.ensure(JARS)
    assert [file.read_bytes() for file in files] == list(CONTENT.values())
    assert cache.ensure(JARS) == files
    assert sorted(repository.fetched) == sorted(CONTENT)


def test_a_jar_that_is_in_both_locks_is_fetched_once(tmp_path: Path) -> None:
    cache, repository = sound(tmp_path)
    assert len(cache.ensure([*JARS, *JARS])) == 2 * len(JARS)
    assert len(repository.fetched) == len(JARS)


def test_a_second_run_reads_no_jar_again(tmp_path: Path) -> None:
    first, _ = sound(tmp_path)
    [file, _] = first.ensure(JARS)
    status = file.stat()
    # Another content under the same size and time shows that the content was not looked at.
    file.write_bytes(b"x" * status.st_size)
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    second, repository = sound(tmp_path)
    assert second.ensure(JARS)[0] == file
    assert repository.fetched == []


@pytest.mark.parametrize("damage", [b"", b"the fir", b"another jar altogether"])
def test_a_damaged_jar_is_fetched_again(tmp_path: Path, damage: bytes) -> None:
    first, _ = sound(tmp_path)
    [file, _] = first.ensure(JARS)
    file.write_bytes(damage)
    second, repository = sound(tmp_path)
    second.ensure(JARS)
    assert file.read_bytes() == CONTENT["org.a:a:1"]
    assert repository.fetched == ["org.a:a:1"]


def test_a_sound_jar_whose_record_is_lost_is_checked_and_kept(tmp_path: Path) -> None:
    first, _ = sound(tmp_path)
    first.ensure(JARS)
    (tmp_path / "verified.json").write_text("half of a rec")
    second, repository = sound(tmp_path)
    second.ensure(JARS)
    assert repository.fetched == []


def test_a_transfer_that_was_cut_short_is_made_again(tmp_path: Path) -> None:
    cache, repository = cache_of(tmp_path, {"org.a:a:1": [b"the fir", b"the first jar"]})
    [file] = cache.ensure(JARS[:1])
    assert file.read_bytes() == b"the first jar"
    assert len(repository.fetched) == 2


def test_a_wrong_jar_is_refused_by_name_and_not_kept(tmp_path: Path) -> None:
    cache, _ = cache_of(tmp_path, {"org.a:a:1": [b"something else"]})
    with pytest.raises(StackError, match=r"refused org\.a:a:1: its SHA-256 is"):
        cache.ensure(JARS[:1])
    assert list((tmp_path / "jars").rglob("*.jar")) == []


def test_only_the_web_pages_are_unpacked_and_only_once(tmp_path: Path) -> None:
    archive = tmp_path / "a.jar"
    with zipfile.ZipFile(archive, "w") as members:
        members.writestr("webapps/hdfs/index.html", "hello")
        members.writestr("org/A.class", "code")
    content = archive.read_bytes()
    cache, _ = cache_of(tmp_path / "cache", {"org.a:a:1": [content]})
    web = cache.web_directory(jar("org.a:a:1", content))
    assert [path.name for path in web.rglob("*") if path.is_file()] == ["index.html"]
    assert cache.web_directory(jar("org.a:a:1", content)) == web


def test_the_cache_is_where_the_user_wants_it(tmp_path: Path) -> None:
    assert cache_directory({"COINTICKER_CACHE": "/a", "XDG_CACHE_HOME": "/b"}) == Path("/a")
    assert cache_directory({"XDG_CACHE_HOME": str(tmp_path)}) == tmp_path / "cointicker"
    assert cache_directory({}) == Path.home() / ".cache" / "cointicker"
