"""Bodies made wrong: a field of another type, nothing in a list, an answer that says it failed."""

from typing import Any


def with_wrong_type(source: str, body: Any) -> Any:
    """The body with one field of its first item turned into what it never is."""
    if source == "cnn":
        summary = body.get("fear_and_greed", body)
        summary["score"] = "not a number"
        return body
    if source == "perplexity":
        return {**body, "output": "not a list"}
    items = _items(source, body)
    if items:
        field = _field(items[0])
        items[0][field] = {"unexpected": items[0][field]}
    return body


def with_nothing(source: str, body: Any) -> Any:
    """The body with all of its items gone."""
    if source == "cnn":
        emptied = {name: {**part, "data": []} for name, part in body.items() if "data" in part}
        return {**body, **emptied}
    if source == "perplexity":
        return {**body, "output": []}
    if isinstance(body, dict) and "total_count" in body:
        body["total_count"] = 0
    _items(source, body).clear()
    return body


def with_failure(body: Any) -> Any:
    """The Agent API's answer of a run that failed, as HTTP 200."""
    error = {"message": "The run failed", "type": "server_error", "code": "internal_error"}
    return {**body, "status": "failed", "output": [], "error": error}


def _items(source: str, body: Any) -> list[Any]:
    """The list of items in a good body."""
    if isinstance(body, list):
        return body
    named = {"saveticker": "news_list", "alternative": "data"}.get(source, "")
    items = body.get(named, [])
    return items if isinstance(items, list) else []


def _field(item: dict[str, Any]) -> str:
    """The field that a reader of such an item cannot do without."""
    known = ("trade_price", "title", "value", "market")
    return next((name for name in known if name in item), next(iter(item)))
