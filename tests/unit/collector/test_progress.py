"""How far each source was collected, across restarts."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.progress import FILE, Progress, load_progress, store_progress

AT = datetime(2026, 3, 11, 14, 41, 0, 123456, tzinfo=UTC)


def test_what_was_stored_is_loaded(tmp_path: Path) -> None:
    stored = {"upbit_trends": Progress(AT, AT), "perplexity": Progress(AT)}
    store_progress(tmp_path, {})
    store_progress(tmp_path, stored)
    assert load_progress(tmp_path) == stored
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_without_a_file_nothing_is_known(tmp_path: Path) -> None:
    assert load_progress(tmp_path) == {}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"upbit_trends": {}}', b"\xff"])
def test_a_file_that_cannot_be_read_is_as_good_as_none_and_says_so(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE).write_bytes(content)
    assert load_progress(tmp_path) == {}
    assert FILE in caplog.text
