"""Is this an article? What is none is refused, with the reason in words."""

from monitor.stages.screen.away import led_away
from monitor.stages.screen.kinds import Kind
from monitor.stages.screen.page import Page
from monitor.stages.screen.verb import screen

__all__ = ["Kind", "Page", "led_away", "screen"]
