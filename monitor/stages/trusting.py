"""``nudge``: what is to be said of a rule that is mostly noise, or that never fires."""

from __future__ import annotations

from datetime import datetime, timedelta

from classifiers.measuring.wilson import wilson
from store.desk import RuleTrust

LEAST_JUDGED = 8  # stories, of the newest twenty, before anything is said of a rule
SILENT = timedelta(days=60)


def precision(trust: RuleTrust) -> tuple[float, float, float] | None:
    """Return the share of judged stories that were relevant and its 95 % interval; None of none."""
    if not trust.judged:
        return None
    return (trust.relevant / trust.judged, *wilson(trust.relevant, trust.judged))


def nudge(trust: RuleTrust) -> str:
    """Return a sentence where a rule is mostly noise, surely and not by chance; else nothing."""
    judged = [one for one in trust.lately if one in {"relevant", "not_relevant"}]
    noise = judged.count("not_relevant")
    if len(judged) < LEAST_JUDGED or wilson(noise, len(judged))[0] <= 0.5:
        return ""
    return (
        f"Of the last {len(trust.lately)} stories this rule fired on, {noise} were judged not"
        " relevant: look at its words."
    )


def silence(trust: RuleTrust, now: datetime) -> str:
    """Return a sentence where a rule did not fire for 60 days though it was at work; else nothing.

    Of a rule that stands for less time nothing is said.
    """
    if trust.since_at is None or now - trust.since_at < SILENT:
        return ""
    if trust.last_at is None:
        days = (now - trust.since_at).days
        return f"This rule has never fired in the {days} days it has been at work."
    if now - trust.last_at < SILENT:
        return ""
    return f"This rule has not fired for {(now - trust.last_at).days} days."
