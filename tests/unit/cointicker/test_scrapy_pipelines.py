"""The pipelines by themselves: what each drops, counts and demands."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from scrapy.settings import Settings

from cointicker.errors import ConfigError, ContractViolation
from cointicker.scrapy import DuplicatesPipeline, KafkaPipeline, ValidationPipeline
from cointicker.scrapy.dropped import DuplicateItem, InvalidItem
from cointicker.scrapy.item import read_item
from cointicker.scrapy.settings import PipelineSettings
from tests.unit.cointicker.scrapy_items import NOW, PIPELINES, crawler, fields


def test_what_is_valid_comes_out_complete() -> None:
    pipeline = ValidationPipeline(crawler().stats, clock=lambda: NOW)
    assert pipeline.process_item(fields()) == read_item(fields(), NOW)


def test_what_is_invalid_is_dropped_by_name_and_counted_by_reason() -> None:
    stats = crawler().stats
    pipeline = ValidationPipeline(stats)
    with pytest.raises(InvalidItem, match=r"^missing_field: url: not in "):
        pipeline.process_item(fields(url=None))
    for wrong in (7, b"x"):
        with pytest.raises(InvalidItem, match=r"^wrong_type: id: "):
            pipeline.process_item(fields(id=wrong))
    counted = {name: n for name, n in stats.get_stats().items() if name.startswith("cointicker")}
    assert counted == {
        "cointicker/invalid/missing_field": 1,
        "cointicker/invalid/wrong_type": 2,
    }


def test_the_same_content_of_a_fact_goes_through_once_and_an_edit_too() -> None:
    stats = crawler().stats
    pipeline = DuplicatesPipeline(stats, remembered=10)
    first, edit = read_item(fields(), NOW), read_item(fields(payload={"a": 1}), NOW)
    assert pipeline.process_item(first) is first
    assert pipeline.process_item(edit) is edit
    for known in (first, edit):
        with pytest.raises(DuplicateItem, match=r"^KRW-BTC:1773240058930 with content "):
            pipeline.process_item(known)
    assert stats.get_value("cointicker/duplicates") == 2


def test_what_changed_only_in_volatile_fields_is_a_duplicate() -> None:
    pipeline = DuplicatesPipeline(crawler().stats, remembered=10)
    pipeline.process_item(read_item(fields(payload={"a": 1, "at": 1}, volatile=["at"]), NOW))
    with pytest.raises(DuplicateItem):
        pipeline.process_item(read_item(fields(payload={"a": 1, "at": 2}, volatile=["at"]), NOW))


def test_only_the_newest_are_remembered() -> None:
    pipeline = DuplicatesPipeline(crawler().stats, remembered=2)
    items = [read_item(fields(id=str(number)), NOW) for number in range(3)]
    for item in items:
        pipeline.process_item(item)
    pipeline.process_item(items[0])
    with pytest.raises(DuplicateItem):
        pipeline.process_item(items[2])


def test_what_another_pipeline_made_of_an_item_is_refused_by_name() -> None:
    said = r"made no RawItem, but dict \{'id': '7'\}"
    with pytest.raises(ContractViolation, match=said):
        DuplicatesPipeline.from_crawler(crawler()).process_item({"id": "7"})
    to_kafka = KafkaPipeline.from_crawler(crawler())
    with pytest.raises(ContractViolation, match=said):
        asyncio.run(to_kafka.process_item({"id": "7"}))


@pytest.mark.parametrize("servers", ["a:1,b:2", ["a:1", "b:2"], ("a:1", "b:2")])
def test_servers_are_a_list_or_by_comma(servers: object) -> None:
    settings = PipelineSettings.of(Settings({"KAFKA_BOOTSTRAP_SERVERS": servers}))
    assert settings.kafka_bootstrap_servers == ["a:1", "b:2"]


@pytest.mark.parametrize("prefix", ["mine", "mine.raw"])
def test_the_prefix_is_taken_with_and_without_raw(prefix: str) -> None:
    settings = PipelineSettings.of(Settings({"KAFKA_TOPIC_PREFIX": prefix}))
    assert settings.topic("upbit_trends") == "mine.raw.upbit_trends"


def test_settings_of_a_command_line_are_text() -> None:
    given = {"KAFKA_BATCH_SIZE": "100", "KAFKA_RETRIES": "0", "DUPLICATES_REMEMBERED": "5"}
    settings = PipelineSettings.of(Settings(given))
    assert settings.kafka_batch_size == 100
    assert settings.kafka_retries == 0
    assert DuplicatesPipeline.from_crawler(crawler(**given))._remembered == 5


def test_every_wrong_setting_is_named_at_once() -> None:
    given = {"KAFKA_BATCH_SIZE": 0, "KAFKA_RETRIES": "often", "KAFKA_BOOTSTRAP_SERVERS": ""}
    with pytest.raises(ConfigError) as caught:
        KafkaPipeline.from_crawler(crawler(**given))
    assert {each.partition(":")[0] for each in caught.value.problems} == {
        "kafka_batch_size",
        "kafka_retries",
        "kafka_bootstrap_servers",
    }


VALIDATION, DUPLICATES, KAFKA = PIPELINES


@pytest.mark.parametrize(
    ("pipeline", "order"),
    [
        (KafkaPipeline, {KAFKA: 600}),
        (KafkaPipeline, {KAFKA: 600, VALIDATION: 700}),
        (KafkaPipeline, {KAFKA: 600, VALIDATION: None}),
        (DuplicatesPipeline, {DUPLICATES: 300, VALIDATION: 400, KAFKA: 600}),
    ],
)
def test_nothing_starts_without_validation_before_it(
    pipeline: type[KafkaPipeline | DuplicatesPipeline], order: Mapping[str, Any]
) -> None:
    with pytest.raises(ConfigError, match=f"must come before {pipeline.__name__}"):
        pipeline.from_crawler(crawler(ITEM_PIPELINES=order))


def test_the_order_of_the_guide_starts_by_names_and_by_classes() -> None:
    assert KafkaPipeline.from_crawler(crawler())
    classes = {ValidationPipeline: 300, DuplicatesPipeline: 400, KafkaPipeline: 600}
    assert KafkaPipeline.from_crawler(crawler(ITEM_PIPELINES=classes))
