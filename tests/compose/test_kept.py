"""`stop`, `down` and `up` as docs/operations.md says: the data stays, HDFS is not made anew."""

from tests.compose.archive import audit, total
from tests.compose.project import Project
from tests.compose.typed import below, type_in

VERSION = ("cat", "/data/hdfs/name/current/VERSION")


def test_data_survives_down_and_up(project: Project, real_time: None) -> None:
    del real_time
    version = project.execute("namenode", *VERSION)
    before = audit(project)
    for block in below("Stop"):
        type_in(project, block)
    assert project.containers() == []
    project.up()
    after = audit(project)
    assert project.execute("namenode", *VERSION) == version
    for figure in ("records", "files", "compared"):
        assert total(after, figure) >= total(before, figure) > 0
