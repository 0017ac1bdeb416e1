"""The dashboard of Kafka, ZooKeeper and HDFS."""

from monitoring.panels import Board, Graph, Number
from monitoring.queries import rate

_SERVERS = '{job=~"kafka|zookeeper"}'

SERVERS = Board(
    "cointicker-servers",
    "CoinTicker: Kafka and HDFS",
    {
        "Kafka": [
            Number("Controllers", "none", "sum(kafka_controller_active)", 1, True),
            Number("Offline partitions", "none", "max(kafka_partitions_offline)", 1),
            Number("Too few copies to write", "none", "sum(kafka_partitions_under_min_isr)", 1),
            Number("Too few copies", "none", "sum(kafka_partitions_under_replicated)", 1),
            Number("Live DataNodes", "none", "max(fs_namesystem_num_live_data_nodes)", 1, True),
            Number(
                "HDFS left",
                "percentunit",
                "min(fs_namesystem_capacity_remaining / fs_namesystem_capacity_total)",
                0.1,
                True,
            ),
            Graph(
                "Records in", "cps", {"{{topic}}": rate("kafka_topic_messages_in_total", "topic")}
            ),
            Graph(
                "Bytes",
                "Bps",
                {
                    "in": rate("kafka_topic_bytes_in_total"),
                    "out": rate("kafka_topic_bytes_out_total"),
                },
            ),
            Graph(
                "Duration of requests (99 %)",
                "s",
                {"{{request}}": 'max by (request) (kafka_request_seconds{percentile="99"})'},
                "A fetch waits for records; the others should not wait for anything.",
            ),
            Graph("Requests", "reqps", {"{{request}}": rate("kafka_requests_total", "request")}),
            Graph(
                "Failed requests",
                "reqps",
                {
                    "produce": rate("kafka_produce_requests_failed_total"),
                    "fetch": rate("kafka_fetch_requests_failed_total"),
                },
            ),
            Graph(
                "Idle threads",
                "percentunit",
                {
                    "requests {{instance}}": "kafka_request_handler_idle_ratio",
                    "network {{instance}}": "kafka_network_processor_idle_ratio",
                },
                "Below 30 %: the broker is at its limit.",
            ),
            Graph("On disk", "bytes", {"{{topic}}": "sum by (topic) (kafka_log_size_bytes)"}),
            Graph(
                "ZooKeeper",
                "none",
                {
                    "connections": "sum(zookeeper_connections)",
                    "requests that wait": "sum(zookeeper_requests_outstanding)",
                },
            ),
            Graph(
                "ZooKeeper's latency",
                "s",
                {"average": "max(zookeeper_request_latency_avg_seconds)"},
            ),
        ],
        "HDFS": [
            Graph(
                "Space",
                "bytes",
                {
                    "left": "max(fs_namesystem_capacity_remaining)",
                    "used": "max(fs_namesystem_capacity_used)",
                },
            ),
            Graph(
                "Files and blocks",
                "none",
                {
                    "files": "max(fs_namesystem_files_total)",
                    "blocks": "max(fs_namesystem_blocks_total)",
                },
            ),
            Graph(
                "Blocks in trouble",
                "none",
                {
                    "missing": "max(fs_namesystem_missing_blocks)",
                    "corrupt": "max(fs_namesystem_corrupt_blocks)",
                    "with too few copies": "max(fs_namesystem_low_redundancy_blocks)",
                },
                "Any.",
            ),
            Graph(
                "DataNodes' bytes",
                "Bps",
                {"written": rate("datanode_bytes_written"), "read": rate("datanode_bytes_read")},
            ),
            Graph(
                "NameNode's edits",
                "cps",
                {
                    "transactions": rate("namenode_transactions_num_ops"),
                    "syncs": rate("namenode_syncs_num_ops"),
                },
            ),
            Graph(
                "DataNodes",
                "none",
                {
                    "live": "max(fs_namesystem_num_live_data_nodes)",
                    "dead": "max(fs_namesystem_num_dead_data_nodes)",
                    "failed volumes": "max(fs_namesystem_volume_failures_total)",
                },
            ),
        ],
        "JVMs": [
            Graph(
                "Heap, of its size",
                "percentunit",
                {
                    "{{job}}": (
                        'sum by (job) (jvm_memory_used_bytes{area="heap"})'
                        ' / sum by (job) (jvm_memory_max_bytes{area="heap"})'
                    ),
                    "{{job}} ": (
                        "sum by (job) (jvm_metrics_mem_heap_used_m)"
                        " / sum by (job) (jvm_metrics_mem_heap_max_m)"
                    ),
                },
                "Never below 90 %.",
            ),
            Graph(
                "Collecting garbage",
                "percentunit",
                {
                    "{{job}}": rate(f"jvm_gc_collection_seconds_sum{_SERVERS}", "job"),
                    "{{job}} ": f"{rate('jvm_metrics_gc_time_millis', 'job')} / 1000",
                },
                "Above a tenth.",
            ),
            Graph("CPU", "none", {"{{job}}": rate(f"process_cpu_seconds_total{_SERVERS}", "job")}),
        ],
    },
)
