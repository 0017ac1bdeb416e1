"""The dashboard of hdfs-sink."""

from monitoring.panels import Board, Graph
from monitoring.queries import SELDOM, per_minute, quantiles, rate

SINK = Board(
    "cointicker-sink",
    "CoinTicker: sink",
    {
        "Into HDFS": [
            Graph(
                "Records",
                "cps",
                {"{{topic}}": rate("cointicker_hdfs_sink_records_total", "topic", SELDOM)},
            ),
            Graph(
                "Compressed",
                "Bps",
                {"{{topic}}": rate("cointicker_hdfs_sink_bytes_total", "topic", SELDOM)},
            ),
            Graph(
                "Files, by what closed them",
                "cpm",
                {"{{reason}}": per_minute("cointicker_hdfs_sink_files_total", "reason", SELDOM)},
                "Many by `memory`: raise BUFFER_BYTES.",
            ),
            Graph(
                "Fetched to HDFS",
                "s",
                quantiles("cointicker_hdfs_sink_fetched_to_published_seconds", over=SELDOM),
            ),
            Graph(
                "From a closed file to its publication",
                "s",
                quantiles("cointicker_hdfs_sink_publish_seconds", over=SELDOM),
            ),
            Graph(
                "Publications, by outcome",
                "cpm",
                {
                    "{{outcome}}": per_minute(
                        "cointicker_hdfs_sink_publishes_total", "outcome", SELDOM
                    )
                },
                "`lost` without a restart or a rebalance: two groups share a root.",
            ),
        ],
        "Behind": [
            Graph(
                "Oldest record that is not in HDFS",
                "s",
                {"{{partition}}": "cointicker_hdfs_sink_lag_seconds"},
                "Above ROTATE_AGE_SECONDS.",
            ),
            Graph(
                "Share of the retention used up",
                "percentunit",
                {
                    "{{topic}}": (
                        "cointicker:hdfs_sink_lag_seconds:by_topic "
                        "/ on (topic) cointicker:topic_retention:seconds"
                    )
                },
                "At 1 records are deleted that HDFS does not have.",
            ),
            Graph(
                "Records that were not read",
                "none",
                {"{{partition}}": "cointicker_hdfs_sink_lag_records"},
            ),
            Graph(
                "Memory for records",
                "bytes",
                {
                    "used {{instance}}": "cointicker_hdfs_sink_buffer_bytes",
                    "budget {{instance}}": "cointicker_hdfs_sink_buffer_budget_bytes",
                },
                "Near the budget: HDFS is slower than Kafka.",
            ),
            Graph(
                "Partitions",
                "none",
                {
                    "held {{instance}}": "cointicker_hdfs_sink_partitions",
                    "paused {{instance}}": "cointicker_hdfs_sink_paused_partitions",
                    "refused {{instance}}": "cointicker_hdfs_sink_refused_partitions",
                },
                "Any refused.",
            ),
            Graph(
                "Troubles",
                "cpm",
                {
                    "retries": per_minute("cointicker_hdfs_sink_retries_total"),
                    "outcomes looked up": per_minute("cointicker_hdfs_sink_unknown_outcomes_total"),
                    "races lost": per_minute("cointicker_hdfs_sink_lost_races_total"),
                    "fenced": per_minute("cointicker_hdfs_sink_fenced_total"),
                    "gaps": f"60 * ({rate('cointicker_hdfs_sink_gaps_total')} or vector(0))",
                },
            ),
        ],
    },
)
