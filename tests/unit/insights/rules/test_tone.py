"""The tone of texts in both languages."""

import pytest

from insights.tone import Lexicon
from simulator.phrases import NEGATIVE, NEUTRAL, PHRASES, POSITIVE

LEXICON = Lexicon.load()


def filled(text: str) -> str:
    words = {"korean": "솔라나", "english": "Solana", "symbol": "SOL", "amount": 120}
    return text.format(**words).replace("<br>", " ")


@pytest.mark.parametrize(
    ("text", "tone"),
    [
        ("Solana rallies", 1.0),
        ("Bridge hacked", -1.0),
        ("비트코인 급등", 1.0),
        ("거래소 해킹으로 자산 유출", -1.0),
        ("SOL surges, then plunges", -0.053),
        ("Foundation publishes schedule", None),
        ("재단, 일정 공개", None),
        ("", None),
    ],
)
def test_known_words_make_the_tone_and_no_known_word_is_no_zero(
    text: str, tone: float | None
) -> None:
    assert LEXICON.tone(text) == tone


@pytest.mark.parametrize(
    ("plain", "negated"),
    [
        ("the token will rally", "the token will not rally"),
        ("it was hacked", "it wasn't hacked"),
        ("ETF approved", "ETF was never approved"),
        ("가격 하락", "가격은 하락하지 않았다"),
        ("시장의 호재", "시장에 호재가 없다"),
        ("악재", "악재는 아니다"),
    ],
)
def test_a_negation_turns_a_word_around(plain: str, negated: str) -> None:
    tone = LEXICON.tone(plain)
    assert tone
    assert LEXICON.tone(negated) == -tone


def test_a_longer_entry_wins_over_a_shorter_one() -> None:
    assert LEXICON.tone("상장") == 1.0
    assert LEXICON.tone("상장폐지") == -1.0
    assert LEXICON.tone("outflows") == -1.0
    assert LEXICON.tone("outflows from exchanges") == 1.0


def test_the_title_counts_twice() -> None:
    assert LEXICON.tone("crash", "rally") == -0.333


def test_a_word_within_another_is_none() -> None:
    assert LEXICON.tone("urban banner") is None


def test_every_story_of_the_simulator_has_its_tone_in_both_languages() -> None:
    wanted = {POSITIVE: 1, NEGATIVE: -1}
    for tone, phrases in PHRASES.items():
        for each in phrases:
            for title, body in (
                (each.korean, each.korean_body),
                (each.english, each.english_body),
            ):
                score = LEXICON.tone(filled(title), filled(body))
                if tone == NEUTRAL:
                    assert score is None
                else:
                    assert score is not None
                    assert score * wanted[tone] > 0.5
