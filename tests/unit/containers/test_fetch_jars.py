"""The folder of jars in an image, and the class path that is written for it."""

import zipfile
from pathlib import Path

import fetch_jars
from local.jars import AGENT
from local.locks import Jar


def file(path: Path, content: bytes = b"jar") -> Path:
    path.write_bytes(content)
    return path


def test_the_class_path_has_the_order_of_the_lock_and_no_agent(tmp_path: Path) -> None:
    jars = [
        (Jar("org.b:b:1", "0" * 64), file(tmp_path / "b-1.jar")),
        (Jar(f"{AGENT}:1.0.1", "1" * 64), file(tmp_path / "agent-1.0.1.jar", b"agent")),
        (Jar("org.a:a:2", "2" * 64), file(tmp_path / "a-2.jar")),
    ]
    target = tmp_path / "kafka"
    fetch_jars.lay_out(jars, target, [])
    library = target / "lib"
    assert (target / "class-path").read_text() == f"-cp {library}/b-1.jar:{library}/a-2.jar\n"
    assert (target / "agent.jar").read_bytes() == b"agent"


def test_of_the_archive_of_pages_only_the_pages_are_taken(tmp_path: Path) -> None:
    pages = tmp_path / "pages.jar"
    with zipfile.ZipFile(pages, "w") as archive:
        archive.writestr("webapps/hdfs/index.html", "page")
        archive.writestr("org/Test.class", "code")
    target = tmp_path / "hdfs"
    fetch_jars.lay_out([(Jar("g:a:jar:tests:1", "0" * 64), pages)], target, ["/etc/hadoop"])
    assert (target / "class-path").read_text() == f"-cp {target}:/etc/hadoop\n"
    assert (target / "webapps/hdfs/index.html").read_text() == "page"
    assert not (target / "org").exists()
