"""`Files` in HDFS: the one module that imports the `hdfs` package, and what that package lacks.

Calls run in a bounded pool of threads, one client and one session a thread. A call is sent to the
next NameNode only where it surely did not happen: the connection was refused, or the NameNode is a
standby. Any other failure without an answer is a TransientError, and the outcome is unknown.
"""

import asyncio
import logging
import threading
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, TypeVar

import requests
from hdfs.client import InsecureClient, _Request, _to_error
from hdfs.util import HdfsError
from urllib3.exceptions import NewConnectionError

from cointicker.checksum import hdfs_checksum, md5_of_answer
from cointicker.errors import CoinTickerError, TransientError
from cointicker.files import AlreadyExists, Entry, FilesError, NotFound, ParentMissing

T = TypeVar("T")

# How a name that is taken is refused where the exception is a plain IOException.
_EXISTS = {"SETXATTR": "already exists", "RENAME": "must both be directories"}
_KNOWN_CONTENT = bytes(range(256)) * 6

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait for a connection, for the next bytes, and for a whole call."""

    connect_seconds: float = 5
    read_seconds: float = 30
    call_seconds: float = 120


class WebHdfsFiles:
    """The files of one HDFS, over WebHDFS.

    `urls` has one NameNode, or those of a standby pair; `block_bytes` of new files is the
    NameNode's own default if None.
    """

    def __init__(
        self,
        urls: Sequence[str],
        user: str,
        *,
        threads: int = 4,
        timeouts: Timeouts = Timeouts(),
        block_bytes: int | None = None,
    ) -> None:
        self._urls = list(urls)
        self._user = user
        self._timeouts = timeouts
        self._new_file = {"blocksize": str(block_bytes)} if block_bytes else {}
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="webhdfs")
        self._of_thread = threading.local()
        self._opened: list[_NameNode] = []
        self._active = 0
        self._formula_holds = True

    async def close(self) -> None:
        """Finish the calls under way, and close every connection."""
        try:
            await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)
        finally:
            for namenode in self._opened:
                namenode.close()

    async def check_ready(self) -> None:
        """Return if HDFS can be written to; otherwise TransientError says why not."""
        await self._call("ready", PurePosixPath("/"), lambda node: node.check_ready())

    async def check_formula(self, path: PurePosixPath) -> bool:
        """Whether HDFS has the checksum that we compute, tried on a small file made at `path`.

        If not, `verify` reads every file back instead. Raises AlreadyExists, ParentMissing.
        """
        await self.create(path, _KNOWN_CONTENT)
        self._formula_holds = True
        holds = await self.verify(path, _KNOWN_CONTENT) and self._formula_holds
        if not holds and self._formula_holds:
            self._distrust_checksums("another checksum for a known content")
        await self.delete(path)
        return holds

    async def make_directory(self, path: PurePosixPath) -> None:
        """Make `path` and its parents; one that exists is left as it is."""
        await self._call("MKDIRS", path, lambda node: node.make_directory(str(path)))

    async def create(self, path: PurePosixPath, body: bytes) -> None:
        """Write a new file, whole. Raises AlreadyExists, ParentMissing."""
        await self._call(
            "CREATE", path, lambda node: node.create_file(str(path), body, **self._new_file)
        )

    async def verify(self, path: PurePosixPath, body: bytes) -> bool:
        """Whether the stored length and checksum are those of `body`. Raises NotFound."""
        return await self._call("verify", path, lambda node: self._matches(node, path, body))

    async def set_attribute(
        self, path: PurePosixPath, name: str, value: bytes, *, replace: bool
    ) -> None:
        """Set an extended attribute; answered only when it is durable. Raises as `Files` says."""
        flag = "CREATE,REPLACE" if replace else "CREATE"
        await self._call(
            "SETXATTR", path, lambda node: node.put_attribute(str(path), name, value, flag)
        )

    async def attribute(self, path: PurePosixPath, name: str) -> bytes | None:
        """The value of an extended attribute, None if it is not set. Raises NotFound."""
        attributes = await self._call("GETXATTRS", path, lambda node: node.attributes_of(str(path)))
        return attributes.get(name)

    async def rename(self, source: PurePosixPath, target: PurePosixPath) -> None:
        """Rename, never replacing. Raises AlreadyExists, NotFound, ParentMissing."""
        await self._call("RENAME", source, lambda node: node.move(str(source), str(target)))

    async def list_directory(self, path: PurePosixPath) -> list[Entry]:
        """The entries of a directory, sorted by name. Raises NotFound."""
        return await self._call("LISTSTATUS", path, lambda node: node.entries(str(path)))

    async def delete(self, path: PurePosixPath) -> bool:
        """Remove a file or a whole directory; False if there was none."""
        return await self._call("DELETE", path, lambda node: node.remove(str(path)))

    async def read(self, path: PurePosixPath) -> bytes:
        """The whole content of a file. Raises NotFound."""
        return await self._call("OPEN", path, lambda node: node.content_of(str(path)))

    async def _call(
        self, operation: str, path: PurePosixPath, work: "Callable[[_NameNode], T]"
    ) -> T:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._timeouts.call_seconds):
                return await loop.run_in_executor(self._pool, self._ask, operation, path, work)
        except TimeoutError as error:
            seconds = self._timeouts.call_seconds
            raise TransientError(f"{operation} {path}: not done in {seconds:g} s") from error

    def _ask(self, operation: str, path: PurePosixPath, work: "Callable[[_NameNode], T]") -> T:
        """Do `work` on the NameNode that answered last, or on the next that may be active."""
        namenodes = self._namenodes()
        first, refused = self._active, ""
        for turn in range(len(namenodes)):
            index = (first + turn) % len(namenodes)
            try:
                result = work(namenodes[index])
            except (HdfsError, requests.RequestException, KeyError, TypeError) as error:
                if not _surely_did_nothing(error):
                    raise _as_ours(operation, path, error) from error
                refused = f"{self._urls[index]}: {_brief(error)}"
            else:
                self._active = index
                return result
        raise TransientError(f"{operation} {path}: done by no NameNode, the last was {refused}")

    def _namenodes(self) -> "list[_NameNode]":
        """This thread's clients, one per NameNode."""
        namenodes: list[_NameNode] | None = getattr(self._of_thread, "namenodes", None)
        if namenodes is None:
            namenodes = [_NameNode.of(url, self._user, self._timeouts) for url in self._urls]
            self._of_thread.namenodes = namenodes
            self._opened += namenodes
        return namenodes

    def _matches(self, node: "_NameNode", path: PurePosixPath, body: bytes) -> bool:
        length, block_bytes = node.length_and_block(str(path))
        if length != len(body):
            return False
        if self._formula_holds and body:
            algorithm, answer = node.checksum_of(str(path))
            md5 = md5_of_answer(algorithm, answer)
            if md5 is not None:
                return md5 == hdfs_checksum(body, block_bytes)
            self._distrust_checksums(f"checksums of the kind {algorithm}")
        return node.content_of(str(path)) == body

    def _distrust_checksums(self, why: str) -> None:
        self._formula_holds = False
        logger.warning("HDFS gave %s: every file is read back instead", why)


@asynccontextmanager
async def open_webhdfs(
    urls: Sequence[str],
    user: str,
    *,
    threads: int = 4,
    timeouts: Timeouts = Timeouts(),
    block_bytes: int | None = None,
) -> AsyncIterator[WebHdfsFiles]:
    """The files of an HDFS, closed at the end. Nothing is sent before the first call."""
    files = WebHdfsFiles(urls, user, threads=threads, timeouts=timeouts, block_bytes=block_bytes)
    try:
        yield files
    finally:
        await files.close()


class _NameNode(InsecureClient):  # type: ignore[misc]
    """One NameNode as one thread speaks to it.

    The package names an operation after the attribute that holds the request; with a single URL it
    sends nothing twice.
    """

    _get_xattrs = _Request("GET")
    _set_xattr = _Request("PUT")

    @classmethod
    def of(cls, url: str, user: str, timeouts: Timeouts) -> "_NameNode":
        session = requests.Session()
        # A proxy or a .netrc of the environment is not meant for the cluster.
        session.trust_env = False
        wait = (timeouts.connect_seconds, timeouts.read_seconds)
        return cls(url, user=user, timeout=wait, session=session)

    def close(self) -> None:
        self._session.close()

    def check_ready(self) -> None:
        self._get_file_status("/")  # a standby refuses
        query = {"qry": "Hadoop:service=NameNode,name=NameNodeInfo"}
        response = self._request("GET", f"{self.url}/jmx", params=query)
        response.raise_for_status()
        bean = response.json()["beans"][0]
        if bean["Safemode"]:
            raise HdfsError(f"in safe mode: {bean['Safemode']}", exception="SafeModeException")
        if bean["LiveNodes"] == "{}":
            raise HdfsError("no DataNode is alive", exception="SafeModeException")

    def make_directory(self, path: str) -> None:
        self._mkdirs(path)

    def create_file(self, path: str, body: bytes, **options: str) -> None:
        asked = self._create(
            path, overwrite="false", createparent="false", noredirect="true", **options
        )
        location = asked.headers.get("Location") or asked.json()["Location"]
        written = self._request("PUT", location, data=body)
        if not written:
            raise _to_error(written)

    def length_and_block(self, path: str) -> tuple[int, int]:
        status = self._get_file_status(path).json()["FileStatus"]
        return status["length"], status["blockSize"]

    def checksum_of(self, path: str) -> tuple[str, str]:
        checksum = self._get_file_checksum(path).json()["FileChecksum"]
        return checksum["algorithm"], checksum["bytes"]

    def put_attribute(self, path: str, name: str, value: bytes, flag: str) -> None:
        encoded = "0s" + b64encode(value).decode()
        self._set_xattr(path, flag=flag, **{"xattr.name": name, "xattr.value": encoded})

    def attributes_of(self, path: str) -> dict[str, bytes]:
        answer = self._get_xattrs(path, encoding="base64").json()["XAttrs"]
        # An empty value comes back as null.
        return {
            each["name"]: b64decode((each["value"] or "").removeprefix("0s")) for each in answer
        }

    def move(self, source: str, target: str) -> None:
        self._rename(source, destination=target, renameoptions="NONE")

    def entries(self, path: str) -> list[Entry]:
        statuses = self._list_status(path).json()["FileStatuses"]["FileStatus"]
        if any(not status["pathSuffix"] for status in statuses):
            raise HdfsError("is a file", exception="FileNotFoundException")
        return sorted((_entry(status) for status in statuses), key=lambda entry: entry.name)

    def remove(self, path: str) -> bool:
        removed: bool = self._delete(path, recursive="true").json()["boolean"]
        return removed

    def content_of(self, path: str) -> bytes:
        with self._open(path) as response:
            content: bytes = response.content
        return content


def _entry(status: dict[str, Any]) -> Entry:
    return Entry(
        name=status["pathSuffix"],
        is_directory=status["type"] == "DIRECTORY",
        length=status["length"],
        modified_ms=status["modificationTime"],
    )


def _surely_did_nothing(error: Exception) -> bool:
    if isinstance(error, HdfsError):
        return bool(error.exception == "StandbyException")
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(cause, NewConnectionError)


def _as_ours(operation: str, path: PurePosixPath, error: Exception) -> CoinTickerError:
    """Our error for one of the package's or the connection's. The HTTP status decides nothing."""
    what = f"{operation} {path}: {_brief(error)}"
    if isinstance(error, HdfsError):
        refusal = _refusal(operation, error.exception, str(error))
        if refusal:
            return refusal(what)
    return TransientError(what)


def _refusal(operation: str, exception: str | None, message: str) -> type[FilesError] | None:
    """The outcome that a RemoteException stands for; None if the call may succeed later."""
    if exception in ("FileAlreadyExistsException", "AlreadyBeingCreatedException"):
        return AlreadyExists
    if exception == "ParentNotDirectoryException":
        return ParentMissing
    if exception == "FileNotFoundException":
        no_parent = operation == "CREATE" or "destination parent" in message
        return ParentMissing if no_parent else NotFound
    if exception == "IOException" and operation in _EXISTS and _EXISTS[operation] in message:
        return AlreadyExists
    return None


def _brief(error: Exception) -> str:
    kind = getattr(error, "exception", None) or type(error).__name__
    return f"{kind}: {str(error).splitlines()[0] if str(error) else ''}"
