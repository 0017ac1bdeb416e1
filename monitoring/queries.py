"""What the dashboards ask again and again, in Prometheus' language.

What is rightly nothing in a healthy system is asked so that it gives 0; a latency of which there is
no record gives no curve.
"""

from monitoring.panels import Queries

_RATE = "[$__rate_interval]"


def rate(metric: str, by: str = "") -> str:
    """The increase a second, added up."""
    return f"sum by ({by}) (rate({metric}{_RATE}))" if by else f"sum(rate({metric}{_RATE}))"


def counted(metric: str, by: str) -> str:
    """A counter whose series come with its first count."""
    return f"{rate(metric, by)} or vector(0)"


def quantiles(metric: str, labels: str = "") -> Queries:
    """Three quantiles of a histogram."""
    buckets = rate(f"{metric}_bucket{labels}", "le")
    return {f"p{each}": f"histogram_quantile(0.{each}, {buckets})" for each in ("50", "90", "99")}


def quantile_by(metric: str, label: str) -> Queries:
    """The 99th percentile of a histogram, by one of its labels."""
    by = f"{label}, le"
    return {f"{{{{{label}}}}}": f"histogram_quantile(0.99, {rate(f'{metric}_bucket', by)})"}
