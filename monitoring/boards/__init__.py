"""The dashboards: what is shown, of which metrics."""

from monitoring.boards.pipeline import PIPELINE
from monitoring.boards.servers import SERVERS
from monitoring.boards.sink import SINK
from monitoring.boards.sources import SOURCES

BOARDS = (PIPELINE, SOURCES, SINK, SERVERS)
