"""`down` and `up` again: the data is as it was, and HDFS was not made anew."""

from tests.compose.archive import audit, total
from tests.compose.project import Project

VERSION = ("cat", "/data/hdfs/name/current/VERSION")


def test_data_survives_down_and_up(project: Project, real_time: None) -> None:
    del real_time
    version = project.execute("namenode", *VERSION)
    before = audit(project)
    project.compose("down", "--remove-orphans")
    project.up()
    after = audit(project)
    assert project.execute("namenode", *VERSION) == version
    for figure in ("records", "files", "compared"):
        assert total(after, figure) >= total(before, figure) > 0
