"""What an expression asks for is found, whatever stands around it."""

import pytest

from tests.unit.monitoring.selectors import selected


@pytest.mark.parametrize(
    ("expr", "names"),
    [
        ("vector(0.99)", set()),
        ('absent(up{job="a"}) or absent(up{job="b"})', {"up"}),
        ('sum by (job, b) (rate(a_total{topic=~".+[.]x", le="1.0"}[10m])) > 0', {"a_total"}),
        ('max by (a) ({__name__=~"c_.+_ready", job="x"}) == 0', {"c_.+_ready"}),
        ("sum(a_b) without (c) / on (d) a:b:c unless e_f > 0", {"a_b", "a:b:c", "e_f"}),
        ("x and on() (y offset 10m) > 14.4 * (1 - scalar(z))", {"x", "y", "z"}),
        ('label_replace(a, "x", "$1", "y", "(?:.*[.])?q-{2}") > 1e3', {"a"}),
        ("max_over_time(count(up)[1h:1m])", {"up"}),
    ],
)
def test_the_names_of_the_selectors_are_found(expr: str, names: set[str]) -> None:
    assert selected(expr) == names
