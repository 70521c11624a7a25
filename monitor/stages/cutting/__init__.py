"""Later pages of a site are cut the way its first pages were read, at a fraction of the cost.

An extractor that knows no site reads a page of one; `learn` finds where in the page that text stood
and what stood between; `cut` takes the same from another page of the site, or says that it is
unsure. Pages are parsed by Lexbor here and by nobody else.
"""

from monitor.stages.cutting.learning import learn
from monitor.stages.cutting.likeness import agreement
from monitor.stages.cutting.values import VERSION, Cut, Lesson, Wrapper, dumped, loaded, widened
from monitor.stages.cutting.verb import cut

__all__ = [
    "VERSION",
    "Cut",
    "Lesson",
    "Wrapper",
    "agreement",
    "cut",
    "dumped",
    "learn",
    "loaded",
    "widened",
]
