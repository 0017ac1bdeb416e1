"""Spiders of one's own, published like the collector's records: items in, acknowledged records out.

```python
ITEM_PIPELINES = {
    "cointicker.scrapy.ValidationPipeline": 300,
    "cointicker.scrapy.DuplicatesPipeline": 400,
    "cointicker.scrapy.KafkaPipeline": 600,
}
```
"""

from cointicker.scrapy.duplicates import DuplicatesPipeline
from cointicker.scrapy.item import RawItem
from cointicker.scrapy.publishing import KafkaPipeline
from cointicker.scrapy.validation import ValidationPipeline

__all__ = ["DuplicatesPipeline", "KafkaPipeline", "RawItem", "ValidationPipeline"]
