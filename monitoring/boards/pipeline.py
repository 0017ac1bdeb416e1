"""The dashboard of the whole way: flow, latency of each stage, the objective."""

from monitoring.panels import Board, Graph, Number
from monitoring.queries import SELDOM, counted, per_minute, quantile_by, quantiles, rate

# Not of every service: each has an `event_loop_lag_seconds` as well.
LAG = '{__name__=~"cointicker_(processor|insights|hdfs_sink)_lag_seconds"}'
MARKET = '{topic=~".+[.]processed[.]market"}'

PIPELINE = Board(
    "cointicker-pipeline",
    "CoinTicker: pipeline at a glance",
    {
        "Is it well?": [
            Number(
                "Services ready", "bool_yes_no", 'min({__name__=~"cointicker_.+_ready"})', 1, True
            ),
            Number("Targets up", "percentunit", "avg(up)", 1, True),
            Number("Alerts", "none", 'count(ALERTS{alertstate="firing"}) or vector(0)', 1),
            Number(
                "Refused", "none", 'sum({__name__=~"cointicker_.+_refused_(tasks|partitions)"})', 1
            ),
            Number("Oldest waits", "s", f"max({LAG})", 900),
            Number(
                "Late insights, 5 min",
                "percentunit",
                "cointicker:freshness_errors:ratio_rate5m",
                0.01,
            ),
        ],
        "Flow": [
            Graph(
                "Records",
                "cps",
                {
                    "collected": rate(
                        'cointicker_collector_records_published_total{topic=~".+[.]raw[.].+"}'
                    ),
                    "processed": rate("cointicker_processor_records_in_total"),
                    "worked on by insights": rate(f"cointicker_insights_records_in_total{MARKET}"),
                    "into HDFS": rate("cointicker_hdfs_sink_records_total", over=SELDOM),
                },
                "One falls while the one before it does not.",
            ),
            Graph(
                "Oldest record that waits",
                "s",
                {"{{job}}": f"max by (job) ({LAG})"},
                "Growing by a second a second: it stands still. hdfs-sink waits for its rotation.",
            ),
            Graph(
                "Records that wait",
                "none",
                {"{{job}}": 'sum by (job) ({__name__=~"cointicker_.+_lag_records"})'},
            ),
            Graph(
                "Dead letters and gaps, 1 h",
                "none",
                {
                    "{{topic}}": (
                        "sum by (topic) (max by (topic, partition) "
                        '(increase(kafka_log_end_offset{topic=~".+[.](dead_letter|gaps)"}[1h])))'
                    )
                },
                "In offsets: ends of transactions count too. Any: read the topic.",
            ),
            Graph(
                "Insights",
                "cpm",
                {"{{kind}}": f"60 * ({counted('cointicker_insights_insights_total', 'kind')})"},
            ),
            Graph(
                "Candles",
                "cpm",
                {"{{interval}}": per_minute("cointicker_insights_candles_total", "interval")},
            ),
        ],
        "Latency of each stage, since the fetch": [
            Graph(
                "Source to fetched (99 %)",
                "s",
                quantile_by("cointicker_collector_event_to_fetch_seconds", "source"),
                "Growing: the source tells late, or our clock is off.",
            ),
            Graph(
                "Fetched to acknowledged by Kafka",
                "s",
                quantiles("cointicker_collector_fetch_to_ack_seconds"),
            ),
            Graph(
                "Fetched to processed",
                "s",
                quantiles(
                    "cointicker_processor_end_to_end_seconds", '{topic=~".+[.]upbit_trends"}'
                ),
            ),
            Graph(
                "Fetched to insight",
                "s",
                quantiles("cointicker_insights_end_to_end_seconds", MARKET),
                "Each transaction's oldest record; the objective counts every record.",
            ),
            Graph(
                "Fetched to the stream of the API",
                "s",
                quantiles("cointicker_insights_fetched_to_stream_seconds", over=SELDOM),
            ),
            Graph(
                "Fetched to HDFS",
                "s",
                quantiles("cointicker_hdfs_sink_fetched_to_published_seconds", over=SELDOM),
                "Of each file's first record: the time of a rotation is usual.",
            ),
        ],
        "Objective": [
            Graph(
                "Insights later than a second",
                "percentunit",
                {
                    window: f"cointicker:freshness_errors:ratio_rate{window}"
                    for window in ("5m", "30m", "1h", "6h")
                }
                | {"allowed": "1 - cointicker:freshness_objective:ratio"},
            ),
            Graph(
                "Transactions",
                "cps",
                {
                    "{{job}} {{outcome}}": rate(
                        '{__name__=~"cointicker_(processor|insights)_transactions_total"}',
                        "job, outcome",
                    )
                },
                "`failed` or `fenced` without a restart or a rebalance.",
            ),
            Graph(
                "Requests of the API",
                "reqps",
                {
                    "{{path}} {{status}}": counted(
                        "cointicker_insights_http_requests_total", "path, status"
                    )
                },
            ),
        ],
        "Processes": [
            Graph("CPU", "none", {"{{job}}": rate("process_cpu_seconds_total", "job")}),
            Graph(
                "Memory",
                "bytes",
                {"{{job}} {{instance}}": "process_resident_memory_bytes"},
            ),
            Graph(
                "Event loop wakes late",
                "s",
                {"{{job}}": 'max by (job) ({__name__=~"cointicker_.+_event_loop_lag_seconds"})'},
                "Above 0.1 s for long.",
            ),
        ],
    },
)
