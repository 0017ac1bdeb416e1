"""Whatever a page says to type works, on the stack that README.md says how to start."""

from pathlib import Path

import pytest

from tests.docs.checkout import START, STOP, Checkout
from tests.docs.markdown import Page, pages
from tests.docs.marks import commands, run_by
from tests.docs.reader import follow
from tests.docs.session import Session


def _stops_it(page: Page) -> bool:
    return any(" ".join(STOP) in commands(block) for block in run_by("typed", page))


# Those that stop the stack come last, as each after them has to wait for another.
TYPED = sorted((page for page in pages() if run_by("typed", page)), key=_stops_it)


@pytest.mark.parametrize("page", TYPED, ids=[page.path for page in TYPED])
def test_a_page_works_as_it_is_typed(page: Page, running: Checkout, tmp_path: Path) -> None:
    with Session(running.folder, running.environment, tmp_path) as session:
        follow(page, session)


def test_the_stack_was_started_and_is_stopped_as_the_readme_says() -> None:
    [readme] = [page for page in pages() if page.path == "README.md"]
    said = set(readme.inline())
    assert {" ".join(START), " ".join(STOP), "SIMULATOR_SPEED=60 make up"} <= said
