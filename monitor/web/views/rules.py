"""Alert rules: which stand, how they fare, and writing one that is tried before it is kept."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.responses import Response

from monitor.alerts.rulebook import tree_of
from monitor.config.shape import Alert
from monitor.inquiry.standing import Office, Standing
from monitor.inquiry.suggesting import Suggestion
from monitor.inquiry.trying import CHOICES, Caught, Share, Tried, drafted
from monitor.stages import match, trusting
from monitor.stages.compose.excerpt import explained
from monitor.told import AlertHit
from monitor.web import rulewriting
from monitor.web.asked_rule import of_search
from monitor.web.desk import Visit, go, not_found
from monitor.web.marks import Piece
from monitor.web.overlay import office_of, record, record_whole
from monitor.web.routing import act, page
from monitor.web.rulewriting import Draft
from store import changes, pairs, trust
from store.desk import RuleTrust
from store.types import Answer
from store.upkeep import Change

_ONE: Final = threading.Lock()  # trying reads some thousand texts: one at a time is enough
_PATIENCE: Final = 20.0  # seconds
_NAMELESS: Final = "A rule whose name is wrong"
_CHANGED: Final = "The rule was changed since it was tried; this is what it would have caught now."


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A rule as listed. ``line``: where feeds.yaml has it, None for one written on the desk."""

    rule: Alert
    line: int | None
    change: Change | None
    trust: RuleTrust
    share: Share

    @property
    def noisy(self) -> bool:
        """True when most of what it sends is decided not to be ours."""
        return self.rule.enabled and bool(self.nudge)

    @property
    def nudge(self) -> str:
        """What is to be said of it, or nothing."""
        return trusting.nudge(self.trust)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An article the rule would have caught, the matched words marked."""

    article: int
    title: tuple[Piece, ...]
    passage: tuple[Piece, ...]
    caught: Caught
    decision: Answer | None
    named: tuple[str, ...] = ()  # what was met in another script, with its English name


def lines_of(visit: Visit, standing: Standing) -> list[Line]:
    """Return every rule with how it fares, those in force first."""
    names = [rule.name for rule in standing.settings.rules]
    fired = trust.of_rules(visit.db, names, visit.now)
    changed = {change.path: change for change in changes.changes(visit.db)}
    found = [_line(rule, standing, fired, changed) for rule in standing.settings.rules]
    return sorted(found, key=lambda one: (not one.rule.enabled, one.rule.name.casefold()))


def _line(
    rule: Alert, standing: Standing, fired: Mapping[str, RuleTrust], changed: Mapping[str, Change]
) -> Line:
    fared = fired[rule.name]
    own = [changed.get(path) for path in (_path(rule.name), f"{_path(rule.name)}.enabled")]
    newest = max((one for one in own if one), key=lambda one: one.id, default=None)
    return Line(
        rule=rule,
        line=standing.rules.get(rule.name),
        change=newest,
        trust=fared,
        share=Share(relevant=fared.relevant, decided=fared.judged),
    )


def _path(name: str) -> str:
    return f"alerts.{name}"


# --- pages ----------------------------------------------------------------------------------


def listed(visit: Visit) -> Response:
    """Show every rule, and the form of a new one, filled in from a saved search where asked."""
    office = visit.desk.office
    if office is None:
        return visit.page(
            "rules.html", lines=None, prefilled=False, done="", **_form(visit, None, Draft())
        )
    query = visit.request.query_params
    draft = of_search(
        visit.asked("words"),
        query.getlist("outlet")[:200],
        query.getlist("side")[:20],
        topic=visit.asked("topic")[:80],
        spell=None if query.get("as_typed") else visit.desk.spell(),
        named=lambda typed: _concepts(office, typed),
    )
    standing = office.standing(visit.db)
    return visit.page(
        "rules.html",
        lines=lines_of(visit, standing),
        prefilled=bool(draft.when or draft.any_of or draft.all_of or draft.outlets),
        done=visit.asked("done"),
        **_form(visit, standing, draft),
    )


def _concepts(office: Office, typed: Sequence[str]) -> dict[str, str]:
    """The concept of each word that is a name of several spellings."""
    found = office.suggest(drafted({"name": "-", "any": list(typed)}))
    return {one.word: one.concept for one in found}


def one(visit: Visit) -> Response:
    """Show one rule: what it asks, how it fares, its versions; and the form to edit it."""
    standing, line = _known(visit)
    name, draft = line.rule.name, rulewriting.of_rule(line.rule)
    ours = line.line is None  # one of the file is read here, and at most copied
    past = [*changes.of_path(visit.db, _path(name)), *changes.below(visit.db, _path(name))]
    return visit.page(
        "rule.html",
        line=line,
        spelled=rulewriting.spelled,
        says=rulewriting.runs(line.rule.when or ""),
        versions=[_version(change) for change in sorted(past, key=lambda one: -one.id)],
        file=standing.file,
        done=visit.asked("done"),
        **_form(visit, standing, draft if ours else replace(draft, name=""), editing=name * ours),
    )


def _version(change: Change) -> tuple[Change, str, list[str]]:
    """A change of a rule, what it did in a word, and the rule as it was written then."""
    value = json.loads(change.value)
    if isinstance(value, dict):
        told = [f"{key}: {_said(entry)}" for key, entry in value.items()]
        return change, "wrote it", told
    does = {True: "let it go on", False: "paused it", None: "withdrew it"}
    if change.path.endswith(".enabled"):
        return change, does.get(value, "changed it") if value is not None else "let it go on", []
    return change, "withdrew it", []


def _said(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _form(
    visit: Visit,
    standing: Standing | None,
    draft: Draft,
    *,
    editing: str = "",
    wrong: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Any]:
    settings = standing.settings if standing else None
    names = {spec.outlet for spec in settings.feeds} if settings else set()
    return {
        "draft": draft,
        "editing": editing,
        "wrong": wrong or {},
        "outlets": sorted(names, key=str.casefold),
        "channels": ["outbox", *(n for n in settings.channels if n != "outbox")]
        if settings
        else [],
        "sides": rulewriting.SIDES,
        "concepts": sorted(set(visit.desk.concepts.values())),
        "readers": list(settings.readers) if settings else [],
        "choices": CHOICES,
        "slip": rulewriting.slip(draft, wrong or {}),
        "available": standing is not None,
    }


# --- trying and keeping ---------------------------------------------------------------------


def tried(visit: Visit) -> Response:
    """Show what the rule in the form would have caught; nothing is kept."""
    return _tried(visit, _draft(visit))


def _tried(visit: Visit, draft: Draft, note: str = "") -> Response:
    office = office_of(visit)
    standing = office.standing(visit.db)
    editing = _editing(visit, standing)
    wrong = _wrong(visit, office, standing, draft, editing)
    found = None if wrong else _try(visit, office, draft)
    if found and found.problems:
        wrong, found = {"whole": [f"The rule {found.problems[0]}."]}, None
    return visit.page(
        "tried.html",
        status=422 if wrong else 409 if note else 200,
        found=found,
        shown=_shown(visit, found) if found else [],
        busiest=max((count for _, count in found.per_day), default=0) if found else 0,
        note=note,
        read_as=rulewriting.runs(_read_as(draft)) if found and draft.when.strip() else (),
        advice=_advice(office, draft) if found else [],
        **_form(visit, standing, draft, editing=editing, wrong=wrong),
    )


def keep(visit: Visit) -> Response:
    """Keep the rule as it was tried; one that was changed since is tried again first.

    An administrator's: a rule mails other people.
    """
    office, draft = office_of(visit), _draft(visit)
    standing = office.standing(visit.db)
    editing = _editing(visit, standing)
    if _wrong(visit, office, standing, draft, editing):
        return _tried(visit, draft)
    if visit.form.get("tried") != draft.mark:
        return _tried(visit, draft, _CHANGED)
    entry = draft.entry()
    name = entry.pop("name")
    record(visit, _path(name), entry)
    return go(f"/settings/rule/{quote(name, safe='')}", done="kept")


def change(visit: Visit) -> Response:
    """Pause a rule, let it go on, or withdraw one that was written on the desk."""
    _standing, line = _known(visit)
    name, does = line.rule.name, visit.form.get("do", "")
    if does in {"pause", "resume"}:
        record(visit, f"{_path(name)}.enabled", does == "resume")
        return go(f"/settings/rule/{quote(name, safe='')}", done=does)
    if does != "withdraw" or line.line is not None:
        not_found("A rule of the desk can be paused, resumed or withdrawn; one of the file paused.")
    record_whole(visit, _path(name), None)
    return go("/settings/rules", done="withdrawn")


# --- what the form says ---------------------------------------------------------------------


def _draft(visit: Visit) -> Draft:
    by_label = {label.casefold(): concept for concept, label in visit.desk.concepts.items()}
    draft = rulewriting.of_form(
        visit.form, lambda said: by_label.get(said.casefold(), said.removeprefix("concept:"))
    )
    editing = visit.form.get("editing", "")
    return replace(draft, name=editing) if editing else draft


def _editing(visit: Visit, standing: Standing) -> str:
    """The name of the rule that is edited; one of the file is never edited here."""
    name = visit.form.get("editing", "")
    if name and (standing.rule(name) is None or name in standing.rules):
        not_found("The desk has no rule of that name.")
    return name


def _wrong(
    visit: Visit, office: Office, standing: Standing, draft: Draft, editing: str
) -> dict[str, list[str]]:
    wrong = rulewriting.too_much(draft)
    if wrong:
        return wrong
    entry = draft.entry()
    name = str(entry.pop("name"))
    taken = {rule.name.casefold() for rule in standing.settings.rules} - {editing.casefold()}
    named = _misnamed(name, taken)
    if named:
        wrong["name"] = [named]
    # What else is wrong is told at once, under a name that can be one.
    path = _path(_NAMELESS if named else name)
    return {**rulewriting.by_field(office.against(visit.db, {path: entry}), draft), **wrong}


def _misnamed(name: str, taken: Collection[str]) -> str:
    if not name:
        return "The rule needs a name; it stands in the subject of each message."
    if "." in name:
        return "The name has no full stop in it."
    return "There is a rule of this name already." if name.casefold() in taken else ""


def _read_as(draft: Draft) -> str:
    """The expression with every bracket, as it was understood."""
    return match.show(tree_of(drafted(draft.entry())))


def _advice(office: Office, draft: Draft) -> Sequence[Suggestion]:
    return office.suggest(drafted(draft.entry()))


def _try(visit: Visit, office: Office, draft: Draft) -> Tried:
    if not _ONE.acquire(timeout=_PATIENCE):
        raise HTTPException(503, "Another rule is being tried. Try again in a moment.")
    try:
        return office.try_rule(visit.db, drafted(draft.entry()), draft.days)
    finally:
        _ONE.release()


def _shown(visit: Visit, found: Tried) -> list[Shown]:
    """What was caught, without the first answers that are hidden from this reader."""
    numbers = [caught.item.article for caught in found.newest]
    blind = pairs.blind_among(visit.db, numbers, visit.session.by)
    return [_one_shown(visit, one, hidden=one.item.article in blind) for one in found.newest]


def _one_shown(visit: Visit, caught: Caught, *, hidden: bool) -> Shown:
    title = next((hit for hit in caught.hits if hit.part == "title"), None)
    text = next((hit for hit in caught.hits if hit.part != "title"), None)
    return Shown(
        article=caught.item.article,
        title=_marked(caught.item.title, title.start, title.end)
        if title
        else (Piece(text=caught.item.title),),
        passage=_passage(text) if text else (),
        caught=caught,
        decision=None if hidden else caught.decision,
        named=tuple(dict.fromkeys(
            said
            for hit in caught.hits
            for word in hit.words
            if (said := explained(word, visit.desk.english)) != word
        )),
    )  # fmt: skip


def _passage(hit: AlertHit) -> tuple[Piece, ...]:
    """The passage with every word marked that was met in it."""
    words = sorted(filter(None, hit.words or (hit.matched,)), key=len, reverse=True)
    if not words:
        return (Piece(text=hit.passage),)
    pieces = re.split(f"({'|'.join(map(re.escape, words))})", hit.passage)
    marked = (
        Piece(text=text, term="what the rule met" if at % 2 else None)
        for at, text in enumerate(pieces)
    )
    return tuple(piece for piece in marked if piece.text)


def _marked(text: str, start: int, end: int) -> tuple[Piece, ...]:
    pieces = (
        Piece(text=text[:start]),
        Piece(text=text[start:end], term="what the rule met"),
        Piece(text=text[end:]),
    )
    return tuple(piece for piece in pieces if piece.text)


def _known(visit: Visit) -> tuple[Standing, Line]:
    standing = office_of(visit).standing(visit.db)
    name = str(visit.request.path_params["name"])
    found = next((line for line in lines_of(visit, standing) if line.rule.name == name), None)
    if found is None:
        not_found("There is no rule of that name; it may have been withdrawn.")
        raise AssertionError
    return standing, found


ROUTES = (
    page("/settings/rules", listed),
    act("/settings/rules/try", tried, role="reviewer"),  # it changes nothing and mails nobody
    act("/settings/rules", keep, role="administrator"),
    page("/settings/rule/{name:path}", one),
    act("/settings/rule/{name:path}", change, role="administrator"),
)
