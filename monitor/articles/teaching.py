"""What a child does with what is known of a site: cut a page by it, check it, learn from a page."""

from __future__ import annotations

from codecs import BOM_UTF8
from contextlib import suppress
from functools import lru_cache

from monitor.model import ArticleText, Dropped, Fetched, Known, Taught, When
from monitor.stages import cutting, extract, screen
from monitor.stages.cutting import Cut, Lesson, Wrapper
from store.types import Pending

CUT = "wrapper"
"""How the name of the extractor of a text begins that was cut."""
AGREES = 0.9
"""Of the runs of words of both texts, for a wrapper to be right about a page."""
_REFUSED = 400  # and above, as the server answers
_TEASERS = 4  # linked headings in a text
_BRIEF, _LONG = 100, 250  # words; the longest wall or notice but one for consent has 250
_LONGEST = 1_300  # words: the screen knows no wall over 600, and half of a text may be links
_LATIN = 200  # characters
_LOOKED_AT = 4_000  # characters
_PARAGRAPH = 150  # characters of one at least
_CONSENT = (
    "cookie", "your consent", "consent to", "your data", "your device", "your privacy",
    "legitimate interest", "vendors", "zustimm", "einwillig", "traceurs", "partenaires", "socios",
    "çerez", "کوک", "رضامندی", "حریم خصوصی", "خصوصيتك", "куки", "कुकी",
)  # fmt: skip
_WALLS = (
    *_CONSENT, "subscri", "sign in", "sign up", "signed in", "log in", "login", "regist", "browser",
    "javascript", "captcha", "robot", "human", "maintenance", "not found", "404", "unavailable",
    "password", "account", "member", "premium", "trial", "privacy", "legal", "website", "abonn",
    "suscri", "anmeld",
)  # fmt: skip
_WALLS_TOO = ("your ", " page", " link", "error", "address", "article", "content")
"""What walls and notices say, and short news seldom; the second ones are no sign by themselves.
Where two stand, the screen is asked: it refused no page that has but words of the second kind."""
_NOT_PLAIN = (b"\0", b"\x1b", BOM_UTF8)  # of other encodings, or of what is no part of the page
_CHARSET_AT = 2_048  # bytes in which an encoding made of ASCII bytes is declared


@lru_cache(maxsize=512)
def _loaded(wrapper: str) -> Wrapper | None:
    return cutting.loaded(wrapper)


def by_wrapper(page: Fetched, item: Pending, known: Known) -> tuple[ArticleText, Cut] | None:
    """Return the article as a trusted wrapper cuts it from the page; None: none is sure."""
    made = _cut(page, known.trusted)
    if made is None:
        return None
    text = _text(page, item, made)
    return (text, made) if text is not None else None


def is_refused(page: Fetched, text: ArticleText, made: Cut) -> bool:
    """Return whether the screen would have none of a text that was cut.

    It is asked where it could: no wall or notice that it knows has so many words without one of
    theirs, and lists have been told by their links before.
    """
    if page.status < _REFUSED and len(made.teasers) < _TEASERS and is_prose(text.body):
        return False
    marks = screen.Page.told(page.body, links=made.links, teasers=made.teasers, data=made.says.data)
    refusal = screen.screen(
        text, body=page.body, url=page.final_url, status=page.status, page=marks
    )  # fmt: skip
    return refusal is not None


def is_prose(body: str) -> bool:
    """Whether a text is so long, or in plain words so free of those of walls, as articles are."""
    words = body.count(" ")
    if words < _BRIEF or max(map(len, body.split("\n"))) < _PARAGRAPH:
        return False
    if words >= _LONGEST:
        return True
    said = body[:_LOOKED_AT].casefold()
    if words >= _LONG:
        return not any(word in said for word in _CONSENT)
    latin = sum(map(str.isascii, body[:_LATIN])) >= 0.9 * _LATIN  # of others, few words are known
    walls = sum(word in said for word in _WALLS)
    also = walls == 1 and any(word in said for word in _WALLS_TOO)
    return latin and walls <= 1 and not also


def cut_alone(made: Cut) -> Taught:
    """Return what is noted of a page that was cut without being checked."""
    return Taught(how="cut", template=made.wrapper.container)


def lesson(page: Fetched, text: ArticleText, known: Known) -> Taught:
    """Return what a page teaches that the extractor has read: were the wrappers right about it?"""
    beside = _cut(page, (*known.trusted, *known.learning))
    if beside is None:
        taught = _learned(page, text, None) if known.learns else ""
        how = "unsure" if known.trusted else "read"
        return Taught(how=how, learned=taught, tried=known.learns)  # type: ignore[arg-type]
    likeness = _likeness(beside, text)
    agreed = likeness >= AGREES
    learning = beside.wrapper in {_loaded(one) for one in known.learning}
    wanted = learning or not agreed
    return Taught(
        how="agreed" if agreed else "disagreed",
        template=beside.wrapper.container,
        learned=_learned(page, text, beside.wrapper if agreed else None) if wanted else "",
        tried=wanted,
        likeness=round(likeness, 4),
    )


def _cut(page: Fetched, wrappers: tuple[str, ...]) -> Cut | None:
    sound = [one for one in map(_loaded, wrappers) if one is not None]
    if not sound:
        return None
    return cutting.cut(_utf8(page), page.content_type, sound)


def _utf8(page: Fetched) -> bytes:
    """The page in UTF-8; one that says so is believed, and a wrong letter shows in its text."""
    body, head = page.body, page.body[:_CHARSET_AT].lower()
    if b"utf-8" in head or (body.isascii() and b"2022" not in head):
        return body
    if not any(mark in head for mark in _NOT_PLAIN):
        with suppress(UnicodeDecodeError):
            body.decode()
            return body  # as decoding it and encoding it again would give
    told = extract.decode(body, content_type=page.headers.get("content-type", ""))
    return told.encode("utf-8", "replace")


def _text(page: Fetched, item: Pending, made: Cut) -> ArticleText | None:
    published = None
    if item.published_at is not None:
        published = When(
            at=item.published_at, original=item.published_original or "", source="feed"
        )
    return extract.told(
        made.says,
        made.body,
        places=made.places,
        extractor=f"{CUT} {made.wrapper.version} of {made.wrapper.teacher}",
        url=page.final_url,
        feed_title=item.title,
        feed_author=item.author,
        feed_published=published,
    )


def _likeness(made: Cut, text: ArticleText) -> float:
    return cutting.agreement(extract.without_title(made.body, text.title), text.body)


def _learned(page: Fetched, text: ArticleText, before: Wrapper | None) -> str:
    one = Lesson(body=_utf8(page), content_type=page.content_type, text=text)
    made = cutting.learn([one], before=before) or (cutting.learn([one]) if before else None)
    return cutting.dumped(made) if made is not None else ""


def teaches(text: ArticleText | Dropped) -> bool:
    """Return whether a text that the extractor made may be a lesson: whole and its own."""
    return isinstance(text, ArticleText) and ", cut at" not in text.extractor
