"""The dashboard of the sources and the collector."""

from monitoring.panels import Board, Graph
from monitoring.queries import SELDOM, counted, quantile_by, rate

SOURCES = Board(
    "cointicker-sources",
    "CoinTicker: sources",
    {
        "Sources": [
            Graph(
                "State",
                "none",
                {"{{source}} {{state}}": "cointicker_collector_source_state == 1"},
                "`blocked` needs a human, `backing_off` for long too.",
            ),
            Graph(
                "Since the last accepted poll, in intervals",
                "none",
                {
                    "{{source}}": (
                        "(time() - cointicker_collector_last_success_timestamp_seconds) "
                        "/ on (job, instance, source) cointicker_collector_source_interval_seconds"
                    )
                },
                "Above 10.",
            ),
            Graph(
                "Polls",
                "cps",
                {
                    "{{source}} {{outcome}}": rate(
                        "cointicker_collector_polls_total", "source, outcome", SELDOM
                    )
                },
            ),
            Graph(
                "Duration of a poll (99 %)",
                "s",
                quantile_by("cointicker_collector_fetch_seconds", "source"),
                "Near the source's deadline.",
            ),
            Graph(
                "Age of the newest item when fetched (99 %)",
                "s",
                quantile_by("cointicker_collector_event_to_fetch_seconds", "source"),
            ),
            Graph(
                "Requests that could be made at once",
                "none",
                {"{{source}}": "cointicker_collector_budget_remaining_requests"},
                "At 0 for long: the interval is too short.",
            ),
        ],
        "Items": [
            Graph(
                "Published",
                "cps",
                {
                    "{{topic}}": rate(
                        "cointicker_collector_records_published_total", "topic", SELDOM
                    )
                },
            ),
            Graph(
                "Unchanged",
                "cps",
                {
                    "{{source}}": rate(
                        "cointicker_collector_items_unchanged_total", "source", SELDOM
                    )
                },
                "None for a source that works: its hashes change without reason.",
            ),
            Graph(
                "Not as documented",
                "cps",
                {
                    "{{source}} {{reason}} {{field}}": counted(
                        "cointicker_collector_items_invalid_total", "source, reason, field"
                    )
                },
                "Any.",
            ),
            Graph(
                "Gaps",
                "cps",
                {
                    "{{source}} {{reason}}": counted(
                        "cointicker_collector_gaps_total", "source, reason"
                    )
                },
                "Any.",
            ),
            Graph(
                "Refused by the processor",
                "cps",
                {
                    "{{source}} {{reason}}": counted(
                        "cointicker_processor_records_refused_total", "source, reason"
                    )
                },
                "Any.",
            ),
            Graph(
                "Processed before",
                "cps",
                {"{{source}}": rate("cointicker_processor_records_duplicate_total", "source")},
                "More than a few after a restart of the collector.",
            ),
        ],
        "Spool": [
            Graph("Records on disk", "none", {"records": "cointicker_collector_spool_records"}),
            Graph("Bytes on disk", "bytes", {"bytes": "cointicker_collector_spool_bytes"}),
            Graph(
                "Oldest record on disk",
                "s",
                {"age": "cointicker_collector_spool_oldest_age_seconds"},
            ),
        ],
    },
)
