"""What texts of sources become."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cointicker.errors import InvalidMessage
from processor.text import MOST_CHARACTERS, language, one_line, paragraphs


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("첫 줄<br>둘째 줄", "첫 줄\n둘째 줄"),
        ("<p>One</p><p>Two</p>", "One\nTwo"),
        ("a<br/><br />b\n\n\nc", "a\nb\nc"),
        ("<b>Up</b> 5&nbsp;% &amp; rising", "Up 5 % & rising"),
        ("BTC &lt; 100K", "BTC < 100K"),
        ("BTC < 100K > 90K", "BTC < 100K > 90K"),
        ("<script>alert('x')</script>text<style>p {}</style>", "text"),
        ('<a href="https://a.example/?x=1&y=2">link</a>', "link"),
        ("tab\tand \u00a0 space", "tab and space"),
        ("zero\u200bwidth\ufeff and soft\u00adhyphen", "zerowidth and softhyphen"),
        ("bell\x07rings", "bell rings"),
        ("<!-- hidden -->seen", "seen"),
        ("<![if x]>seen", "seen"),
        ("비트코인", "비트코인"),
        ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
        ("", ""),
    ],
)
def test_markup_becomes_lines_of_text(markup: str, text: str) -> None:
    assert paragraphs(markup, "payload.content") == text


def test_a_title_is_one_line() -> None:
    assert one_line(" 비트코인 <b>급등</b><br>속보\n", "payload.title") == "비트코인 급등 속보"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("익명 고래, $380만 ETH 매수", "ko"),
        ("비트코인 ETF BlackRock Fidelity", "en"),
        ("Whale buys $380K worth of ETH", "en"),
        ("Upbit lists 비트코인 today, says the exchange in a notice", "en"),
        ("123,456 %", "und"),
        ("ビットコイン", "und"),
        ("", "und"),
    ],
)
def test_the_language_is_that_of_the_letters(text: str, expected: str) -> None:
    assert language(text) == expected


def test_a_text_without_end_is_refused() -> None:
    with pytest.raises(InvalidMessage, match="too_long"):
        paragraphs("x" * (MOST_CHARACTERS + 1), "payload.content")


@given(st.text(alphabet=st.sampled_from("<>!-[]&#;/abc 가\n\"'=x"), max_size=60))
def test_any_text_can_be_cleaned_and_stays_as_it_is_then(markup: str) -> None:
    text = paragraphs(markup, "payload.content")
    assert "\n\n" not in text
    assert text == text.strip()
    assert all(each == "\n" or each.isprintable() for each in text)
