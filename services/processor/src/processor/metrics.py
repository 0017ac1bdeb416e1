"""Every metric of the processor, each with a word on when to worry.

A record that is read again after a restart, to rebuild a task's state, is counted again: the counts
say what was done. What is in the topics is exactly once all the same.
"""

from prometheus_client import Counter

from processor.counts import Counts

# Flat while the collector publishes: nothing passes.
PROCESSED = Counter(
    "cointicker_processor_records_processed_total",
    "Raw records that became processed ones.",
    ["source", "kind"],
)
# Near the number of processed ones for markets: hashes change without reason.
REVISIONS = Counter(
    "cointicker_processor_records_revised_total",
    "Processed records that are a later version of a known fact.",
    ["source"],
)
# More than a few after a restart of the collector: it publishes what did not change.
DUPLICATES = Counter(
    "cointicker_processor_records_duplicate_total",
    "Raw records dropped because that version of the fact was processed before.",
    ["source"],
)
# Any: a source changed its shape, or somebody else writes to the topic. See the dead-letter topic.
REFUSED = Counter(
    "cointicker_processor_records_refused_total",
    "Raw records that became dead letters.",
    ["source", "reason"],
)
# Codes of shares are many and harmless; of coinness any is a new way to write a code.
UNMAPPED = Counter(
    "cointicker_processor_symbols_unmapped_total",
    "Codes and tags of news that mean no coin that is known.",
    ["source"],
)


def report(source: str, kind: str, counts: Counts) -> None:
    """Count what became of the records of one poll."""
    PROCESSED.labels(source, kind).inc(counts.processed)
    REVISIONS.labels(source).inc(counts.revisions)
    DUPLICATES.labels(source).inc(counts.duplicates)
    UNMAPPED.labels(source).inc(counts.unmapped)
    for reason, count in counts.refused.items():
        REFUSED.labels(source, reason).inc(count)
