"""The topic of a spider: looked for before the crawl, as it is not made by sending to it."""

import logging

from cointicker.errors import ConfigError, TransientError
from cointicker.kafka.admin import open_admin
from cointicker.settings import ClientSettings

logger = logging.getLogger(__name__)


async def require_topic(settings: ClientSettings, topic: str) -> None:
    """Raises ConfigError if the broker answers that there is no such topic.

    While no broker answers it may be there: the crawl goes on, and keeps what it cannot send.
    """
    servers = settings.kafka_bootstrap_servers
    try:
        async with open_admin(servers, settings.kafka_request_timeout_seconds) as admin:
            names = {each.name for each in await admin.topics()}
    except TransientError as error:
        logger.warning("did not see whether the topic %s is there: %s", topic, error)
        return
    if topic not in names:
        raise ConfigError(
            [
                f"{topic}: no such topic on {', '.join(servers)}; its name is KAFKA_TOPIC_PREFIX, "
                "`raw` and the spider's name (those there are: cointicker topics list)"
            ]
        )
