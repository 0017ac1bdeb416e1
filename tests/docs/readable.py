"""JSON as pages show it: one document or one a line, with `…` for what is left out."""

import json
import re
from typing import Any


def read_json(text: str) -> list[Any]:
    """The documents of a block. Raises ValueError."""
    whole = re.sub(r",?\s*…(?=\s*[}\]])", "", text)
    try:
        return [json.loads(whole)]
    except json.JSONDecodeError:
        return [json.loads(line) for line in whole.splitlines() if line.strip()]
