"""What docs/operations.md says of backing up and restoring, done as it stands there."""

import re
from pathlib import Path

from tests.compose.archive import audit, total
from tests.compose.project import ROOT, Project, run

BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def commands(heading: str) -> str:
    """The first block of commands below a heading of docs/operations.md."""
    text = (ROOT / "docs" / "operations.md").read_text()
    found = BLOCK.search(text, text.index(f"\n## {heading}\n"))
    assert found is not None, heading
    return found[1]


def follow(project: Project, heading: str, backup: Path) -> None:
    shell = ("bash", "-euo", "pipefail", "-c", commands(heading))
    run(*shell, environment={**project.settings, "BACKUP": str(backup)})


def test_a_backup_brings_everything_back(project: Project, real_time: None, tmp_path: Path) -> None:
    del real_time
    before = audit(project)
    follow(project, "Back up", tmp_path)
    project.compose("down", "--volumes")
    follow(project, "Restore", tmp_path)
    after = audit(project)
    for figure in ("records", "files", "compared"):
        assert total(after, figure) >= total(before, figure) > 0
