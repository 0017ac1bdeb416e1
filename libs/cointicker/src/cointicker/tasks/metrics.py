"""Every metric of a service's tasks, and when to worry; the names carry the service's."""

from dataclasses import dataclass
from functools import cache

from prometheus_client import Counter, Gauge, Histogram


@dataclass(frozen=True, slots=True)
class TaskMetrics:
    """The metrics of one service; made once for a process."""

    records_in: Counter
    records_late: Counter
    records_out: Counter
    transactions: Counter
    transaction_seconds: Histogram
    end_to_end_seconds: Histogram
    snapshots: Counter
    snapshot_bytes: Gauge
    snapshot_seconds: Histogram
    restore_seconds: Histogram
    replayed: Counter
    gaps: Counter
    tasks: Gauge
    refused_tasks: Gauge
    refused: Gauge
    lag: Gauge
    lag_seconds: Gauge


LATE_SECONDS = 1


@cache
def task_metrics(service: str) -> TaskMetrics:
    """The metrics of this service."""
    name = f"cointicker_{service.replace('-', '_')}_"
    return TaskMetrics(
        # Falling to nothing while the lag grows: the service is stuck.
        records_in=Counter(
            name + "records_in_total", "Records worked on and committed.", ["topic"]
        ),
        # Of those the late ones. More than one in a hundred: the objective of freshness is missed.
        records_late=Counter(
            name + "records_late_total",
            "Records worked on and committed more than a second after their timestamp.",
            ["topic"],
        ),
        records_out=Counter(name + "records_out_total", "Records published.", ["topic"]),
        # `failed` beside a restart of a broker is usual; each means a task that began anew.
        # `fenced` beside a rebalance is usual.
        transactions=Counter(name + "transactions_total", "Transactions, by end.", ["outcome"]),
        transaction_seconds=Histogram(
            name + "transaction_seconds",
            "Seconds from begin to commit.",
            buckets=(0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1, 2.5, 5, 10),
        ),
        # From a record's Kafka timestamp to the commit of what was made of it; each
        # transaction's oldest record, by input. Growing: the service does not keep up.
        end_to_end_seconds=Histogram(
            name + "end_to_end_seconds",
            "Seconds from the oldest record's timestamp to its commit.",
            ["topic"],
            buckets=(0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10, 60, 600, 3600, 86400),
        ),
        snapshots=Counter(name + "snapshots_total", "Snapshots written."),
        # Above 8 MiB a task is refused: more than 4 MiB is a reason to look.
        snapshot_bytes=Gauge(
            name + "snapshot_bytes", "Size of the newest snapshot, compressed.", ["partition"]
        ),
        snapshot_seconds=Histogram(
            name + "snapshot_seconds",
            "Seconds to make a snapshot, without its transaction.",
            buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
        ),
        # Seconds without output after a start: more than 5 asks for a shorter `snapshot_seconds`.
        restore_seconds=Histogram(
            name + "restore_seconds",
            "Seconds from a task's start to its first record.",
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
        ),
        replayed=Counter(name + "replayed_records_total", "Records replayed without output."),
        # Any increase: records or state that are missing for ever, see the gaps topic.
        gaps=Counter(name + "gaps_total", "Gaps recorded.", ["reason"]),
        tasks=Gauge(name + "tasks", "Tasks that are ours now."),
        # Above 0: an operator has to decide, see `rebuild`.
        refused_tasks=Gauge(name + "refused_tasks", "Tasks that are refused now."),
        refused=Gauge(name + "refused", "1 while a task is refused.", ["partition", "reason"]),
        lag=Gauge(name + "lag_records", "Records that were not read yet.", ["partition"]),
        # Above a few seconds: it does not keep up; growing by a second a second: it stands still.
        lag_seconds=Gauge(
            name + "lag_seconds",
            "How long the oldest record has waited that is not committed, 0 if none.",
            ["partition"],
        ),
    )
