"""One sentence for people on each kind of insight, in English and in Korean."""

from insights.records import Summary

_TONE = {"up": ("better", "개선"), "down": ("worse", "악화")}
_RATING = {
    "extreme fear": "극도의 공포",
    "fear": "공포",
    "neutral": "중립",
    "greed": "탐욕",
    "extreme greed": "극도의 탐욕",
}
_INDEX = {
    "cnn": ("CNN's Fear & Greed index", "CNN 공포·탐욕 지수"),
    "alternative_me": ("The crypto Fear & Greed index", "크립토 공포·탐욕 지수"),
}


def price_move(symbol: str, change: float, seconds: float, size: float) -> Summary:
    """BTC rose 2.10% in 62 seconds, 14.2 times its usual swing."""
    share = f"{abs(change) * 100:.2f}%"
    rose, korean = ("rose", "급등") if change > 0 else ("fell", "급락")
    return Summary(
        en=f"{symbol} {rose} {share} in {seconds:.0f} seconds, {size:.1f} times its usual swing",
        ko=f"{symbol}, {seconds:.0f}초 만에 {share} {korean}… 평소 변동폭의 {size:.1f}배",
    )


def volume_spike(symbol: str, ratio: float) -> Summary:
    """BTC traded 15.3 times its usual amount in a minute."""
    return Summary(
        en=f"{symbol} traded {ratio:.1f} times its usual amount in a minute",
        ko=f"{symbol}, 1분 거래대금이 평소의 {ratio:.1f}배로 급증",
    )


def movers(best: tuple[str, float] | None, worst: tuple[str, float] | None) -> Summary:
    """ABC leads with +5.20% in an hour; XYZ lost most, -3.10%."""
    english, korean = [], []
    if best:
        english.append(f"{best[0]} gained most in an hour, {best[1] * 100:+.2f}%")
        korean.append(f"1시간 상승률 1위 {best[0]} {best[1] * 100:+.2f}%")
    if worst:
        english.append(f"{worst[0]} lost most in an hour, {worst[1] * 100:+.2f}%")
        korean.append(f"1시간 하락률 1위 {worst[0]} {worst[1] * 100:+.2f}%")
    return Summary(en="; ".join(english), ko=", ".join(korean))


def sentiment_shift(symbol: str | None, means: tuple[float, float], count: int) -> Summary:
    """News on BTC turned worse: mean tone -0.80 in 12 reports, +0.75 before."""
    now, before = means
    english, korean = _TONE["up" if now > before else "down"]
    who, whose = (
        (f"News on {symbol}", f"{symbol} 뉴스") if symbol else ("Crypto news", "가상자산 뉴스")
    )
    return Summary(
        en=f"{who} turned {english}: mean tone {now:+.2f} in {count} reports, {before:+.2f} before",
        ko=f"{whose} 심리 {korean}: 최근 {count}건 평균 {now:+.2f} (이전 {before:+.2f})",
    )


def fear_greed_regime(index: str, ratings: tuple[str, str], score: float) -> Summary:
    """CNN's Fear & Greed index went from fear to neutral, at 47.3."""
    before, now = ratings
    english, korean = _INDEX.get(index, (index, index))
    return Summary(
        en=f"{english} went from {before} to {now}, at {score:.1f}",
        ko=f"{korean}, {_RATING[before]}에서 {_RATING[now]} 단계로 전환 ({score:.1f})",
    )
