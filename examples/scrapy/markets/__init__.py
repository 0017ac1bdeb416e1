"""A Scrapy project whose items go to CoinTicker."""
