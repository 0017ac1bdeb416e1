"""Every metric of the sink, and when to worry."""

from prometheus_client import Counter, Gauge, Histogram

_P = "cointicker_hdfs_sink_"

# Falling to nothing while LAG grows: the sink is stuck.
RECORDS = Counter(_P + "records_total", "Records published in HDFS.", ["topic"])
BYTES = Counter(_P + "bytes_total", "Compressed bytes published in HDFS.", ["topic"])
# Many by `memory`: raise BUFFER_BYTES. Many small ones by `idle` or `age`: raise those.
FILES = Counter(_P + "files_total", "Files closed, by what closed them.", ["reason"])
# `lost` beside a restart or a rebalance is usual; for ever, two groups share a root.
PUBLISHES = Counter(
    _P + "publishes_total", "Files whose name was taken, by us or not.", ["outcome"]
)
# Each is a buffer dropped and read again from Kafka.
LOST_RACES = Counter(_P + "lost_races_total", "Files that another writer had published.")
# Renames that were not answered, or answered with a name that is taken or a source that is gone.
UNKNOWN_OUTCOMES = Counter(_P + "unknown_outcomes_total", "Outcomes of a rename looked up.")
FENCED = Counter(_P + "fenced_total", "Times that another writer removed our staging directory.")
RECOVERIES = Counter(_P + "recoveries_total", "Ends of a chain found, by how.", ["outcome"])
# Any increase is data that HDFS will never have: see the gaps topic.
GAPS = Counter(_P + "gaps_total", "Gaps recorded.", ["reason"])
GAP_OFFSETS = Counter(_P + "gap_offsets_total", "Offsets in recorded gaps.", ["topic"])
# Any increase: calls that were not answered. Outcomes are looked up; nothing is lost by it.
RETRIES = Counter(_P + "retries_total", "Calls to Kafka or HDFS that are tried again.")
COMMITS = Counter(_P + "commits_total", "Offsets committed.")
# Above 0: an operator has to decide which side is right, Kafka or HDFS.
REFUSED = Gauge(_P + "refused", "1 while a partition is refused.", ["partition", "reason"])
REFUSED_PARTITIONS = Gauge(_P + "refused_partitions", "Partitions that are refused now.")
# Near the budget: HDFS is slower than Kafka. Partitions are paused, nothing is lost.
BUFFER_BYTES = Gauge(_P + "buffer_bytes", "Bytes that wait in memory, all partitions together.")
BUFFER_BUDGET_BYTES = Gauge(_P + "buffer_budget_bytes", "The most that may wait in memory.")
PAUSED_PARTITIONS = Gauge(_P + "paused_partitions", "Partitions that are not fetched for now.")
PARTITIONS = Gauge(_P + "partitions", "Partitions that are ours now.")
# Growing for longer than a rotation takes: the sink does not keep up.
LAG = Gauge(_P + "lag_records", "Records in Kafka that were not read yet.", ["partition"])
# 0: it does not answer, is in safe mode, or has no DataNode. Nothing is lost, all waits in Kafka.
HDFS_WRITABLE = Gauge(_P + "hdfs_writable", "Whether HDFS took files when it was asked last.")
# Above ROTATE_AGE_SECONDS: the sink does not keep up. Near the topic's retention: data is lost.
LAG_SECONDS = Gauge(
    _P + "lag_seconds",
    "How long the oldest record has waited that is not in HDFS, 0 if none.",
    ["partition"],
)
# From the record's Kafka timestamp (fetched_at) to its file in HDFS, of each file's first record.
LATENCY = Histogram(
    _P + "fetched_to_published_seconds",
    "Seconds from a file's first record to its publication.",
    buckets=(1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 21600, 86400),
)
PUBLISH_SECONDS = Histogram(
    _P + "publish_seconds",
    "Seconds from a closed file to its publication.",
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)


def records_published() -> int:
    """Records published since the start, of all topics."""
    samples = [each for metric in RECORDS.collect() for each in metric.samples]
    return int(sum(each.value for each in samples if each.name.endswith("_total")))
