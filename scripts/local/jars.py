"""The cache of jars outside of git: each fetched once, each checked against its lock."""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

from local.errors import StackError
from local.locks import Jar
from local.maven import THREADS

Download = Callable[[str, Path], Path]
Report = Callable[[str], None]
AGENT = "io.prometheus.jmx:jmx_prometheus_javaagent"
_WITH_WEB_PAGES = "tests"


def cache_directory(environment: Mapping[str, str]) -> Path:
    """Where what is fetched is kept: COINTICKER_CACHE, or the user's cache directory."""
    if chosen := environment.get("COINTICKER_CACHE"):
        return Path(chosen).absolute()
    home = environment.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "cointicker"


def is_agent(jar: Jar) -> bool:
    """Whether it is the agent of the JVM that gives figures to Prometheus, and no library."""
    return jar.coordinates.startswith(f"{AGENT}:")


def has_web_pages(jar: Jar) -> bool:
    """Whether it is wanted for the web pages of HDFS, and not as a library."""
    return jar.classifier == _WITH_WEB_PAGES


def unpack_web_pages(archive: Path, target: Path) -> None:
    """Put the folder `webapps` of a jar into `target`."""
    with zipfile.ZipFile(archive) as members:
        names = [name for name in members.namelist() if name.startswith("webapps/")]
        members.extractall(target, names)


class JarCache:
    """Verified jars in one directory. A file in it is read, linked and run, never edited.

    What was verified is remembered with its size and time, so that a second look costs a stat.
    """

    def __init__(self, directory: Path, download: Download, report: Report) -> None:
        self._jars = directory / "jars"
        self._web = directory / "web"
        self._lock = directory / "lock"
        self._record = directory / "verified.json"
        self._download = download
        self._report = report

    def ensure(self, jars: Sequence[Jar]) -> list[Path]:
        """The files of `jars` in their order, fetched where missing or damaged."""
        with self._locked():
            verified = self._read_record()
            todo = [jar for jar in dict.fromkeys(jars) if not self._is_known(jar, verified)]
            missing = [jar for jar in todo if not self._is_sound(jar)]
            if missing:
                self._fetch(missing)
            if todo:
                verified.update({_key(jar): self._stamp(jar) for jar in todo})
                _write_whole(self._record, json.dumps(verified))
        return [self._path(jar) for jar in jars]

    def web_directory(self, jar: Jar) -> Path:
        """A directory that holds the `webapps` folder of `jar`, unpacked once."""
        target = self._web / jar.sha256
        [archive] = self.ensure([jar])
        with self._locked():
            if not target.exists():
                self._web.mkdir(exist_ok=True)
                unpacked = Path(tempfile.mkdtemp(dir=self._web))
                unpack_web_pages(archive, unpacked)
                unpacked.rename(target)
        return target

    def _fetch(self, jars: Sequence[Jar]) -> None:
        self._report(f"fetching {len(jars)} jars, once, into {self._jars}")
        with (
            tempfile.TemporaryDirectory(dir=self._jars.parent) as partial,
            ThreadPoolExecutor(THREADS) as threads,
        ):
            fetches = [threads.submit(self._fetch_one, jar, Path(partial)) for jar in jars]
            try:
                for done, fetch in enumerate(as_completed(fetches), start=1):
                    fetch.result()
                    if done % 25 == 0 or done == len(jars):
                        self._report(f"fetched {done} of {len(jars)} jars")
            except StackError:
                threads.shutdown(cancel_futures=True)
                raise

    def _fetch_one(self, jar: Jar, partial: Path) -> None:
        # A damaged transfer is possible, and a second one that is damaged alike is not.
        for attempt in ("first", "second"):
            fetched = self._download(jar.coordinates, partial / attempt)
            actual = _sha256(fetched)
            if actual == jar.sha256:
                path = self._path(jar)
                path.parent.mkdir(parents=True, exist_ok=True)
                fetched.replace(path)
                return
        raise StackError(
            f"refused {jar.coordinates}: its SHA-256 is {actual}, the lock says {jar.sha256}; "
            "do not use it, and find out who changed the repository or the lock"
        )

    def _is_known(self, jar: Jar, verified: Mapping[str, list[int] | None]) -> bool:
        stamp = self._stamp(jar)
        return stamp is not None and verified.get(_key(jar)) == stamp

    def _is_sound(self, jar: Jar) -> bool:
        path = self._path(jar)
        return path.exists() and _sha256(path) == jar.sha256

    def _path(self, jar: Jar) -> Path:
        return self._jars / jar.path

    def _stamp(self, jar: Jar) -> list[int] | None:
        try:
            status = self._path(jar).stat()
        except FileNotFoundError:
            return None
        return [status.st_size, status.st_mtime_ns]

    def _read_record(self) -> dict[str, list[int] | None]:
        try:
            record: dict[str, list[int] | None] = json.loads(self._record.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return record

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep two stacks that start at once from fetching the same."""
        self._jars.mkdir(parents=True, exist_ok=True)
        with self._lock.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _key(jar: Jar) -> str:
    return f"{jar.coordinates} {jar.sha256}"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_whole(path: Path, text: str) -> None:
    partial = path.with_suffix(f".{os.getpid()}")
    partial.write_text(text)
    shutil.move(partial, path)
