"""Symbols, names and rough prices of markets: the best known by name, the rest made up."""

from dataclasses import dataclass

# symbol, Korean name, English name, price in KRW around which the walk moves
_KNOWN = """
BTC 비트코인 Bitcoin 103000000|ETH 이더리움 Ethereum 3350000|XRP 리플 XRP 3480
SOL 솔라나 Solana 245000|DOGE 도지코인 Dogecoin 285|ADA 에이다 Cardano 952
USDT 테더 Tether 1472|TRX 트론 TRON 431|LINK 체인링크 Chainlink 21700
AVAX 아발란체 Avalanche 26400|SUI 수이 Sui 3940|XLM 스텔라루멘 Stellar 387
BCH 비트코인캐시 Bitcoin_Cash 812000|HBAR 헤데라 Hedera 256|DOT 폴카닷 Polkadot 5930
SHIB 시바이누 Shiba_Inu 0.01712|UNI 유니스왑 Uniswap 9870|NEAR 니어프로토콜 NEAR_Protocol 3630
AAVE 에이브 Aave 268000|ETC 이더리움클래식 Ethereum_Classic 25300|APT 앱토스 Aptos 6720
ATOM 코스모스 Cosmos 5870|ONDO 온도파이낸스 Ondo 1063|ALGO 알고랜드 Algorand 274
ARB 아비트럼 Arbitrum 591|VET 비체인 VeChain 31.84|SEI 세이 Sei 417|FIL 파일코인 Filecoin 3290
RENDER 렌더토큰 Render 4760|TAO 비트텐서 Bittensor 541000|WLD 월드코인 Worldcoin 1384
STX 스택스 Stacks 842|IMX 이뮤터블엑스 Immutable 731|GRT 더그래프 The_Graph 118
INJ 인젝티브 Injective 17800|SAND 샌드박스 The_Sandbox 362|MANA 디센트럴랜드 Decentraland 389
AXS 엑시인피니티 Axie_Infinity 3260|FLOW 플로우 Flow 524|THETA 쎄타토큰 Theta_Network 1089
EOS 이오스 EOS 872|XTZ 테조스 Tezos 986|NEO 네오 NEO 8760|QTUM 퀀텀 Qtum 3120
KAVA 카바 Kava 537|CHZ 칠리즈 Chiliz 56.9|BAT 베이직어텐션토큰 Basic_Attention_Token 241
ENS 이더리움네임서비스 Ethereum_Name_Service 29300|ZRX 제로엑스 0x_Protocol 352
ICX 아이콘 ICON 184|ZIL 질리카 Zilliqa 15.42|ONT 온톨로지 Ontology 196|IOTA 아이오타 IOTA 271
WAVES 웨이브 Waves 1683|STORJ 스토리지 Storj 372|ANKR 앵커 Ankr 21.3|CVC 시빅 Civic 128
GLM 골렘 Golem 349|PUNDIX 펀디엑스 Pundi_X 486|POWR 파워렛저 Powerledger 237
MINA 미나 Mina 248|BLUR 블러 Blur 112|PYTH 피스네트워크 Pyth_Network 187|JUP 주피터 Jupiter 712
BONK 봉크 Bonk 0.0352|PEPE 페페 Pepe 0.01584|TIA 셀레스티아 Celestia 2470
ENA 에테나 Ethena 861|STRK 스타크넷 Starknet 196|ZRO 레이어제로 LayerZero 3180
BERA 베라체인 Berachain 3640|KAITO 카이토 KAITO 1741|VIRTUAL 버추얼프로토콜 Virtuals 1987
""".strip().replace("\n", "|")

_CONSONANTS = ["G", "N", "D", "R", "M", "B", "S", "J", "C", "K", "T", "H"]
_VOWELS = ["A", "E", "O", "U", "I"]
# Where these letters stand among the initial and the vowel letters of a Hangul syllable.
_INITIAL_AT = (0, 2, 3, 5, 6, 7, 9, 12, 14, 15, 16, 18)
_VOWEL_AT = (0, 5, 8, 13, 20)
_SYLLABLES = len(_CONSONANTS) * len(_VOWELS)
# Coprime to the number of three-syllable words: each index gets a word of its own, well mixed.
_SPREAD = 77_773


@dataclass(frozen=True, slots=True)
class Name:
    """What one market is called; `price` in KRW is what its walk moves around."""

    symbol: str
    korean: str
    english: str
    price: float

    @property
    def market(self) -> str:
        """The code on the wire."""
        return f"KRW-{self.symbol}"


def market_names(count: int) -> list[Name]:
    """The names of `count` markets: the known ones in their order, then made-up ones."""
    known = [_known(text) for text in _KNOWN.split("|")][:count]
    return known + [_made_up(index) for index in range(count - len(known))]


def _known(text: str) -> Name:
    symbol, korean, english, price = text.split()
    return Name(symbol, korean, english.replace("_", " "), float(price))


def _made_up(index: int) -> Name:
    code = (index * _SPREAD + 4_321) % _SYLLABLES**3
    latin, hangul = "", ""
    for _ in range(3):
        code, syllable = divmod(code, _SYLLABLES)
        initial, vowel = divmod(syllable, len(_VOWELS))
        latin += _CONSONANTS[initial] + _VOWELS[vowel]
        hangul += chr(0xAC00 + (_INITIAL_AT[initial] * 21 + _VOWEL_AT[vowel]) * 28)
    price = 10.0 ** (index * 37 % 100 / 20) * 1.07
    return Name(latin, hangul, latin.title(), price)
