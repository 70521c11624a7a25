"""Which libcurl is at hand."""

from __future__ import annotations

import pycurl


def libcurl_version() -> str:
    """Return the version of the libcurl that speaks to the web: "8.23.0"."""
    return str(pycurl.version_info()[1])
