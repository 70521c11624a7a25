"""The team's own texts: read, cleaned, compared with what is there, shown, and then kept.

    files ──▶ pieces ──▶ offers (read in a limited child) ──▶ twins ──▶ lines of the store

An offer shows everything before anything is kept: what is kept, what is cut and why, where title
and date come from, and what is here already. The command line and the desk make their offers here.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from monitor.edge.worker import WorkerFault, Workers
from monitor.inquiry.opening import opened
from monitor.model import Dropped, Fingerprints
from monitor.stages import dedupe
from monitor.stages.dating import read_date
from monitor.stages.documents import Document, Passage, Reference, Said, kept, words_of
from monitor.stages.urls import canonical
from store import imports, twins
from store.brought import Held, How, Line, Outcome, Source
from store.db import Db
from store.learned import Label
from store.types import Candidate
from store.whereabouts import addresses

FEWEST_WORDS = 20
Choice = Literal["skip", "version", "link", "keep"]
"""What becomes of a text that is here already: left; kept beside it; only noted beside it; kept
although it is alike, as a text of its own."""
_LANGUAGE = 3  # letters at most
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One file, or one entry of a list of references, before it is read.

    ``otherwise`` gives what stands in for it where it cannot be read. ``passed``: it is no file but
    tells, in ``refused``, what of a folder or an archive is not read.
    """

    file: str
    body: bytes = b""
    reference: Reference | None = None
    refused: str = ""
    otherwise: Callable[[], Piece] | None = None
    passed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """A text that is here already and is the same, nearly the same, or of the same address."""

    id: str
    title: str
    outlet: str
    at: datetime | None
    relevant: bool | None
    how: How
    similarity: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A text as it would be kept, with all that was cut and all that is said of it.

    ``refused``, when it is not empty, says why nothing can be kept. ``said`` tells of title,
    author, outlet, date, language and address what the file wrote and where, the trusted first.
    """

    file: str
    sha256: str
    kind: str = ""
    title: str = ""
    body: str = ""
    outlet: str = ""
    author: str = ""
    language: str | None = None
    url: str | None = None
    published_at: datetime | None = None
    said: tuple[Said, ...] = ()
    passages: tuple[Passage, ...] = ()
    joined: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    words_before: int = 0
    words_after: int = 0
    twins: tuple[Twin, ...] = ()
    refused: str = ""

    @property
    def cut(self) -> Mapping[str, int]:
        """How many passages of each kind are cut."""
        return dict(Counter(passage.cut for passage in self.passages if passage.cut))

    def told(self, about: str) -> Said | None:
        """What the file says of one thing, where it was believed."""
        return next((said for said in self.said if said.about == about), None)


# --- reading --------------------------------------------------------------------------------


def offer(piece: Piece, workers: Workers, now: datetime) -> Offer:
    """Return what a piece offers; a file that cannot be read says why in ``refused``.

    Where something stands in for such a file, that is offered, with a note that says so.
    """
    made = _offer(piece, workers, now)
    if not made.refused or piece.otherwise is None:
        return made
    instead = offer(piece.otherwise(), workers, now)
    if instead.refused:
        return replace(made, refused=f"{made.refused}; {instead.refused}")
    return replace(instead, notes=(f"{made.file} was refused: {made.refused}", *instead.notes))


def _offer(piece: Piece, workers: Workers, now: datetime) -> Offer:
    # A name in another encoding than this system's holds what is no letter, and nothing takes it.
    piece = replace(piece, file=_lettered(piece.file), refused=_lettered(piece.refused))
    digest = hashlib.sha256(piece.body).hexdigest()
    if piece.refused:
        return Offer(file=piece.file, sha256=digest, refused=piece.refused)
    found = _read(piece, workers, now)
    if isinstance(found, str):
        return Offer(file=piece.file, sha256=digest, refused=found)
    return _of_document(found, piece, digest, now)


def _lettered(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()


def _read(piece: Piece, workers: Workers, now: datetime) -> Document | str:
    """The document of a piece; an abstract stands in for a text that is not there."""
    reference = piece.reference
    if reference is not None and not piece.body:
        lines = (line for line in reference.abstract.split("\n") if line.strip())
        passages = tuple(Passage(text=line) for line in lines)
        return Document(kind="abstract", passages=passages, notes=("the abstract alone",))
    try:
        found = workers.submit(opened, piece.body, piece.file, now).result()
    except WorkerFault as fault:
        return f"reading it was stopped: {fault.detail}"
    return (found.detail or found.reason.value) if isinstance(found, Dropped) else found


def _of_document(found: Document, piece: Piece, digest: str, now: datetime) -> Offer:
    said = (*(piece.reference.said if piece.reference else ()), *found.said)
    title = _first(said, "title")
    passages = _below(title, found.passages)
    body = kept(passages).strip()
    dated = _dated(said, now)
    made = Offer(
        file=piece.file,
        sha256=digest,
        kind=found.kind,
        title=title,
        body=body,
        outlet=_first(said, "outlet")[:120],
        author=_first(said, "author"),
        language=_language(said),
        url=_url(_first(said, "url")),
        published_at=dated[0] if dated else None,
        said=_with_date_first(said, dated[1] if dated else None),
        passages=passages,
        joined=found.joined,
        notes=found.notes,
        words_before=words_of(found.passages),
        words_after=len(body.split()),
    )
    if made.words_after < FEWEST_WORDS:
        why = f"too short to learn from (fewer than {FEWEST_WORDS} words)"
        if piece.reference is not None and not piece.body and not body:
            why = "it has neither a file nor an abstract"
        return replace(made, refused=why)
    return made


def _below(title: str, passages: tuple[Passage, ...]) -> tuple[Passage, ...]:
    """The passages, the title marked where it stands once more above the text."""
    first = next((n for n, passage in enumerate(passages) if not passage.cut), None)
    if first is None or not title or passages[first].text.casefold() != title.casefold():
        return passages
    again = replace(passages[first], cut="title")
    return (*passages[:first], again, *passages[first + 1 :])


def _first(said: Sequence[Said], about: str) -> str:
    return next((one.text for one in said if one.about == about), "")


def _dated(said: Sequence[Said], now: datetime) -> tuple[datetime, Said] | None:
    """The first date that can be read and lies neither ahead nor before there were such texts."""
    for one in said:
        if one.about == "published":
            found = read_date(one.text, near=now)
            if found and _EARLIEST <= found[0] <= now:
                return found[0], one
    return None


def _with_date_first(said: tuple[Said, ...], believed: Said | None) -> tuple[Said, ...]:
    return said if believed is None else (believed, *(one for one in said if one is not believed))


def _language(said: Sequence[Said]) -> str | None:
    """What its words say, where they are plain; else what the file declares."""
    declared = [one for one in said if one.about == "language"]
    own = [one for one in declared if one.place == "its words"]
    for one in [*own, *declared]:
        code = one.text.strip().lower().replace("_", "-").partition("-")[0]
        if code.isascii() and code.isalpha() and 2 <= len(code) <= _LANGUAGE:
            return code
    return None


def _url(text: str) -> str | None:
    """An address that leads somewhere; blanks in it are written as they are sent."""
    if not text.lower().startswith(("http://", "https://")) or len(text) > 2000:
        return None
    return text.replace(" ", "%20") if _address(text) else None


# --- twins ----------------------------------------------------------------------------------


def with_twins(db: Db, made: Offer) -> Offer:
    """Return the offer with what is here already: the same text, near copies, the same address."""
    if made.refused:
        return made
    prints = dedupe.fingerprint(made.title, made.body)
    address = _address(made.url)
    near = list(addresses(address)) if address else []
    held = twins.held_like(
        db, text_hash=prints.text_hash, sketch=prints.sketch, addresses=near
    )  # fmt: skip
    own = name_of(made)
    found = [_twin(one, prints, near, same=one.id == own) for one in held]
    order = {"same_text": 0, "near_text": 1, "same_url": 2}
    told = sorted((t for t in found if t), key=lambda t: (order[t.how], -t.similarity, t.id))
    return replace(made, twins=tuple(told))


def _address(url: str | None) -> str | None:
    found = canonical(url) if url else None
    return None if found is None or isinstance(found, Dropped) else str(found)


def _twin(held: Held, prints: Fingerprints, near: Sequence[str], *, same: bool) -> Twin | None:
    how: How
    if same or (held.text_hash and held.text_hash == prints.text_hash):
        how, alike = "same_text", 1.0
    else:
        copy = dedupe.copy_of(prints, [_candidate(held)])
        if copy is not None:
            how, alike = "near_text", copy.similarity
        elif held.canonical_url and held.canonical_url in near:
            how, alike = "same_url", 0.0
        else:
            return None
    return Twin(
        id=held.id, title=held.title, outlet=held.outlet, at=held.at, relevant=held.relevant,
        how=how, similarity=alike,
    )  # fmt: skip


def _candidate(held: Held) -> Candidate:
    return Candidate(
        article=1, text_hash=held.text_hash, title_key=held.title_key, sketch=held.sketch,
        first_seen_at=held.at or _EARLIEST,
    )  # fmt: skip


_HOW = {
    "same_text": "the same text as",
    "near_text": "nearly the same text as",
    "same_url": "the same address as",
}


def twin_sentence(twin: Twin) -> str:
    """Return which text is here already: "the same text as article 812, Dawn, 3 March 2026"."""
    kind, _, number = twin.id.partition(":")
    named = f"article {number}" if kind == "article" else f"the import “{twin.title[:80]}”"
    day = f"{twin.at.day} {twin.at:%B %Y}" if twin.at else ""
    stands = {True: "accepted", False: "not relevant", None: "not decided"}[twin.relevant]
    return ", ".join(
        part for part in (f"{_HOW[twin.how]} {named}", twin.outlet, day, stands) if part
    )


def conflict(made: Offer, *, relevant: bool) -> str:
    """Return a sentence where the same text stands under the opposite label; "": it does not.

    A text that brings a label with it, as this program's exports do, is held against that too.
    """
    label = "relevant" if relevant else "not relevant"
    for twin in made.twins:
        if twin.how != "same_url" and twin.relevant is not None and twin.relevant != relevant:
            here = "accepted" if twin.relevant else "not relevant"
            return f"it would come in as {label}, and {twin.id.replace(':', ' ')} stands as {here}"
    own = made.told("label")
    if own is not None and own.text.replace("_", " ") == _OPPOSITE[relevant]:
        return f"it would come in as {label}, and its own {own.place} says {own.text}"
    return ""


_OPPOSITE = {True: "not relevant", False: "relevant"}


# --- keeping --------------------------------------------------------------------------------


def name_of(made: Offer) -> str:
    """Return the id of the text: the same title and text are the same import."""
    return "import:" + hashlib.sha256(f"{made.title}\0{made.body}".encode()).hexdigest()[:16]


def line(
    made: Offer, *, relevant: bool, by: str, now: datetime, choice: Choice = "skip",
    many: bool = False,
) -> Line:  # fmt: skip
    """Return the line of the store that keeps an offer, or says why it is left.

    A text that is here already is left unless ``choice`` says otherwise. Where the choice was made
    for ``many`` at once, one under the opposite label is left whatever it is: people must decide
    it. The very same import is never kept twice, and its label stays as it is.
    """
    if made.refused:
        return _line(made, "refused", made.refused)
    own = next((twin for twin in made.twins if twin.id == name_of(made)), None)
    twin = own or (made.twins[0] if made.twins else None)
    said = twin_sentence(twin) if twin else ""
    same_as = twin.id if twin else ""
    against = conflict(made, relevant=relevant)
    if own is not None and not against:
        return _line(made, "known", said, same_as=same_as)
    if against and (own is not None or many or (twin is not None and choice == "skip")):
        why = "take that import back first, if it is wrong" if own else "decide it on the desk"
        told = "; ".join(filter(None, (said, f"{against}: {why}")))
        return _line(made, "left", told, same_as=same_as)
    label = _label(made, relevant=relevant, by=by, now=now)
    if twin is None or choice == "keep":
        return _line(made, "kept", "", label=label)
    if choice == "version":
        return _line(made, "version", said, label=label, same_as=same_as)
    return _line(made, "linked" if choice == "link" else "left", said, same_as=same_as)


def _line(
    made: Offer, outcome: Outcome, why: str, label: Label | None = None, same_as: str = ""
) -> Line:
    return Line(
        file=made.file, sha256=made.sha256, title=made.title, outcome=outcome, why=why,
        label=label, source=source(made) if label else Source(), same_as=same_as,
        words_before=made.words_before, words_after=made.words_after, cut=made.cut,
    )  # fmt: skip


def _label(made: Offer, *, relevant: bool, by: str, now: datetime) -> Label:
    return Label(
        id=name_of(made), title=made.title, body=made.body, outlet=made.outlet,
        language=made.language, side=None, relevant=relevant, origin="import", by=by, at=now,
        url=made.url, published_at=made.published_at,
    )  # fmt: skip


def source(made: Offer) -> Source:
    """Return where a text comes from and what makes it comparable."""
    prints = dedupe.fingerprint(made.title, made.body)
    dated = made.told("published") if made.published_at else None
    return Source(
        author=made.author,
        published_original=dated.text if dated else "",
        published_source=dated.place if dated else "",
        canonical_url=_address(made.url),
        text_hash=prints.text_hash,
        title_key=prints.title_key,
        sketch=prints.sketch,
    )


def catch_up(db: Db) -> int:
    """Make the imports from before comparable, and those that came with an export; count them."""
    done = 0
    while bare := imports.bare(db, 100):
        imports.put_source(db, [(one.id, _bare_source(one)) for one in bare])
        done += len(bare)
    return done


def _bare_source(one: Label) -> Source:
    prints = dedupe.fingerprint(one.title, one.body)
    return Source(
        text_hash=prints.text_hash, title_key=prints.title_key, sketch=prints.sketch,
        canonical_url=_address(one.url),
    )  # fmt: skip


def shown(passages: Sequence[Passage]) -> Iterator[tuple[str, list[str]]]:
    """Yield the cut passages by why they are cut, each line once with how often it stood there."""
    kinds = dict.fromkeys(passage.cut for passage in passages if passage.cut)
    for cut in kinds:
        lines = Counter(passage.text for passage in passages if passage.cut == cut)
        yield cut, [f"{text} (×{times})" if times > 1 else text for text, times in lines.items()]
