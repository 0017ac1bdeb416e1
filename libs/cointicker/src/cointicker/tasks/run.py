"""A service's tasks put together: member of a group, publishers, reports; the only such place."""

import asyncio
from functools import partial

from cointicker.concurrency import task_group
from cointicker.health import Health
from cointicker.kafka.consumer import Consumer, open_consumer
from cointicker.kafka.producer import open_producer
from cointicker.kafka.records import Partition
from cointicker.kafka.supervisor import Supervisor
from cointicker.kafka.transactions import TransactionOptions, open_transactions
from cointicker.status import StatusReporter
from cointicker.tasks.kafka_log import open_task_log
from cointicker.tasks.loop import Pace, Tasks
from cointicker.tasks.metrics import task_metrics
from cointicker.tasks.report import Tally, TaskReport
from cointicker.tasks.settings import TaskOptions, TaskSettings, consumer_options
from cointicker.tasks.task import Task
from cointicker.tasks.terms import Terms

# Tasks that restore at the same time: each may hold a snapshot of 8 MiB and what it becomes.
_RESTORING = 4


async def run_tasks(
    settings: TaskSettings, options: TaskOptions, stop: asyncio.Event, health: Health
) -> None:
    """Work on the partitions that the group gives us, until `stop`, and report every few seconds.

    An orderly stop commits what was taken and the state of each task. Raises ContractViolation if
    Kafka cannot be consumed for long.
    """
    assembly = _Assembly(settings, options, health)
    supervisor = Supervisor(
        lambda: open_consumer(consumer_options(settings, options), stop),
        health,
        most_rebuilds=settings.kafka_rebuilds,
    )
    async with open_producer(settings, health) as producer:
        reporter = StatusReporter(
            producer,
            service=options.service,
            group=options.service,
            topic=f"{settings.kafka_topic_prefix}.consumer.status",
            figures=assembly.tasks.figures,
        )
        reporting = asyncio.Event()
        async with task_group() as running:
            running.create_task(reporter.run(reporting))
            try:
                await supervisor.run(assembly.consume, stop)
            finally:
                reporting.set()


class _Assembly:
    """Makes the tasks of one member of the group after the other."""

    def __init__(self, settings: TaskSettings, options: TaskOptions, health: Health) -> None:
        self._settings = settings
        self._options = options
        self._health = health
        self._tally = Tally()
        self._moved = asyncio.Event()
        self._metrics = task_metrics(options.service)
        pace = Pace(
            poll_records=settings.poll_records,
            idle_seconds=settings.idle_seconds,
            stalled_seconds=settings.kafka_consumer_stalled_seconds,
        )
        self.tasks = Tasks(pace, self._metrics, health, self._tally, self._moved)

    async def consume(self, consumer: Consumer, stop: asyncio.Event) -> None:
        """Use one consumer for as long as it is good."""
        await self.tasks.run(consumer, partial(self._task, self._terms(consumer)), stop)

    def _terms(self, consumer: Consumer) -> Terms:
        settings, options = self._settings, self._options
        return Terms(
            service=options.service,
            state_topics=options.inputs,
            gaps_topic=f"{settings.kafka_topic_prefix}.gaps",
            make_work=options.make_work,
            open_log=lambda partition: open_task_log(
                partition,
                options.inputs[partition.topic],
                consumer,
                settings.kafka_request_timeout_seconds,
            ),
            open_publisher=lambda partition: open_transactions(self._transactions(partition)),
            snapshot_seconds=settings.snapshot_seconds,
            rebuild=settings.rebuild,
            most_waiting=settings.poll_records,
            moved=self._moved.set,
            restoring=asyncio.Semaphore(_RESTORING),
        )

    def _transactions(self, partition: Partition) -> TransactionOptions:
        settings, service = self._settings, self._options.service
        return TransactionOptions(
            servers=settings.kafka_bootstrap_servers,
            group=service,
            transactional_id=f"{settings.kafka_topic_prefix}.{service}.{partition}",
            transaction_seconds=settings.transaction_timeout_seconds,
            request_seconds=settings.kafka_request_timeout_seconds,
        )

    def _task(self, terms: Terms, partition: Partition) -> Task:
        report = TaskReport(partition, self._metrics, self._health, self._tally)
        return Task(partition, terms, report)
