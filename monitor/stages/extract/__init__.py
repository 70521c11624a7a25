"""From a page, or from the full text inside a feed, to the plain text of an article.

Nothing here reads the clock: dates are bounded by the ``fetched_at`` that is handed in. A page can
still cost more time and memory than it deserves, so the shell calls ``extract`` in a limited child.
"""

from monitor.stages.extract.characters import (
    HTML_TYPES,
    XML_TYPES,
    decode,
    media_type,
    not_html,
)
from monitor.stages.extract.choice import Choice, better
from monitor.stages.extract.fragment import carries_article, extract_html_fragment
from monitor.stages.extract.page import Extracted, extract, read, without_title
from monitor.stages.extract.told import told

__all__ = [
    "HTML_TYPES",
    "XML_TYPES",
    "Choice",
    "Extracted",
    "better",
    "carries_article",
    "decode",
    "extract",
    "extract_html_fragment",
    "media_type",
    "not_html",
    "read",
    "told",
    "without_title",
]
