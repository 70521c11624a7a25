"""Where a feed is: the site asked, and what it answers told in words before anything is kept.

Everything is fetched by the product's own client, with its limits and guards, and read in the
limited child process that reads feeds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from monitor.config import kinds
from monitor.config.listing import GOOGLE_NEWS, Entry, Listed, outlet_name, short
from monitor.edge.http import Web
from monitor.edge.worker import WorkerFault, Workers
from monitor.model import Dropped, Fetched, FetchFailed, FetchRequest, NotModified, ParsedFeed
from monitor.stages import parse
from monitor.stages.parse import finding, sitemap
from monitor.stages.parse.finding import Candidate, Told
from monitor.stages.urls import canonical, host

_MOST_NAMED = 6
_MOST_CHILDREN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A feed that was tried and is one. ``why`` says how it was come by."""

    url: str
    kind: str
    why: str
    told: Told


@dataclass(slots=True, kw_only=True)
class Search:
    """What looking for a feed brought: the feed, or a sentence; and other feeds the page names."""

    found: Found | None = None
    sentence: str = ""
    also: list[str] = field(default_factory=list)
    page: Told | None = None  # the page itself, where it is a list that can be watched
    site: str = ""
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Means:
    """What looks: the guarded client, the children that read, and when to stop."""

    feed_web: Web
    workers: Workers
    stopped: Callable[[], bool]


def look(
    web: Web,
    workers: Workers,
    url: str,
    kind: str | None = None,
    links: str = "",
    *,
    stopped: Callable[[], bool] = lambda: False,
) -> Search:
    """Look for the feed of ``url``, which may be the feed, a page of its site or a sitemap.

    Once ``stopped`` says so nothing more is asked, and what was found until then is told.
    """
    app = _Means(feed_web=web, workers=workers, stopped=stopped)
    answer = _fetch(app, [url])[0]
    if isinstance(answer, str):
        return Search(sentence=answer)
    if kind is not None:
        made = _read(app, answer, kind, links)
        return _search(_found(answer, kind, "it was named", made), made)
    made = _read(app, answer, "rss")
    if isinstance(made, ParsedFeed):
        return Search(found=_found(answer, _kind_of(answer.url), "it is the feed itself", made))
    if sitemap.is_sitemap(answer.body):
        return _of_sitemap(app, answer)
    return _of_page(app, answer, made)


def _of_page(app: _Means, page: Fetched, made: Dropped | WorkerFault) -> Search:
    """The feed of a page: one it names, one where feeds usually are, a news sitemap, or none."""
    kind = page.headers.get("content-type", "")
    submit = app.workers.submit
    try:
        named = submit(finding.announced, page.body, kind, page.final_url).result()
        site = submit(finding.page_title, page.body, kind).result()
        language = submit(finding.page_language, page.body, kind).result()
    except WorkerFault as fault:
        return Search(sentence=fault.detail)
    search = Search(site=site, language=language)
    for tried in (named[:_MOST_NAMED], finding.usual(page.final_url)):
        hits = list(_that_answer(app, tried))
        if hits:
            search.found = hits[0]
            search.also = [one.url for one in hits[1:] if one.why != finding.GUESSED]
            return search
    search.found = next(_in_sitemaps(app, page), None)
    if search.found is None:
        listed = _read(app, page, "page")
        search.page = finding.tell(listed) if isinstance(listed, ParsedFeed) else None
        search.sentence = f"{_words(made)} It names no feed, and none is where feeds usually are."
    return search


def _of_sitemap(app: _Means, answer: Fetched) -> Search:
    made = _read(app, answer, "news-sitemap")
    found = _found(answer, "news-sitemap", "it is a sitemap", made)
    if found is None:
        found = next(_followed(app, answer, "its index names it"), None)
    return _search(found, made)


def _in_sitemaps(app: _Means, page: Fetched) -> Iterator[Found]:
    (robots,) = _fetch(app, [finding.robots_address(page.final_url)])
    body = robots.body if isinstance(robots, Fetched) else b""
    for one in finding.sitemaps(body, page.final_url):
        (answer,) = _fetch(app, [one.url])
        if isinstance(answer, str) or not sitemap.is_sitemap(answer.body):
            continue
        made = _read(app, answer, "news-sitemap")
        found = _found(answer, "news-sitemap", "the site's sitemap", made)
        if found is not None and found.told.entries:
            yield found
        elif found is None:
            yield from _followed(app, answer, "the site's sitemap names it")


def _followed(app: _Means, index: Fetched, why: str) -> Iterator[Found]:
    """One level of an index, no deeper: the newest sitemaps it names."""
    try:
        children = app.workers.submit(sitemap.children, index.body).result()
    except WorkerFault:
        return
    for url in children[:_MOST_CHILDREN]:
        (answer,) = _fetch(app, [url])
        if isinstance(answer, Fetched):
            found = _found(answer, "news-sitemap", why, _read(app, answer, "news-sitemap"))
            if found is not None and found.told.entries:
                yield found


def _that_answer(app: _Means, tried: Iterable[Candidate]) -> Iterator[Found]:
    candidates = list(tried)
    answers = _fetch(app, [one.url for one in candidates])
    seen: set[str] = set()
    for one, answer in zip(candidates, answers, strict=True):
        if isinstance(answer, str) or str(canonical(answer.final_url)) in seen:
            continue
        found = _found(answer, one.kind, one.why, _read(app, answer, one.kind))
        # Some sites answer any address under /feed/ with a feed of nothing.
        if found is not None and (found.told.entries or one.why != finding.GUESSED):
            seen.add(str(canonical(answer.final_url)))
            yield found


def proposed(
    search: Search,
    found: Found,
    listed: Listed,
    url: str,
    *,
    links: str | None = None,
    given: Mapping[str, str | None] | None = None,
) -> Entry:
    """Return the entry for a feed that was found: ``given`` first, then what is known or told."""
    told, wanted = found.told, given or {}
    known = listed.of_host(found.url) or listed.of_host(url)
    return short(
        {
            "key": wanted.get("key") or listed.free_key(kinds.slug_of(found.url)),
            "outlet": wanted.get("outlet")
            or known.get("outlet")
            or outlet_name(search.site or told.title, url),
            "side": wanted.get("side") or known.get("side") or "world",
            "language": wanted.get("language") or told.language or search.language,
            "url": found.url,
            "kind": found.kind,
            "links": links,
            "body": "full" if told.full_text and found.kind == "rss" else None,
        }
    )


# --- asking and reading ---------------------------------------------------------------------


def _fetch(app: _Means, urls: list[str]) -> list[Fetched | str]:
    """Fetch documents side by side; for each, in order, the document or why there is none."""
    requests = [FetchRequest(key=str(at), url=url, kind="feed") for at, url in enumerate(urls)]
    answers: dict[str, Fetched | str] = {}
    for outcome in app.feed_web.fetch_all(requests, stopped=app.stopped):
        match outcome:
            case Fetched():
                answers[outcome.key] = outcome
            case FetchFailed():
                answers[outcome.key] = f"{outcome.url} could not be had: {outcome.detail}"
            case NotModified():
                answers[outcome.key] = f"{outcome.url} sent no document."
    return [answers.get(request.key, f"{request.url} was not asked.") for request in requests]


def _read(
    app: _Means, answer: Fetched, kind: str, links: str = ""
) -> ParsedFeed | Dropped | WorkerFault:
    try:
        return app.workers.submit(
            parse.parse_feed,
            answer.body,
            content_type=answer.headers.get("content-type", ""),
            base_url=answer.final_url,
            known=frozenset(),
            fetched_at=answer.fetched_at,
            kind=kind,
            links=links,
        ).result()
    except WorkerFault as fault:
        return fault


def _found(
    answer: Fetched, kind: str, why: str, made: ParsedFeed | Dropped | WorkerFault
) -> Found | None:
    if not isinstance(made, ParsedFeed):
        return None
    url = answer.permanent_url or answer.url
    return Found(url=url, kind=kind, why=why, told=finding.tell(made))


def _search(found: Found | None, made: ParsedFeed | Dropped | WorkerFault) -> Search:
    return Search(found=found, sentence="" if found else _words(made))


def _words(made: ParsedFeed | Dropped | WorkerFault) -> str:
    return "" if isinstance(made, ParsedFeed) else made.detail


def _kind_of(url: str) -> str:
    return "google-news" if host(url) == GOOGLE_NEWS else "rss"
