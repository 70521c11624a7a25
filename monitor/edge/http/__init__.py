"""The only door to the web: every byte read from outside comes through ``Web``.

What is handed to others leaves through ``Poster``, with the same guards (``line``, ``posting``).
``web`` is the wire, on libcurl; ``errands`` decides what goes over it and what came of it, with
``target`` and ``addresses`` (may it be asked?), ``manners`` and ``robots`` (when, and would the
host mind?), ``response`` and ``answers`` (what arrived, and what it means).
"""

from monitor.edge.http.errands import FetchLimits
from monitor.edge.http.posting import Posted, Poster
from monitor.edge.http.web import Web

__all__ = ["FetchLimits", "Posted", "Poster", "Web"]
