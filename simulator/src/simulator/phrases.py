"""Headlines and bodies in Korean and English, by tone; both languages say the same."""

from dataclasses import dataclass

POSITIVE, NEUTRAL, NEGATIVE = "positive", "neutral", "negative"


@dataclass(frozen=True, slots=True)
class Phrase:
    """One story in both languages; fields in braces are filled by `fill`."""

    korean: str
    english: str
    korean_body: str
    english_body: str


PHRASES: dict[str, tuple[Phrase, ...]] = {
    POSITIVE: (
        Phrase(
            "{korean} 강세… 기관 매수세 유입에 상승폭 확대",
            "{english} rallies as institutional buyers step in",
            "{korean}({symbol})이 기관 매수세에 힘입어 강세를 보이고 있다.<br>"
            "거래소 순유출 규모는 ${amount}만으로 집계됐다.",
            "{english} ({symbol}) is gaining on strong institutional demand.<br>"
            "Net outflows from exchanges reached ${amount}0K.",
        ),
        Phrase(
            "익명 고래, ${amount}만 {symbol} 매수",
            "Whale buys ${amount}0K worth of {symbol}",
            "온체인 애널리스트에 따르면 한 익명 주소가 {symbol} ${amount}만 상당을 매수했다.",
            "An anonymous address bought {symbol} worth ${amount}0K, on-chain figures show.",
        ),
        Phrase(
            "{korean} 네트워크 업그레이드 성공… 온체인 활동 급증",
            "{english} upgrade succeeds, on-chain activity surges",
            "{korean} 메인넷 업그레이드가 성공적으로 완료됐다.<br>수수료는 절반으로 줄었다.",
            "The {english} mainnet upgrade was completed successfully.<br>Fees were halved.",
        ),
        Phrase(
            "{korean} 재단, 글로벌 결제사와 파트너십 체결… 호재 평가",
            "{english} foundation wins partnership with global payment firm",
            "{korean} 재단이 결제 파트너십을 발표했다. 시장은 호재로 평가하고 있다.",
            "The {english} foundation announced a partnership; traders welcomed the news.",
        ),
    ),
    NEGATIVE: (
        Phrase(
            "{korean} 급락… 대규모 매도 물량 출회",
            "{english} plunges amid heavy selling",
            "{korean}({symbol})이 대규모 매도세에 급락하고 있다.<br>청산 규모는 ${amount}만이다.",
            "{english} ({symbol}) is falling sharply on heavy selling.<br>"
            "Liquidations reached ${amount}0K.",
        ),
        Phrase(
            "{symbol} 롱 포지션 ${amount}만 강제 청산",
            "${amount}0K in {symbol} longs liquidated",
            "하락세가 이어지며 {symbol} 롱 포지션이 대거 강제 청산됐다.",
            "Long positions in {symbol} were wiped out as losses deepened.",
        ),
        Phrase(
            "{korean} 브릿지 해킹 피해… 자산 유출 우려",
            "{english} bridge hacked, funds feared lost",
            "{korean} 브릿지에서 ${amount}만 규모의 해킹이 발생했다.<br>입출금이 중단됐다.",
            "A hack of a {english} bridge drained ${amount}0K.<br>Transfers are halted.",
        ),
        Phrase(
            "규제 당국, {korean} 발행사 제소… 악재에 투심 위축",
            "Regulator sues {english} issuer, sentiment worsens",
            "규제 당국이 {korean} 발행사를 제소했다. 투자 심리가 위축되고 있다.",
            "The regulator filed a lawsuit against the issuer of {english}; fear is spreading.",
        ),
    ),
    NEUTRAL: (
        Phrase(
            "{korean} 재단, 개발자 간담회 일정 공개",
            "{english} foundation publishes schedule of developer meeting",
            "{korean} 재단이 개발자 간담회 일정을 공개했다.",
            "The {english} foundation published the dates of its developer meeting.",
        ),
        Phrase(
            "{korean} 커뮤니티, 거버넌스 안건 투표 시작",
            "{english} community starts vote on governance proposal",
            "{korean} 거버넌스 안건 투표가 시작됐다.<br>투표는 7일간 진행된다.",
            "Voting on a {english} governance proposal has begun.<br>It runs for seven days.",
        ),
        Phrase(
            "{symbol} 24시간 거래대금, 전일과 비슷한 수준",
            "{symbol} 24-hour turnover little changed from yesterday",
            "{symbol} 거래대금은 ${amount}만으로 전일과 비슷했다.",
            "Turnover in {symbol} was ${amount}0K, about the same as the day before.",
        ),
        Phrase(
            "{korean} 측 “로드맵 변경 없다”",
            "{english} team says roadmap is unchanged",
            "{korean} 팀은 기존 로드맵을 유지한다고 밝혔다.",
            "The {english} team said that its roadmap remains as it was.",
        ),
    ),
}
