"""Every container's process is killed in turn, with records flowing: each comes back."""

import pytest

from local.flow import fetch_json
from tests.compose.project import Project, until
from tests.compose.test_flow import INSIGHTS

RECOVERY_SECONDS = 90
VICTIMS = (
    *("collector", "processor", "hdfs-sink", "insights"),
    *("kafka", "zookeeper", "namenode", "datanode", "prometheus"),
)


def newest() -> str:
    return str(fetch_json(INSIGHTS, "/api/summary")["freshness"]["newest_at"])


@pytest.mark.parametrize("victim", VICTIMS)
def test_a_killed_one_comes_back(project: Project, real_time: None, victim: str) -> None:
    del real_time
    (before,) = project.containers(victim)
    project.kill(before)

    def back() -> bool:
        (now,) = project.containers(victim)
        return now.started != before.started and now.health == "healthy"

    until(back, RECOVERY_SECONDS, f"{victim} healthy again")
    until(project.healthy, RECOVERY_SECONDS, f"all healthy after {victim} was killed")


def test_after_it_all_records_flow_again(project: Project) -> None:
    assert project.healthy()
    seen = newest()
    until(lambda: newest() > seen, RECOVERY_SECONDS, "a newer record on the dashboard")
