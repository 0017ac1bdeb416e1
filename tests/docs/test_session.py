"""What a page is typed into: what lasts, what ends it, and what is not taken for success."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.markdown import Page
from tests.docs.reader import Wrong, differs, follow
from tests.docs.session import Session


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    folder = tmp_path / "folder"
    folder.mkdir()
    with Session(folder, dict(os.environ), tmp_path) as opened:
        yield opened


def page(*blocks: str) -> Page:
    return Page("page.md", "\n\n".join(blocks) + "\n")


def sh(text: str, mark: str = "") -> str:
    return f"{mark}\n```sh\n{text}\n```"


def python(text: str, mark: str = "") -> str:
    return f"{mark}\n```python\n{text}\n```"


def test_folders_and_variables_last_from_block_to_block(session: Session) -> None:
    follow(page(sh("mkdir a && cd a\nname=b"), sh("touch $name\n[[ -e ../a/b ]]")), session)


def test_python_blocks_are_one_program(session: Session) -> None:
    follow(page(python("x = 1"), sh("true"), python("assert x == 1")), session)


@pytest.mark.parametrize("text", ["false\ntrue", "false | true", "( set -e; false; true )"])
def test_a_line_that_fails_is_found_and_named(session: Session, text: str) -> None:
    with pytest.raises(Wrong, match=r"(?s)page.md:7: ended with status 1.*status 1 of: "):
        follow(page(sh("true"), sh(text)), session)


def test_an_exception_is_found_and_shown(session: Session) -> None:
    with pytest.raises(Wrong, match="ZeroDivisionError"):
        follow(page(python("print(1)\n1 / 0")), session)


def test_what_follows_for_ever_is_ended_and_the_next_block_typed(session: Session) -> None:
    mark = "<!-- ends: 1 s -->"
    endless = page(
        sh("x=1"),
        sh("echo a; sleep 60", mark),
        python("import time\nprint(1)\ntime.sleep(60)", mark),
        sh("[[ $x = 1 ]]"),
    )
    follow(endless, session)


def test_what_follows_for_ever_must_print_something(session: Session) -> None:
    with pytest.raises(Wrong, match=r"page\.md:2: printed nothing within 1 s"):
        follow(page(sh("sleep 60", "<!-- ends: 1 s -->")), session)


def test_what_follows_for_ever_must_not_fail_before(session: Session) -> None:
    with pytest.raises(Wrong, match="ended with status 3"):
        follow(page(sh("echo a; (exit 3); sleep 60", "<!-- ends: 9 s -->")), session)


def test_what_follows_for_ever_is_ended_once_it_has_shown_something(session: Session) -> None:
    started = time.monotonic()
    follow(page(sh("echo a; sleep 60", "<!-- ends: 50 s -->")), session)
    assert time.monotonic() - started < 25


def test_another_status_is_demanded_where_the_page_says_so(session: Session) -> None:
    mark = "<!-- status: 1 -->"
    follow(page(sh("false", mark), sh("true")), session)
    with pytest.raises(Wrong, match="ended with status 0"):
        follow(page(sh("true", mark)), session)


def test_what_is_shown_must_be_printed(session: Session) -> None:
    shown = "<!-- shown -->\n```text\n{}\n```"
    follow(page(sh("echo 12 records; echo ok"), shown.format("3  records\n…\nok")), session)
    with pytest.raises(Wrong, match="this is not printed: missing"):
        follow(page(sh("echo 12 records"), shown.format("missing")), session)


def test_lines_are_shown_in_their_order() -> None:
    assert differs("a\nb", "a\nx\nb 1") is None
    assert differs("b\na", "a\nb") == "a"
    assert differs("… 1,000 in HDFS", "there were 7 in  HDFS") is None
