"""One file: how it is won, lost, found again after a lost answer, and stopped by a fence."""

from pathlib import PurePosixPath

import pytest

from cointicker.archive import ATTRIBUTE, FileAttribute
from cointicker.errors import TransientError
from hdfs_sink.protocol import Chain, Fenced
from hdfs_sink.publish import publish
from hdfs_sink.writer import Writer
from tests.unit.hdfs_sink.archives import Archive, archived
from tests.unit.hdfs_sink.world import content, record


class Losing:
    """Loses the answer of the first call of a name, before or after it is carried out."""

    def __init__(self, call: str, moment: str) -> None:
        self._lost = (moment, call)
        self.is_over = False

    async def __call__(self, moment: str, call: str, path: PurePosixPath) -> None:  # noqa: ARG002
        if (moment, call) == self._lost and not self.is_over:
            self.is_over = True
            raise TransientError("no answer")


class Patient:
    """Tries again at once."""

    async def wait(self, error: TransientError) -> None:
        pass


def patient(archive: Archive) -> Writer:
    writer = archive.writer()
    return Writer(writer.place, writer.files, writer.log, Patient(), writer.new_id)


async def begun() -> tuple[Archive, Chain]:
    archive = Archive()
    archive.produce(0, 1)
    return archive, await archive.recovered()


async def test_a_file_says_where_it_stands_in_the_chain() -> None:
    archive = await archived(0, 1)
    archive.produce(2, 3, 4)
    published = await archive.publish(await archive.recovered(), [record(2), record(3)])
    value = await archive.files.attribute(published.path, ATTRIBUTE)
    assert value is not None
    says = FileAttribute.decode(value)
    assert (says.previous, says.end, says.count) == (1, 3, 2)
    assert published.won
    assert published.chain.next == 4


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("call", ["create", "verify", "set_attribute", "rename", "make_directory"])
async def test_a_lost_answer_changes_nothing(call: str, moment: str) -> None:
    archive, chain = await begun()
    archive.files.interrupt = losing = Losing(call, moment)
    published = await publish(patient(archive), chain, content([record(0), record(1)]))
    assert losing.is_over
    assert published.won
    assert [path for path in archive.files.paths() if "raw" in path.parts] == [published.path]


async def test_the_second_of_two_loses_and_goes_on_behind_the_first() -> None:
    archive, chain = await begun()
    other = Chain(chain.staging.with_name("other"), None, 0)
    await archive.files.make_directory(other.staging)
    await archive.publish(other, [record(0), record(1)])
    published = await publish(archive.writer(), chain, content([record(0)]))
    assert not published.won
    assert (published.chain.previous, published.chain.next) == (1, 2)


@pytest.mark.parametrize("call", ["create", "verify", "set_attribute", "rename"])
async def test_a_writer_whose_staging_is_removed_is_stopped(call: str) -> None:
    archive, chain = await begun()
    files = archive.files

    async def remove(moment: str, name: str, path: PurePosixPath) -> None:
        if (moment, name) == ("before", call) and path.is_relative_to(chain.staging):
            files.interrupt = nothing
            await files.delete(chain.staging)

    async def nothing(_moment: str, _name: str, _path: PurePosixPath) -> None:
        pass

    files.interrupt = remove
    with pytest.raises(Fenced):
        await publish(patient(archive), chain, content([record(0)]))
    assert not [path for path in files.paths() if "raw" in path.parts]


async def test_stored_bytes_that_differ_are_written_again() -> None:
    archive, chain = await begun()
    files = archive.files

    async def damage(moment: str, name: str, path: PurePosixPath) -> None:
        if (moment, name) == ("before", "verify") and not any("raw" in p.parts for p in damaged):
            damaged.append(PurePosixPath("/raw"))
            files.damage(path, b"short")

    damaged: list[PurePosixPath] = []
    files.interrupt = damage
    published = await publish(patient(archive), chain, content([record(0)]))
    assert await files.read(published.path) == content([record(0)]).body
