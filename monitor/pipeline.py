"""The shell: one function per job, in the order of the data.

    poll · harvest · judge · send · digest · learn · tidy

Each reads what is due, works with no transaction open, then writes the outcome and the next state
in one transaction per unit. One handler per unit records its failure on that unit; everything a
stage decides is decided in ``monitor/stages``.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import TypeVar

from classifiers.types import Classifier, Text, Verdict
from monitor.edge.clock import Clock
from monitor.edge.http import Web
from monitor.edge.worker import WorkerFault, Workers
from monitor.model import (
    ArticleText,
    Dropped,
    Entry,
    Fault,
    FetchFailed,
    Fetched,
    FetchOutcome,
    FetchRequest,
    Fingerprints,
    NotModified,
    ParsedFeed,
    When,
)
from monitor.stages import coverage, dedupe, extract, pace, parse, screen, urls
from store import articles, feeds
from store.db import Db
from store.types import FeedState, FoundEntry, Pending, PollRecord, StoredText

log = logging.getLogger(__name__)
T = TypeVar("T")
