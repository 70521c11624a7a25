"""Libraries that only some forms need, and the sentence for whoever has not installed them."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType


class NeedsError(Exception):
    """A form needs a library that is not installed; the message says what to do."""


def needed(name: str) -> ModuleType:
    """Return the module. Raises NeedsError, in a sentence, where it is not installed."""
    try:
        return import_module(name)
    except ImportError:
        package = name.partition(".")[0]
        raise NeedsError(
            f"this form needs {package}: pip install 'torkham[exports]' brings it"
        ) from None
