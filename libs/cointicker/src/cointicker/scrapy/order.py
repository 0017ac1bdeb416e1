"""The order of the pipelines, checked at the start: none of ours takes what was not validated."""

from scrapy.settings import BaseSettings
from scrapy.utils.misc import load_object

from cointicker.errors import ConfigError
from cointicker.scrapy.validation import ValidationPipeline


def require_validation_before(pipeline: type, settings: BaseSettings) -> None:
    """Raises ConfigError if it is among the pipelines without a ValidationPipeline before it."""
    orders = {
        load_object(each): order
        for each, order in settings.getdict("ITEM_PIPELINES").items()
        if order is not None
    }
    own = [order for each, order in orders.items() if issubclass(each, pipeline)]
    validated = [order for each, order in orders.items() if issubclass(each, ValidationPipeline)]
    if own and (not validated or min(validated) >= min(own)):
        raise ConfigError(
            [
                f"ITEM_PIPELINES: cointicker.scrapy.ValidationPipeline (300) must come before "
                f"{pipeline.__name__} (got {orders!r})"
            ]
        )
