"""What pages say to type on containers, as it stands there; `run: compose` marks it."""

import pytest

from tests.compose.project import Project
from tests.compose.typed import type_in
from tests.docs.markdown import Block, pages
from tests.docs.marks import commands, run_by

# What is the same on two pages is typed once.
TYPED = {tuple(commands(block)): block for page in pages() for block in run_by("compose", page)}


@pytest.mark.parametrize("block", TYPED.values(), ids=map(str, TYPED.values()))
def test_it_works_as_it_is_typed(project: Project, real_time: None, block: Block) -> None:
    del real_time
    type_in(project, block)
