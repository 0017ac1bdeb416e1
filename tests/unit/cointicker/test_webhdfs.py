"""What becomes of the answers that a NameNode gives when it, or the way to it, is in trouble."""

import json
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import PurePosixPath

import pytest

from cointicker.errors import TransientError
from cointicker.files import AlreadyExists, NotFound, ParentMissing
from cointicker.webhdfs import Timeouts, WebHdfsFiles, open_webhdfs
from tests.fakes.http_namenode import HttpNamenode, Reply, Script, http_namenode, refusal

PATH = PurePosixPath("/a/b=1/c")
QUICK = Timeouts(connect_seconds=1, read_seconds=1, call_seconds=5)
STANDBY = refusal("StandbyException", "Operation category READ is not supported in state standby")

CALLS: dict[str, Callable[[WebHdfsFiles], object]] = {
    "MKDIRS": lambda files: files.make_directory(PATH),
    "CREATE": lambda files: files.create(PATH, b"x"),
    "SETXATTR": lambda files: files.set_attribute(PATH, "user.a", b"1", replace=False),
    "GETXATTRS": lambda files: files.attribute(PATH, "user.a"),
    "RENAME": lambda files: files.rename(PATH, PATH),
    "LISTSTATUS": lambda files: files.list_directory(PATH),
    "DELETE": lambda files: files.delete(PATH),
    "OPEN": lambda files: files.read(PATH),
    "GETFILESTATUS": lambda files: files.verify(PATH, b"x"),
}


def always(reply: Reply) -> Script:
    return lambda _operation, _path: reply


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@asynccontextmanager
async def served(
    script: Script, timeouts: Timeouts = QUICK
) -> AsyncIterator[tuple[HttpNamenode, WebHdfsFiles]]:
    async with http_namenode(script) as namenode:  # noqa: SIM117 (the second takes the first's url)
        async with open_webhdfs([namenode.url], "me", timeouts=timeouts) as files:
            yield namenode, files


async def ask(call: str, *urls: str) -> None:
    async with open_webhdfs(urls, "me", timeouts=QUICK) as files:
        await CALLS[call](files)  # type: ignore[misc]


async def outcome(call: str, reply: Reply) -> type[BaseException]:
    """What a call raises, which is asked once and no more."""
    async with http_namenode(always(reply)) as namenode:
        with pytest.raises(Exception) as raised:  # noqa: PT011 (it is what the tests compare)
            await ask(call, namenode.url)
        assert namenode.asked == [call]
    return raised.type


@pytest.mark.parametrize("call", CALLS)
async def test_safe_mode_is_transient_whatever_was_asked(call: str) -> None:
    assert await outcome(call, refusal("SafeModeException")) is TransientError


@pytest.mark.parametrize(
    "reply",
    [
        refusal("RetriableException"),
        refusal("StandbyException"),
        refusal("NSQuotaExceededException"),
        refusal("IOException", "no space left"),
        Reply(401, b"who are you"),
        Reply(500, b"<html>broken</html>"),
        Reply(404, b'{"other": "shape"}'),
        Reply(503, b"[]"),
    ],
)
async def test_what_may_pass_is_transient_whatever_the_status(reply: Reply) -> None:
    assert await outcome("RENAME", reply) is TransientError


@pytest.mark.parametrize("call", ["RENAME", "DELETE", "CREATE"])
@pytest.mark.parametrize("reply", [Reply(cut=1), Reply(status=0)])
async def test_a_lost_answer_is_transient_and_nothing_is_sent_twice(
    call: str, reply: Reply
) -> None:
    assert await outcome(call, reply) is TransientError


@pytest.mark.parametrize("call", ["RENAME", "DELETE", "CREATE"])
async def test_no_answer_in_time_is_transient_and_nothing_is_sent_twice(call: str) -> None:
    enough = threading.Event()

    def hang(_operation: str, _path: str) -> Reply:
        enough.wait(5)
        return Reply()

    async with http_namenode(hang) as first, http_namenode(hang) as second:
        with pytest.raises(TransientError):
            await ask(call, first.url, second.url)
        enough.set()
        assert (first.asked, second.asked) == ([call], [])


@pytest.mark.parametrize(
    ("call", "reply", "raised"),
    [
        ("CREATE", refusal("FileAlreadyExistsException"), AlreadyExists),
        ("CREATE", refusal("AlreadyBeingCreatedException"), AlreadyExists),
        ("CREATE", refusal("FileNotFoundException", "Parent directory", 404), ParentMissing),
        ("CREATE", refusal("ParentNotDirectoryException"), ParentMissing),
        ("RENAME", refusal("FileAlreadyExistsException"), AlreadyExists),
        ("RENAME", refusal("IOException", "a and b must both be directories"), AlreadyExists),
        ("RENAME", refusal("FileNotFoundException", "rename source /a"), NotFound),
        ("RENAME", refusal("FileNotFoundException", "rename destination parent"), ParentMissing),
        ("SETXATTR", refusal("IOException", "XAttr: x already exists."), AlreadyExists),
        ("SETXATTR", refusal("FileNotFoundException"), NotFound),
        ("OPEN", refusal("FileNotFoundException"), NotFound),
        ("LISTSTATUS", refusal("FileNotFoundException"), NotFound),
    ],
)
async def test_the_exception_decides(call: str, reply: Reply, raised: type[Exception]) -> None:
    assert await outcome(call, reply) is raised


@pytest.mark.parametrize("status", [400, 403, 404, 500])
async def test_the_status_decides_nothing(status: int) -> None:
    reply = refusal("FileAlreadyExistsException", status=status)
    assert await outcome("RENAME", reply) is AlreadyExists


async def test_a_standby_is_passed_over_and_the_active_one_is_remembered() -> None:
    active = Reply(body=json.dumps({"boolean": True}).encode())
    async with http_namenode(always(STANDBY)) as standby, http_namenode(always(active)) as namenode:
        async with open_webhdfs([standby.url, namenode.url], "me", timeouts=QUICK) as files:
            assert await files.delete(PATH)
            assert await files.delete(PATH)
        assert standby.asked == ["DELETE"]
        assert namenode.asked == ["DELETE"] * 2


async def test_a_namenode_that_is_down_is_passed_over() -> None:
    down = f"http://127.0.0.1:{free_port()}"
    async with http_namenode(always(Reply(body=b'{"boolean": true}'))) as namenode:
        await ask("DELETE", down, namenode.url)
        assert namenode.asked == ["DELETE"]


async def test_no_active_namenode_is_transient_and_says_so() -> None:
    down = f"http://127.0.0.1:{free_port()}"
    async with http_namenode(always(STANDBY)) as standby:
        with pytest.raises(TransientError, match="done by no NameNode"):
            await ask("RENAME", standby.url, down)


async def test_a_body_goes_where_the_namenode_says() -> None:
    async with http_namenode(always(Reply(201, b""))) as datanode:
        told = Reply(body=json.dumps({"Location": f"{datanode.url}/x?op=BODY"}).encode())
        async with http_namenode(always(told)) as namenode:
            await ask("CREATE", namenode.url)
        assert datanode.asked == ["BODY"]


async def test_a_redirect_is_as_good_as_an_answer() -> None:
    async with http_namenode(always(Reply(201, b""))) as datanode:
        told = Reply(307, b"", location=f"{datanode.url}/x?op=BODY")
        async with http_namenode(always(told)) as namenode:
            await ask("CREATE", namenode.url)
        assert datanode.asked == ["BODY"]


@pytest.mark.parametrize(
    ("reply", "raised"),
    [
        (refusal("FileNotFoundException", "Parent directory doesn't exist", 404), ParentMissing),
        (refusal("StandbyException"), TransientError),
        (Reply(503, b"busy"), TransientError),
    ],
)
async def test_a_datanode_refuses_in_the_same_way(reply: Reply, raised: type[Exception]) -> None:
    async with http_namenode(always(reply)) as datanode:
        told = Reply(body=json.dumps({"Location": f"{datanode.url}/x?op=BODY"}).encode())
        async with http_namenode(always(told)) as namenode:
            with pytest.raises(raised):
                await ask("CREATE", namenode.url)


async def test_a_body_that_is_cut_short_is_never_taken_for_the_whole() -> None:
    assert await outcome("OPEN", Reply(body=b"x" * 100, cut=50)) is TransientError


async def test_a_call_ends_at_its_deadline() -> None:
    enough = threading.Event()

    def hang(_operation: str, _path: str) -> Reply:
        enough.wait(5)
        return Reply(body=b'{"boolean": true}')

    slow = Timeouts(connect_seconds=1, read_seconds=5, call_seconds=0.05)
    async with served(hang, slow) as (_, files):
        with pytest.raises(TransientError, match=r"not done in 0\.05 s"):
            await files.delete(PATH)
        enough.set()


def ready_script(bean: dict[str, str]) -> Script:
    answers = {
        "GETFILESTATUS": Reply(body=b'{"FileStatus": {}}'),
        "/jmx": Reply(body=json.dumps({"beans": [bean]}).encode()),
    }
    return lambda operation, _path: answers[operation]


@pytest.mark.parametrize(
    ("bean", "why"),
    [
        ({"Safemode": "Safe mode is ON.", "LiveNodes": '{"a":{}}'}, "safe mode"),
        ({"Safemode": "", "LiveNodes": "{}"}, "no DataNode"),
    ],
)
async def test_readiness_says_what_is_missing(bean: dict[str, str], why: str) -> None:
    async with served(ready_script(bean)) as (_, files):
        with pytest.raises(TransientError, match=why):
            await files.check_ready()


async def test_hdfs_is_ready_when_it_can_be_written_to() -> None:
    bean = {"Safemode": "", "LiveNodes": '{"a":{}}'}
    async with served(ready_script(bean)) as (_, files):
        await files.check_ready()


def checksum_script(datanode_url: str, algorithm: str, stored: bytes) -> Script:
    checksum = {"algorithm": algorithm, "bytes": "00000200" + "0" * 56, "length": 28}
    answers = {
        "CREATE": Reply(body=json.dumps({"Location": datanode_url}).encode()),
        "GETFILESTATUS": Reply(
            body=json.dumps({"FileStatus": {"length": len(stored), "blockSize": 1 << 27}}).encode()
        ),
        "GETFILECHECKSUM": Reply(body=json.dumps({"FileChecksum": checksum}).encode()),
        "OPEN": Reply(body=stored),
        "DELETE": Reply(body=b'{"boolean": true}'),
    }
    return lambda operation, _path: answers[operation]


@pytest.mark.parametrize("algorithm", ["MD5-of-0MD5-of-512CRC32", "MD5-of-0MD5-of-512CRC32C"])
async def test_where_the_formula_does_not_hold_every_file_is_read_back(
    algorithm: str, caplog: pytest.LogCaptureFixture
) -> None:
    stored = bytes(range(256)) * 6
    async with http_namenode(always(Reply(201, b""))) as datanode:
        script = checksum_script(datanode.url, algorithm, stored)
        async with served(script) as (namenode, files):
            assert not await files.check_formula(PATH)
            namenode.asked.clear()
            assert await files.verify(PATH, stored)
            assert not await files.verify(PATH, stored[:-1] + b"x")
            assert namenode.asked == ["GETFILESTATUS", "OPEN"] * 2
    assert len([each for each in caplog.records if "read back" in each.message]) == 1
