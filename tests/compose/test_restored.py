"""What docs/operations.md says of backing up and restoring, done as it stands there."""

from pathlib import Path

from tests.compose.archive import audit, total
from tests.compose.project import Project
from tests.compose.typed import below, type_in


def test_a_backup_brings_everything_back(project: Project, real_time: None, tmp_path: Path) -> None:
    del real_time
    before = audit(project)
    for block in below("Back up"):
        type_in(project, block, BACKUP=str(tmp_path))
    project.compose("down", "--volumes")
    for block in below("Restore"):
        type_in(project, block, BACKUP=str(tmp_path))
    after = audit(project)
    for figure in ("records", "files", "compared"):
        assert total(after, figure) >= total(before, figure) > 0
