"""The lists of jars: read, written, and refused where they are not what they should be."""

from pathlib import Path, PurePosixPath

import pytest

from local.cluster import ROOT
from local.errors import StackError
from local.locks import Jar, format_lock, read_lock, read_wanted

SHA256 = "ab" * 32


def test_a_lock_that_was_written_is_read_back_in_its_order(tmp_path: Path) -> None:
    jars = [Jar("org.b:b:2", SHA256), Jar("org.a:a:jar:tests:1.0-jre", "0" * 64)]
    lock = tmp_path / "jars.lock"
    lock.write_text(format_lock(jars))
    assert read_lock(lock) == jars


def test_a_jar_lies_where_a_maven_repository_keeps_it() -> None:
    jar = Jar("org.apache.kafka:kafka_2.13:3.9.2", SHA256)
    assert jar.path == PurePosixPath("org/apache/kafka/kafka_2.13/3.9.2/kafka_2.13-3.9.2.jar")
    assert jar.classifier == ""


def test_a_classifier_is_the_end_of_the_name() -> None:
    jar = Jar("org.a:a:jar:tests:1", SHA256)
    assert jar.path == PurePosixPath("org/a/a/1/a-1-tests.jar")
    assert jar.classifier == "tests"


@pytest.mark.parametrize(
    "line",
    ["org.a:a:1", f"org.a:a {SHA256}", "org.a:a:1 abc", f"../a:a:1 {SHA256}", f"a:b:1 {SHA256} x"],
)
def test_a_line_that_is_no_jar_is_refused_by_its_number(tmp_path: Path, line: str) -> None:
    lock = tmp_path / "jars.lock"
    lock.write_text(f"# a comment\n{line}\n")
    with pytest.raises(StackError, match=r"jars\.lock, line 2 is not"):
        read_lock(lock)


@pytest.mark.parametrize("component", ["kafka", "hdfs"])
def test_the_locks_of_this_repository_hold_everything_that_is_wanted(component: str) -> None:
    folder = ROOT / component
    locked = {jar.coordinates for jar in read_lock(folder / "jars.lock")}
    assert set(read_wanted(folder / "jars.txt")) <= locked
