"""The settings that shape names are stored once, and never other ones."""

from itertools import count
from pathlib import PurePosixPath

import pytest

from cointicker.archive import Layout
from hdfs_sink.pledge import Pledge, Pledges
from hdfs_sink.protocol import Refused
from tests.fakes.memory_files import MemoryFiles
from tests.unit.hdfs_sink.archives import NoPatience

LAYOUT = Layout.of("/cointicker", "cointicker")
_IDS = count()


def pledges(files: MemoryFiles, cluster: str = "one") -> Pledges:
    return Pledges(files, LAYOUT, Pledge(cluster), lambda: f"id{next(_IDS)}")


async def test_the_first_stores_them_and_the_next_agrees() -> None:
    files = MemoryFiles()
    await pledges(files).keep("a", NoPatience())
    await pledges(files).keep("a", NoPatience())
    assert files.paths() == [PurePosixPath("/cointicker/_settings/a.json")]
    assert await pledges(files).broken(lambda _: True) == []


async def test_one_with_other_settings_is_refused() -> None:
    files = MemoryFiles()
    await pledges(files).keep("a", NoPatience())
    with pytest.raises(Refused, match="other_settings"):
        await pledges(files, "another").keep("a", NoPatience())


async def test_what_speaks_against_starting_is_only_what_is_ours() -> None:
    files = MemoryFiles()
    await pledges(files).keep("a", NoPatience())
    await pledges(files).keep("b", NoPatience())
    [problem] = await pledges(files, "another").broken(lambda topic: topic == "b")
    assert problem.startswith("b: ")


async def test_who_comes_second_in_a_race_takes_the_first_ones() -> None:
    files = MemoryFiles()
    first, second = pledges(files), pledges(files)

    async def keep_first(moment: str, call: str, path: PurePosixPath) -> None:  # noqa: ARG001
        if (moment, call) == ("before", "rename"):
            files.interrupt = never
            await first.keep("a", NoPatience())

    async def never(_moment: str, _call: str, _path: PurePosixPath) -> None:
        pass

    files.interrupt = keep_first
    await second.keep("a", NoPatience())
    assert files.paths() == [PurePosixPath("/cointicker/_settings/a.json")]
