"""What pages say to type on containers, as it stands there; `run: compose` marks it."""

import pytest

from tests.compose.project import CommandFailed, Project, until
from tests.compose.typed import type_in
from tests.docs.markdown import Block, pages
from tests.docs.marks import commands, run_by

RUN = ("run", "--rm", "--no-TTY", "cointicker")
# What is the same on two pages is typed once.
TYPED = {tuple(commands(block)): block for page in pages() for block in run_by("compose", page)}


def is_well(project: Project) -> bool:
    try:
        project.compose(*RUN, "doctor")
    except CommandFailed:
        return False
    return True


@pytest.mark.parametrize("block", TYPED.values(), ids=map(str, TYPED.values()))
def test_it_works_as_it_is_typed(project: Project, real_time: None, block: Block) -> None:
    del real_time
    if "cointicker doctor" in block.text:
        # What was started anew for the block before is still behind for some seconds.
        until(lambda: is_well(project), 120, "all is well")
    type_in(project, block)
