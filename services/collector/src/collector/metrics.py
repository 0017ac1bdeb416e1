"""Every metric of the collector, each with a word on when to worry."""

from prometheus_client import Counter, Gauge, Histogram

# Per source. Any outcome but ok and unchanged for minutes on end: look at its state.
POLLS = Counter(
    "cointicker_collector_polls_total", "Polls of a source, by outcome.", ["source", "outcome"]
)
# Near the source's deadline: it is about to fail.
FETCH_SECONDS = Histogram(
    "cointicker_collector_fetch_seconds",
    "From the first request of a poll to its last reply, waiting for the budget included.",
    ["source"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180),
)
# Exactly one state of a source is 1. Worry when `ok` is 0 for ten intervals; `blocked` needs a
# human: a key, a bill, or another address.
STATE = Gauge(
    "cointicker_collector_source_state", "Whether the source is in the state.", ["source", "state"]
)
# Older than ten intervals: nothing new of this source reaches anybody.
LAST_SUCCESS = Gauge(
    "cointicker_collector_last_success_timestamp_seconds",
    "When a poll of the source was accepted last, in seconds since 1970.",
    ["source"],
)
# What the ages of a source are to be measured against.
INTERVAL = Gauge(
    "cointicker_collector_source_interval_seconds",
    "How often the source is to be polled.",
    ["source"],
)
# At 0 for long: the interval is too short for what the source allows.
BUDGET = Gauge(
    "cointicker_collector_budget_remaining_requests",
    "Requests that could be made at once.",
    ["source"],
)
# Near zero for a source that works: its ids or hashes change without reason.
UNCHANGED = Counter(
    "cointicker_collector_items_unchanged_total",
    "Items dropped, because they were accepted before with the same content.",
    ["source"],
)
# Any: the source changed its shape, or sent nonsense. See the dead-letter topic.
INVALID = Counter(
    "cointicker_collector_items_invalid_total",
    "Items that are not as documented, each on the dead-letter topic.",
    ["source", "reason", "field"],
)
# Any: something is missing for ever. See the gaps topic.
GAPS = Counter("cointicker_collector_gaps_total", "Gaps recorded, by reason.", ["source", "reason"])
# Growing: the source tells late, or our clock is off.
EVENT_TO_FETCH = Histogram(
    "cointicker_collector_event_to_fetch_seconds",
    "Age of the newest item of a poll when it was fetched.",
    ["source"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 900, 3600, 14400, 86400),
)
# Flat while sources are ok: nothing reaches Kafka.
PUBLISHED = Counter(
    "cointicker_collector_records_published_total", "Records acknowledged by Kafka.", ["topic"]
)
# Above a second or two: Kafka is slow; minutes: it was away, and the spool is being emptied.
FETCH_TO_ACK = Histogram(
    "cointicker_collector_fetch_to_ack_seconds",
    "Age of the oldest record of a batch when Kafka acknowledged the batch.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 600, 3600, 86400),
)
# Any: a record was too large for Kafka; what is left of it is on the dead-letter topic.
REFUSED = Counter(
    "cointicker_collector_records_refused_total", "Records that Kafka will never take.", ["topic"]
)
# Growing: Kafka is away, or slower than the patience.
SPOOLED = Counter("cointicker_collector_records_spooled_total", "Records put on disk.")
# Above 0 for minutes: Kafka is away.
SPOOL_RECORDS = Gauge("cointicker_collector_spool_records", "Records on disk.")
# Near the limit: polling is about to pause.
SPOOL_BYTES = Gauge("cointicker_collector_spool_bytes", "Bytes of the records on disk.")
# Older than the topic's retention: what is sent then is deleted at once. Worry at a tenth of it.
SPOOL_OLDEST = Gauge(
    "cointicker_collector_spool_oldest_age_seconds", "Age of the oldest record on disk, 0 if none."
)
# 1: polling pauses, and what passes meanwhile becomes gaps.
SPOOL_FULL = Gauge("cointicker_collector_spool_full", "Whether the spool takes no more.")
# Any: the disk lies, or somebody wrote to the file. What was in it is kept beside it.
SPOOL_DAMAGED = Counter(
    "cointicker_collector_spool_damaged_total", "Spool files set aside because they were damaged."
)
