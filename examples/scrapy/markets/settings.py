"""The settings of the project; each can be given to a crawl, too: `-s KAFKA_BATCH_SIZE=100`."""

BOT_NAME = "markets"
SPIDER_MODULES = ["markets.spiders"]

# Where Upbit is: the simulator of `make up`. The real one is https://api.upbit.com.
UPBIT_URL = "http://localhost:8080/upbit"
# It is an interface for programs and has no robots.txt.
ROBOTSTXT_OBEY = False
# Ports of Scrapy's own that are not needed here.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
# At DEBUG each item is written whole.
LOG_LEVEL = "INFO"

ITEM_PIPELINES = {
    "cointicker.scrapy.ValidationPipeline": 300,
    "cointicker.scrapy.DuplicatesPipeline": 400,
    "cointicker.scrapy.KafkaPipeline": 600,
}
KAFKA_BOOTSTRAP_SERVERS = "localhost:9092"
KAFKA_TOPIC_PREFIX = "cointicker"
KAFKA_BATCH_SIZE = 10
KAFKA_RETRIES = 3
