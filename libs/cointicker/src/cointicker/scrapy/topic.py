"""The topic of a spider: looked for before the crawl, as it is not made by sending to it."""

import logging

from cointicker.errors import ConfigError, TransientError
from cointicker.kafka.choice import unknown_topic
from cointicker.kafka.existing import existing_topics
from cointicker.settings import ClientSettings

logger = logging.getLogger(__name__)


async def require_topic(settings: ClientSettings, topic: str) -> None:
    """Raises ConfigError if the broker answers that there is no such topic.

    While no broker answers it may be there: the crawl goes on, and keeps what it cannot send.
    """
    servers = settings.kafka_bootstrap_servers
    try:
        names = await existing_topics(servers, settings.kafka_request_timeout_seconds, [topic])
    except TransientError as error:
        logger.warning("did not see whether the topic %s is there: %s", topic, error)
        return
    if topic not in names:
        raise ConfigError(
            [
                f"{', '.join(servers)}: {unknown_topic(topic, sorted(names))}; its name is "
                "KAFKA_TOPIC_PREFIX, `raw` and the spider's name"
            ]
        )
