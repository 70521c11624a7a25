"""What the settings say of the team, for the datasheet of a snapshot."""

from __future__ import annotations

from classifiers.pack import load_pack
from monitor.config.loading import Settings
from monitor.exports.datasheet import About
from monitor.outside import VERSION


def about(settings: Settings | None, topic: str) -> About:
    """Return what stands in the datasheet; ``topic`` is a pack's name or folder."""
    title = str(load_pack(topic).title)
    if settings is None:
        return About(topic=topic, title=title, version=VERSION)
    return About(
        topic=topic,
        title=title,
        team=settings.team.name,
        contact=settings.team.contact or "",
        obey_robots=settings.fetch.obey_robots,
        retention=_retention(settings),
        version=VERSION,
    )


def _retention(settings: Settings) -> str:
    """How long texts stay, in a sentence or two."""
    held = settings.retention
    told = (
        f"The text of an article that nobody wanted stays {held.days:,} days; what was decided "
        "upon stays until somebody removes it."
    )
    own = [
        f"{name} {rule.text_days:,} days"
        for name, rule in sorted(held.outlets.items())
        if rule.text_days is not None
    ]
    if not own:
        return told
    return f"{told} All texts of these outlets go, decided upon or not, after: {', '.join(own)}."
