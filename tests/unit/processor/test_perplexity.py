"""What Perplexity's answers become."""

from typing import Any

import pytest

from tests.unit.processor.raw import answer, only, reason


def message(*parts: tuple[str, list[dict[str, Any]]]) -> dict[str, Any]:
    content = [{"type": "output_text", "text": text, "annotations": notes} for text, notes in parts]
    return {"type": "message", "content": content}


def results(**addresses: str) -> dict[str, Any]:
    found = [{"id": int(name[1:]), "url": address} for name, address in addresses.items()]
    return {"type": "search_results", "queries": [], "results": found}


def test_an_answer_becomes_an_analysis() -> None:
    assert only("perplexity", answer("What moved the market?")) == {
        "schema": 1,
        "id": "9f86:slot",
        "revision": 0,
        "question": "What moved the market?",
        "text": "BTC … [1]",
        "citations": ["https://www.coindesk.com/markets/x"],
        "model": "perplexity/sonar",
        "cost_usd": 0.0046,
        "event_at": "2026-09-21T14:13:20Z",
        "origin": {"topic": "cointicker.raw.perplexity", "partition": 0, "offset": 0},
    }


def test_citations_are_in_the_order_of_the_text_each_once() -> None:
    output = [
        results(_1="https://a.example/", _2="https://b.example/", _3="https://c.example/"),
        message(("First [2], then [web:1]. ", []), ("Again [2] [9].", [])),
    ]
    found = only("perplexity", answer(output=output))
    assert found["text"] == "First [2], then [web:1]. Again [2] [9]."
    assert found["citations"] == ["https://b.example/", "https://a.example/"]


def test_without_marks_the_annotations_are_the_citations() -> None:
    notes = [
        {"url": "https://b.example/", "start_index": 9},
        {"url": "https://a.example/", "start_index": 2},
        {"url": "file:///etc/passwd", "start_index": 1},
    ]
    found = only("perplexity", answer(output=[message(("Up and down.", notes))]))
    assert found["citations"] == ["https://a.example/", "https://b.example/"]


def test_output_of_other_types_is_skipped_whatever_it_looks_like() -> None:
    other = {"type": "finance_results", "results": [{"sources": 7}], "content": "text"}
    found = only("perplexity", answer(output=[other, message(("Calm.", []))]))
    assert (found["text"], found["citations"]) == ("Calm.", [])


@pytest.mark.parametrize(
    "usage",
    [
        None,
        {"input_tokens": 1},
        {"cost": {"currency": "EUR", "total_cost": 0.5}},
    ],
)
def test_a_cost_that_was_not_said_is_none(usage: object) -> None:
    assert only("perplexity", answer(usage=usage))["cost_usd"] is None


@pytest.mark.parametrize(
    ("changed", "because", "detail"),
    [
        ({"status": "failed"}, "not_completed", "payload.status: 'failed'"),
        ({"output": []}, "empty", "payload.output"),
        ({"output": [message((" \n ", []))]}, "empty", "payload.output"),
        ({"output": [{"type": "message", "content": "text"}]}, "wrong_type", "array"),
        ({"created_at": 1790000000000}, "out_of_range", "$.payload.created_at"),
        ({"output": [message(("x" * 200_001, []))]}, "too_long", "payload.output"),
        ({"usage": {"cost": {"currency": "USD", "total_cost": -1}}}, "out_of_range", "total_cost"),
    ],
)
def test_an_answer_that_is_not_as_documented_is_refused(
    changed: dict[str, Any], because: str, detail: str
) -> None:
    found, said = reason("perplexity", answer(**changed))
    assert found == because
    assert detail in said
