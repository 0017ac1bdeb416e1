"""Where everything is that the doctor looks at."""

from typing import Annotated

from pydantic import AfterValidator, Field

from cointicker.doctor.http import http_url
from cointicker.settings import ArchiveSettings, Words

# A file is open for so long in the ordinary case; then its records are published and committed.
ROTATIONS = 2


DEFAULT_COLLECTOR_URL = "http://localhost:8001"

Url = Annotated[str, AfterValidator(http_url)]


class DoctorSettings(ArchiveSettings):
    """Each is a flag of the command and an environment variable too."""

    zookeeper_connect: str = Field(
        "localhost:2181", min_length=1, description="as the broker's zookeeper.connect"
    )
    collector_url: Url = Field(DEFAULT_COLLECTOR_URL, description="where the collector is")
    processor_url: Url = Field("http://localhost:8002", description="where the processor is")
    hdfs_sink_url: Url = Field("http://localhost:8003", description="where hdfs-sink is")
    insights_url: Url = Field("http://localhost:8000", description="where insights is")
    kafka_topics: Words = Field(
        default_factory=lambda known: [f"{known.get('kafka_topic_prefix', 'cointicker')}.raw.*"],
        description="names and globs of the topics that hdfs-sink takes",
    )
    rotate_age_seconds: float = Field(
        300, gt=0, description="for how long hdfs-sink keeps a file open"
    )
    most_sink_lag_seconds: float | None = Field(
        None, gt=0, description="fails above; twice ROTATE_AGE_SECONDS if it is not given"
    )
    deadline_seconds: float = Field(5, gt=0, description="of each question")

    @property
    def sink_lag_seconds(self) -> float:
        """The age at which a record that hdfs-sink has not committed is too old."""
        return self.most_sink_lag_seconds or ROTATIONS * self.rotate_age_seconds

    def services(self) -> dict[str, str]:
        """Where each service is, by name."""
        return {
            "collector": self.collector_url,
            "processor": self.processor_url,
            "hdfs-sink": self.hdfs_sink_url,
            "insights": self.insights_url,
        }
