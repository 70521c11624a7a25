"""Digest and alerts as text and HTML. With the desk, the only place that knows templates.

The HTML asks for nothing: no image but the one that travels with it, no font, style sheet or
script, so opening a mail tells nobody that it was read. Links are rebuilt from absolute http(s)
addresses alone and show their host.
"""

from __future__ import annotations

from monitor.edge.render.alert import render_alert, render_alert_list
from monitor.edge.render.digest import digest_body_html, render_digest
from monitor.edge.render.frame import mail_of
from monitor.edge.render.letter import Rendered
from monitor.edge.render.markdown import digest_markdown
from monitor.edge.render.words import (
    clock_words,
    day_and_clock,
    days_words,
    direction,
    feeds_words,
    host_of,
    leads_to,
    ledger_words,
    missed_words,
    safe_link,
    score_words,
)

__all__ = [
    "Rendered",
    "clock_words",
    "day_and_clock",
    "days_words",
    "digest_body_html",
    "digest_markdown",
    "direction",
    "feeds_words",
    "host_of",
    "leads_to",
    "ledger_words",
    "mail_of",
    "missed_words",
    "render_alert",
    "render_alert_list",
    "render_digest",
    "safe_link",
    "score_words",
]
