"""Is this text a copy of one we have? Fingerprints that fit a database, and the comparison.

A copy keeps most of its original's runs of three words, whatever a desk does to it: it cuts, sets
its own opening before it, changes tolls and spellings, shuffles paragraphs, mixes two agencies.
Runs of three bear that better than longer ones. An update keeps many of them too, and so does the
next day of a template; but an update tells something new first, and a template is short and
changes its figures. So where a text shares much but not most, one of the two must have the other's
first sentence; and where headlines of short texts give other figures, almost all must be shared.
"""

from __future__ import annotations

from monitor.stages.dedupe.comparing import copy_of
from monitor.stages.dedupe.sketching import SCHEME, fingerprint

__all__ = ["SCHEME", "copy_of", "fingerprint"]
