"""Every raw record is processed, repeated or dead: what is not is told, and what is twice."""

import orjson

from tests.load.accounting import Account

TOPIC = "cointicker.raw.upbit_trends"


def raw(fact: str) -> bytes:
    return orjson.dumps({"source": "upbit_trends", "id": fact, "content_hash": fact})


def made(offset: int, partition: int = 3) -> bytes:
    return orjson.dumps({"origin": {"topic": TOPIC, "partition": partition, "offset": offset}})


def settled(facts: str, made_of: list[int], refused: list[int]) -> Account:
    account = Account(TOPIC, 3)
    for offset in refused:
        account.was_refused(made(offset))
    for offset in made_of:
        account.was_made(made(offset))
    for offset, fact in enumerate(facts):
        account.was_raw(offset, raw(fact))
    account.close()
    return account


def test_a_raw_record_is_processed_a_repetition_or_a_dead_letter() -> None:
    found = settled("abacd", made_of=[0, 1, 3], refused=[4])
    assert (found.raw, found.processed, found.repeated, found.dead) == (5, 3, 1, 1)
    assert (found.missing, found.twice, found.problems) == (0, 0, [])


def test_what_is_missing_is_told() -> None:
    found = settled("ab", made_of=[0], refused=[])
    assert found.missing == 1
    assert found.problems == [f"neither processed nor a dead letter: {TOPIC}-3 1"]


def test_what_was_made_twice_of_a_record_or_a_fact_is_told() -> None:
    assert settled("a", made_of=[0, 0], refused=[]).twice == 1
    again = settled("aa", made_of=[0, 1], refused=[])
    assert (again.twice, again.processed) == (1, 2)


def test_what_was_made_of_nothing_is_told() -> None:
    assert settled("a", made_of=[0, 7], refused=[]).problems == ["2 origins, 1 of them raw records"]
    account = Account(TOPIC, 3)
    account.was_made(made(0, partition=4))
    assert len(account.problems) == 1


def test_a_dead_letter_of_another_partition_or_of_the_collector_is_not_ours() -> None:
    account = Account(TOPIC, 3)
    account.was_refused(made(0, partition=4))
    account.was_refused(b'{"origin": {"source": "coinness"}}')
    account.was_raw(0, raw("a"))
    assert (account.dead, account.missing) == (0, 1)


def test_of_many_problems_ten_are_told_and_all_are_counted() -> None:
    found = settled("abcdefghijklmnop", made_of=[], refused=[])
    assert (found.missing, len(found.problems)) == (16, 10)
