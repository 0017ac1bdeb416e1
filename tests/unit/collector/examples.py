"""The replies of the sources as they are documented."""

import json
from typing import Any

from collector.source import Source
from collector.sources.alternative_me import AlternativeMe
from collector.sources.cnn_fear_greed import CnnFearGreed
from collector.sources.coinness import Coinness
from collector.sources.perplexity import Perplexity
from collector.sources.saveticker import Saveticker
from collector.sources.upbit_trends import UpbitTrends

TICKER: dict[str, Any] = json.loads("""
  {
    "market": "KRW-BTC",
    "trade_date": "20260311",
    "trade_time": "144058",
    "trade_date_kst": "20260311",
    "trade_time_kst": "234058",
    "trade_timestamp": 1773240058930,
    "opening_price": 102417000.0,
    "high_price": 103988000.0,
    "low_price": 101150000.0,
    "trade_price": 103493000.0,
    "prev_closing_price": 102417000.0,
    "change": "RISE",
    "change_price": 1076000.0,
    "change_rate": 0.0105060683,
    "signed_change_price": 1076000.0,
    "signed_change_rate": 0.0105060683,
    "trade_volume": 0.00094678,
    "acc_trade_price": 104890185475.22821,
    "acc_trade_price_24h": 162997300132.123,
    "acc_trade_volume": 1024.30599241,
    "acc_trade_volume_24h": 1587.73606087,
    "highest_52_week_price": 179869000.0,
    "highest_52_week_date": "2025-10-09",
    "lowest_52_week_price": 89000000.0,
    "lowest_52_week_date": "2026-02-06",
    "timestamp": 1773240058973
  }
""")
FLASH: dict[str, Any] = json.loads("""
  {
    "id": 1171041,
    "categoryId": 1,
    "title": "익명 고래, $380만 ETH 매수",
    "content": "온체인 애널리스트에 따르면 …<br>본문",
    "originCodes": ["ETH"],
    "quickOrderCode": "ETH",
    "thumbnailImage": null,
    "contentImage": null,
    "link": null,
    "linkTitle": null,
    "bull": 12,
    "bear": 3,
    "bullCount": 12,
    "bearCount": 3,
    "quoteCount": 0,
    "commentCount": 1,
    "isBull": false,
    "isImportant": false,
    "isObserve": false,
    "isTranslated": false,
    "publishAt": "2026-10-07T21:51:40.528+09:00"
  }
""")
NEWS: dict[str, Any] = json.loads("""
  {
    "id": "210523",
    "title": "엔비디아, 신규 AI 칩 공개",
    "content": "목록에서는 80~200자 미리보기만…",
    "source": "로이터",
    "author_name": "오선",
    "author_role": "ADMIN",
    "created_at": "2026-07-06T21:04:11.482000+09:00",
    "view_count": 1532,
    "comment_count": 4,
    "tag_names": ["속보", "$NVDA"],
    "tickers": [{"symbol": "NVDA", "name": "NVIDIA", "exchange": "NASDAQ"}],
    "content_labels": [{"name": "종합"}],
    "thumbnail": null,
    "like_stats": {"like_count": 7},
    "vote_stats": {"vote_counts": {"positive": 5, "negative": 1}, "total_count": 6},
    "is_top_story": false,
    "is_group_top_story": false,
    "news_group_id": "88123",
    "similar_count": 0,
    "is_headline_only": false,
    "is_deleted": false,
    "extra": {
      "source_url": "https://www.reuters.com/x",
      "source_created_at": "2026-07-06T12:03:00Z"
    },
    "translations": {
      "source_locale": "en_US",
      "translated": {
        "ko_KR": {
          "title": "엔비디아, 신규 AI 칩 공개",
          "content": [{"type": "text", "content": "본문"}]
        }
      }
    }
  }
""")
ANSWER: dict[str, Any] = json.loads("""
{
  "id": "resp_7f3b2c",
  "object": "response",
  "created_at": 1790000000,
  "status": "completed",
  "model": "perplexity/sonar",
  "output": [
    {
      "type": "search_results",
      "queries": ["bitcoin news today"],
      "results": [
        {
          "id": 1, "url": "https://www.coindesk.com/markets/x", "title": "Bitcoin …",
          "snippet": "…", "date": "2026-09-20", "last_updated": "2026-09-21", "source": "web"
        }
      ]
    },
    {
      "type": "message", "id": "msg_1a", "role": "assistant", "status": "completed",
      "content": [
        {
          "type": "output_text", "text": "BTC … [1]",
          "annotations": [
            {
              "type": "url_citation", "url": "https://www.coindesk.com/markets/x",
              "title": "Bitcoin …", "start_index": 6, "end_index": 9
            }
          ]
        }
      ]
    }
  ],
  "usage": {
    "input_tokens": 1204, "output_tokens": 310, "total_tokens": 1514,
    "input_tokens_details": {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 0},
    "tool_calls_details": {"search_web": {"invocation": 1}},
    "cost": {
      "currency": "USD", "input_cost": 0.0012, "output_cost": 0.0009,
      "tool_calls_cost": 0.0025, "total_cost": 0.0046
    }
  }
}
""")
GRAPH: dict[str, Any] = json.loads("""
{
  "fear_and_greed": {
    "score": 64.3714285714286, "rating": "greed", "timestamp": "2026-08-11T00:00:00+00:00",
    "previous_close": 64.3714285714286, "previous_1_week": 59.9714285714286,
    "previous_1_month": 46.82857142857143, "previous_1_year": 57.628571428571426
  },
  "fear_and_greed_historical": {
    "timestamp": 1786406400000.0, "score": 64.3714285714286, "rating": "greed",
    "data": [
      {"x": 1754870400000.0, "y": 57.628571428571426, "rating": "greed"},
      {"x": 1754956800000.0, "y": 62.25714285714286, "rating": "greed"}
    ]
  },
  "market_volatility_vix": {
    "timestamp": 1786392901000.0, "score": 50, "rating": "neutral",
    "data": [{"x": 1754870400000.0, "y": 16.25, "rating": "extreme fear"}]
  }
}
""")
INDEX: dict[str, Any] = json.loads("""
{
  "name": "Fear and Greed Index",
  "data": [
    {
      "value": "47", "value_classification": "Neutral",
      "timestamp": "1777248000", "time_until_update": "25675"
    },
    {"value": "45", "value_classification": "Fear", "timestamp": "1777161600"}
  ],
  "metadata": {"error": null}
}
""")

# A source, the items of a reply with one of them, and how a reply is made of items.
SOURCES: dict[str, tuple[Source, dict[str, Any]]] = {
    "upbit_trends": (UpbitTrends(), TICKER),
    "coinness": (Coinness(), FLASH),
    "saveticker": (Saveticker(), NEWS),
    "perplexity": (Perplexity(), ANSWER),
    "cnn_fear_greed": (CnnFearGreed(), GRAPH),
    "alternative_me": (AlternativeMe(), INDEX["data"][0]),
}


def body(name: str, items: list[Any]) -> bytes:
    """A reply of a source with these items; where it is one item itself, with the first."""
    found: Any = items
    if name == "saveticker":
        found = {"news_list": items, "total_count": 210523, "page": 1, "from_cache": False}
    elif name == "alternative_me":
        found = {**INDEX, "data": items}
    elif name in ("perplexity", "cnn_fear_greed"):
        found = items[0]
    return json.dumps(found).encode()
