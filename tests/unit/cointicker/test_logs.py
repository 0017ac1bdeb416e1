import logging
import sys

import orjson

from cointicker.logs import JsonFormatter, StormFilter


def record(name: str, message: str, *args: object) -> logging.LogRecord:
    return logging.LogRecord(name, logging.WARNING, __file__, 1, message, args, None)


def test_an_event_is_one_line_of_json() -> None:
    line = JsonFormatter("collector").format(record("collector.spool", "spooled %d\nrecords", 3))
    assert "\n" not in line
    fields = orjson.loads(line)
    assert fields["message"] == "spooled 3\nrecords"
    assert fields["service"] == "collector"
    assert fields["level"] == "WARNING"
    assert fields["at"].endswith("Z")


def test_a_traceback_stays_in_its_line() -> None:
    try:
        int("x")
    except ValueError:
        event = record("a", "failed")
        event.exc_info = sys.exc_info()
    assert (
        "ValueError: invalid literal"
        in orjson.loads(JsonFormatter("collector").format(event))["error"]
    )


def test_a_storm_of_a_client_library_is_held_back_and_counted() -> None:
    now = 0.0
    storm = StormFilter(lambda: now)
    assert storm.filter(record("aiokafka.conn", "cannot connect to %s", "a"))
    assert not storm.filter(record("aiokafka.conn", "cannot connect to %s", "b"))
    assert not storm.filter(record("aiokafka.conn", "cannot connect to %s", "b"))
    now = 11.0
    next_line = record("aiokafka.conn", "cannot connect to %s", "c")
    assert storm.filter(next_line)
    assert next_line.getMessage() == "cannot connect to c (and 2 more like it)"


def test_our_own_lines_are_never_held_back() -> None:
    storm = StormFilter(lambda: 0.0)
    for name in ("collector.spool", "hdfs_sink.report"):
        assert all(storm.filter(record(name, "polled")) for _ in range(3))
