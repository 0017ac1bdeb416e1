"""Why an item goes no further: each a name in Scrapy's `item_dropped_reasons_count`."""

from scrapy.exceptions import DropItem


class InvalidItem(DropItem):
    """It is not what can be published; the message names the reason, the field and the value."""


class DuplicateItem(DropItem):
    """The same content of the same fact went this way before."""


class UnsentItem(DropItem):
    """Kafka did not acknowledge it; it is kept in the file of unsent records."""
