"""In which order the documents of a poll are read: what is quick first, slow ones last."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future

import xxhash

from monitor.articles.reading import AT_MOST, QUICKLY, overlong, read_feed
from monitor.edge.overlap import gathered, overlapped
from monitor.edge.worker import WorkerFault, Workers
from monitor.model import Dropped, Fetched, FetchOutcome, ParsedFeed, Reason
from store.failpoint import reached
from store.polls import FeedState

Came = tuple[FetchOutcome, str | None]
"""An answer, with the hash of its body."""
_LARGE = 2_000_000  # bytes; the largest feed of a real outlet had 1.3 MB
_MOST_HELD = 100_000_000  # bytes of documents that wait for the others
_SLOW = Dropped(reason=Reason.PARSE_LIMIT, detail=overlong(QUICKLY))


def body_hash_of(outcome: FetchOutcome) -> str | None:
    """Return what tells a document from the one read last time; None where none came."""
    # Not a cryptographic hash: whoever could forge it could leave the document as it was as well.
    return xxhash.xxh3_128_hexdigest(outcome.body) if isinstance(outcome, Fetched) else None


def parsed_feeds(
    answers: Iterator[Came | None],
    due: Mapping[str, FeedState],
    workers: Workers,
    stopped: Callable[[], bool],
) -> Iterator[list[tuple[Came, ParsedFeed | Dropped | WorkerFault | None]]]:
    """Read the documents; one that takes long waits until all others were read.

    So a document made to pin the parser costs its own feed: the others wait for its short try.
    Those that are ready at the same moment come together, sixteen at most; what was late is large
    or slow, and comes alone.
    """
    late: list[Came] = []

    def start(came: Came, seconds: float) -> Future[ParsedFeed | Dropped] | None:
        return _parse(*came, seconds, due, workers)

    def at_leisure() -> Iterator[list[tuple[Came, ParsedFeed | Dropped | WorkerFault | None]]]:
        for one in overlapped(
            late, lambda came: start(came, AT_MOST), weigh=_weight, stopped=stopped
        ):
            yield [one]

    for ready in gathered(
        _but_large(answers, late), lambda came: start(came, QUICKLY), weigh=_weight, stopped=stopped
    ):
        slow = [came for came, made in ready if _is_slow(made)]
        late += slow
        if len(slow) < len(ready):
            yield [(came, made) for came, made in ready if not _is_slow(made)]
        if _size(late) > _MOST_HELD:
            yield from at_leisure()
            late.clear()
    yield from at_leisure()


def _is_slow(made: ParsedFeed | Dropped | WorkerFault | None) -> bool:
    return made == _SLOW or (isinstance(made, WorkerFault) and made.kind == "cpu")


def _but_large(answers: Iterator[Came | None], late: list[Came]) -> Iterator[Came | None]:
    """The documents of usual size; handing a large one to a child twice would cost the others."""
    for came in answers:
        if came is not None and _weight(came) > _LARGE and _size(late) < _MOST_HELD:
            late.append(came)
            yield None
        else:
            yield came


def _size(late: list[Came]) -> int:
    return sum(map(_weight, late))


def _weight(came: Came) -> int:
    outcome, _ = came
    return len(outcome.body) if isinstance(outcome, Fetched) else 0


def _parse(
    outcome: FetchOutcome, body_hash: str | None, seconds: float, due: Mapping[str, FeedState],
    workers: Workers,
) -> Future[ParsedFeed | Dropped] | None:  # fmt: skip
    """Start reading a document in a child, unless it is the very one read last time."""
    reached("after-fetch")
    state = due[outcome.key]
    if not isinstance(outcome, Fetched) or body_hash == state.body_hash:
        return None
    return workers.submit(
        read_feed,
        outcome.body,
        seconds=seconds,
        content_type=outcome.headers.get("content-type", ""),
        base_url=outcome.final_url,
        known=frozenset(state.item_hashes),
        fetched_at=outcome.fetched_at,
        kind=state.spec.kind,
        links=state.spec.links,
    )
