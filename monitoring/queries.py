"""What the dashboards ask again and again, in Prometheus' language.

What is rightly nothing in a healthy system is asked so that it gives 0; a latency of which there is
no record gives no curve.
"""

from monitoring.panels import Queries

# Grafana's own: four scrapes, or more where the picture is coarser.
_USUAL = "$__rate_interval"
# For what comes once a rotation of the sink, or once a poll of a slow source.
SELDOM = "10m"


def rate(metric: str, by: str = "", over: str = _USUAL) -> str:
    """The increase a second, added up."""
    return f"sum by ({by}) (rate({metric}[{over}]))" if by else f"sum(rate({metric}[{over}]))"


def per_minute(metric: str, by: str = "", over: str = _USUAL) -> str:
    """The increase a minute, added up."""
    return f"60 * {rate(metric, by, over)}"


def counted(metric: str, by: str) -> str:
    """A counter whose series come with its first count."""
    return f"{rate(metric, by)} or vector(0)"


def quantiles(metric: str, labels: str = "", over: str = _USUAL) -> Queries:
    """Three quantiles of a histogram."""
    buckets = rate(f"{metric}_bucket{labels}", "le", over)
    return {f"p{each}": f"histogram_quantile(0.{each}, {buckets})" for each in ("50", "90", "99")}


def quantile_by(metric: str, label: str) -> Queries:
    """The 99th percentile of a histogram, by one of its labels."""
    buckets = rate(f"{metric}_bucket", f"{label}, le", SELDOM)
    return {f"{{{{{label}}}}}": f"histogram_quantile(0.99, {buckets})"}
