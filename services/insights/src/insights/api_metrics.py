"""The metrics of the view and its API, and when to worry."""

from prometheus_client import Counter, Gauge, Histogram

_P = "cointicker_insights_"

# At its bound (VIEW_MOST_INSIGHTS, VIEW_MOST_CANDLES): the API shows less than VIEW_HOURS.
VIEW_INSIGHTS = Gauge(_P + "view_insights", "Insights that the API can show.")
VIEW_CANDLES = Gauge(_P + "view_candles", "Candles that the API can show.")
VIEW_MARKETS = Gauge(_P + "view_markets", "Markets that something is known of.")
VIEW_RECORDS = Counter(_P + "view_records_total", "Records read into the view.", ["topic"])
# Any increase: a record on our own topics that is none.
VIEW_INVALID = Counter(
    _P + "view_invalid_total", "Records that could not be read into the view.", ["reason"]
)
# Each is a connection given up: a few after a broker's restart are usual.
VIEW_RECONNECTS = Counter(_P + "view_reconnects_total", "Times that the view connected anew.")
# From the Kafka timestamp of the record that set it off (fetched_at) to the stream's queues.
FETCHED_TO_STREAM = Histogram(
    _P + "fetched_to_stream_seconds",
    "Seconds from a record's fetched_at to its insight on the stream.",
    buckets=(0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2.5, 5, 10, 30, 60),
)
REQUESTS = Counter(_P + "http_requests_total", "Requests answered.", ["path", "status"])
STREAM_CLIENTS = Gauge(_P + "stream_clients", "Clients of the stream now.")
# Many: clients that cannot follow, or STREAM_MOST_WAITING is too small.
STREAM_DROPPED = Counter(
    _P + "stream_dropped_total", "Clients of the stream disconnected by us.", ["reason"]
)
