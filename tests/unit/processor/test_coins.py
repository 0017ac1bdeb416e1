"""Which coins texts and codes mean."""

import pytest

from processor.coins import Coins, load_coins, read_coins


@pytest.fixture(scope="module")
def coins() -> Coins:
    return load_coins()


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("익명 고래, $380만 ETH 매수", ["ETH"]),
        ("비트코인캐시 급등, 비트코인은 보합", ["BCH", "BTC"]),
        ("이더리움클래식이 이더리움을 앞섰다", ["ETC", "ETH"]),
        ("Bitcoin Cash beats bitcoin", ["BCH", "BTC"]),
        ("BITCOIN, Ethereum and solana rise", ["BTC", "ETH", "SOL"]),
        ("현물 비트코인ETF 승인", ["BTC"]),
        ("BTC는 오르고 XRP도 오른다", ["BTC", "XRP"]),
        ("솔라나, 리플·에이다 동반 상승", ["SOL", "XRP", "ADA"]),
        ("Bitcoin's price", ["BTC"]),
        ("$NEAR and $LINK lead", ["NEAR", "LINK"]),
        ("체인링크(LINK) 급등", ["LINK", "LINK"]),
        ("Harmony (ONE) is back", ["ONE"]),
        ("MATIC holders move to $POL", ["POL", "POL"]),
        ("KRW-BTC, BTC/USDT", ["BTC", "BTC", "USDT"]),
    ],
)
def test_coins_are_found_by_name_and_ticker(coins: Coins, text: str, symbols: list[str]) -> None:
    assert coins.spoken_of(text) == symbols


@pytest.mark.parametrize(
    "text",
    [
        "Sunday SUN and ONE GAS station, NEAR the sea",
        "One more gas fee, near the sun",
        "US DOGE office cuts jobs",
        "A ripple effect; tethered markets; an avalanche of orders",
        "Solar power, adage, linked, ethernet, BTCUSDX, WBTCX",
        "리플레이 서비스 종료, 네오위즈 실적, 실수이다, 세이브",
        "규제 샌드박스, 아이콘, 온도, 코스모스 축제",
        "$380만, $1.2B, US$SOLO, $NVDA",
        "https://x.BTC",
        "",
    ],
)
def test_ordinary_words_are_no_coins(coins: Coins, text: str) -> None:
    assert coins.spoken_of(text) == []


@pytest.mark.parametrize(
    ("code", "symbol"),
    [
        ("eth", "ETH"),
        (" btc ", "BTC"),
        ("MATIC", "POL"),
        ("xbt", "BTC"),
        ("GANADA", "GANADA"),
        ("1INCH", "1INCH"),
        ("BTC-PERP", None),
        ("비트", None),
        ("", None),
    ],
)
def test_a_code_is_a_ticker_of_today(coins: Coins, code: str, symbol: str | None) -> None:
    assert coins.current(code) == symbol


def test_a_code_is_known_if_the_table_has_it(coins: Coins) -> None:
    assert coins.known("rndr") == "RENDER"
    assert coins.known("NVDA") is None


def test_the_table_has_each_name_and_each_symbol_once(coins: Coins) -> None:
    lines = [f"{symbol} | {name}" for name, symbol in coins.names.items()]
    assert len(lines) > 100
    assert set(coins.names.values()) <= coins.symbols
    assert set(coins.renamed.values()) <= coins.symbols
    assert not set(coins.renamed) & coins.symbols


def test_the_longest_name_counts() -> None:
    table = read_coins("AB | alpha beta, 알파베타\nA | alpha, 알파\nABC | alpha beta gamma\n")
    assert table.spoken_of("Alpha beta gamma, alpha, ALPHA BETA") == ["ABC", "A", "AB"]
    assert table.spoken_of("알파베타, 알파와") == ["AB", "A"]
