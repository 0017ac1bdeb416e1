"""The peer of the processor: the same records typed alike, exactly once, by Quix Streams.

It has less to do: it does not drop what was seen before, and keeps no state. It runs in an
environment of its own and takes the processor's own decoding and cleaning from the sources.
"""

import argparse

import msgspec
from quixstreams import Application, message_context

from cointicker.processed import Origin
from processor.coins import load_coins
from processor.sources.upbit_trends import SOURCE, Names, clean, decode


def main() -> None:
    """Run until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--servers", required=True)
    parser.add_argument("--group", required=True)
    parser.add_argument("--input", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--state", required=True)
    parser.add_argument("--compression", required=True)
    chosen = parser.parse_args()
    app = Application(
        broker_address=chosen.servers,
        consumer_group=chosen.group,
        auto_offset_reset="earliest",
        processing_guarantee="exactly-once",
        auto_create_topics=False,
        producer_extra_config={"compression.type": chosen.compression},
        state_dir=chosen.state,
        loglevel="WARNING",
    )
    names = Names(load_coins())
    encode = msgspec.json.Encoder().encode

    def typed(value: bytes) -> bytes:
        raw = decode(value)
        ticker = raw.payload
        fact = f"{ticker.market}:{int(ticker.trade_timestamp)}"
        if raw.source != SOURCE or raw.id != fact:
            raise ValueError(f"source {raw.source!r}, id {raw.id!r}")
        place = message_context()
        origin = Origin(place.topic, place.partition, place.offset)
        return encode(clean(ticker, fact, 0, names.parts(ticker.market), origin))

    rows = app.dataframe(app.topic(chosen.input, value_deserializer="bytes"))
    rows.apply(typed).to_topic(app.topic(chosen.output, value_serializer="bytes"))
    app.run()


if __name__ == "__main__":
    main()
