"""Verdicts explained and come to again: from the record, the same model, the same text.

A record that cannot be repeated says why: another lexicon is installed, the text is no longer kept,
the model is gone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from classifiers import artifact as artifacts
from classifiers import registry
from classifiers.pack import NO_TEAM
from classifiers.telling import (
    Account,
    Line,
    Share,
    account_of,
    level_words,
    read_evidence,
    sum_words,
)
from classifiers.types import Classifier, Contribution, Evidence, Text, Verdict
from monitor.articles.records import given_again
from monitor.inquiry.setting import Bench, Setting
from monitor.stages import dedupe
from store import articles, judged
from store.db import Db
from store.inquiry import Judged, Teacher
from store.types import ArticleVersion

SAME = 1e-9


# --- a verdict told -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A verdict with all that is known of how it came about."""

    record: Judged
    account: Account
    teachers: Mapping[str, Teacher]
    answers: tuple[int, int]  # accepted and rejected so far

    @property
    def level(self) -> str:
        """What the score may be read as."""
        return level_words(self.record.calibrated, self.answers)

    @property
    def total(self) -> str:
        """The sum in a sentence."""
        return sum_words(self.account)

    def because(self, line: Line) -> tuple[Because, ...]:
        """Return the decisions that taught a term, those that spoke with it first."""
        return because(line, self.teachers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """Decisions that taught a term: "because you rejected these three".

    A learnt word is there because of them; a figure of the topic pack was only moved by them.
    """

    lead: str  # "because you rejected", "though you accepted", "lowered since you rejected"
    verb: str  # "accepted", "rejected", or "decided on" where the model did not keep which
    lessons: tuple[tuple[Teacher, float | None], ...]  # with its part of the teaching

    @property
    def these(self) -> str:
        """How many there are: "this one", "these three"."""
        many = len(self.lessons)
        names = ("no one", "this one", "these two", "these three", "these four", "these five")
        return names[many] if many < len(names) else f"these {many}"


def because(line: Line, teachers: Mapping[str, Teacher]) -> tuple[Because, ...]:
    """Return what taught a term, those that spoke with it first."""
    groups: dict[str, list[tuple[Teacher, float | None]]] = {}
    for share in line.taught:
        teacher = teachers.get(share.example) or _forgotten(share)
        answer = teacher.relevant if share.relevant is None else share.relevant
        verb = "decided on" if answer is None else "accepted" if answer else "rejected"
        groups.setdefault(verb, []).append((teacher, share.share))
    usual = "accepted" if line.weight >= 0 else "rejected"
    found = [
        Because(lead=_lead(line, verb, usual), verb=verb, lessons=tuple(taught))
        for verb, taught in groups.items()
    ]
    return tuple(sorted(found, key=lambda one: one.verb != usual))


def _lead(line: Line, verb: str, usual: str) -> str:
    if line.feature.startswith("word:"):
        return f"{'because' if verb == usual else 'though'} you {verb}"
    moved = {"accepted": "raised", "rejected": "lowered"}.get(verb, "moved")
    return f"{moved} since you {verb}"


def _forgotten(share: Share) -> Teacher:
    """An example that is no longer held: a seed of the pack, or a text since taken out."""
    title = share.title or "(no longer held)"
    return Teacher(id=share.example, title=title, outlet="", relevant=None, by="", at=None)


def explained(db: Db, record: Judged, *, names: tuple[str, ...] = ()) -> Explanation:
    """Tell a stored verdict, in the words of the text it was given on where that is kept."""
    row, text = articles.get(db, record.article), version_of(db, record)
    title = text.title if text else row.title if row else ""
    account = account_of(
        read_evidence(record.evidence),
        score=record.score,
        calibrated=record.calibrated,
        title=title,
        body=text.body if text else "",
        names=names,
        params=_params(judged.artifact_of(db, record.model) or ""),
    )
    taught = {share.example for line in account.lines for share in line.taught}
    return Explanation(
        record=record,
        account=account,
        teachers=judged.teachers(db, sorted(taught)),
        answers=judged.answers(db),
    )


@lru_cache(maxsize=2)
def _params(artifact: str) -> Mapping[str, Any]:
    """What a model keeps, to be told; nothing is judged with it, so no hash is checked.

    Remembered, because reading it takes some 20 ms and every story shown asks for the live one's.
    """
    try:
        found = json.loads(artifact)["params"]
    except (ValueError, TypeError, KeyError):
        return {}
    return found if isinstance(found, dict) else {}


def version_of(db: Db, record: Judged) -> ArticleVersion | None:
    """Return the text a verdict was given on; None where that version is not kept."""
    found = articles.versions(db, record.article)
    return next((text for text in found if text.version == record.version), None)


# --- the same again -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A verdict come to again. ``same`` means: every figure, word and strand of it.

    ``differences`` name all that is not as it was, in sentences. ``verdict`` is None where it could
    not be come to again.
    """

    same: bool
    differences: tuple[str, ...]
    verdict: Verdict | None = None

    @property
    def told(self) -> str:
        """How it went, in a sentence."""
        if self.same:
            return "Judged again from the record, it is the same to the last figure."
        if self.verdict is None:
            return "It cannot be judged again from the record."
        return "Judged again from the record, it is not the same."


def replayed(db: Db, record: Judged, bench: Bench, setting: Setting | None = None) -> Replay:
    """Judge again as it was judged then: the same model, text and team; name what is not so.

    ``setting`` is that of then, where the caller has read it already.
    """
    setting = setting or bench.setting(db, record.judged_at)
    judge, gone = _judge(db, record, setting)
    text, doubts = _text(db, record)
    around = [*([gone] if gone else []), *doubts, *_team_moved(record, setting)]
    if judge is None or text is None:
        return Replay(same=False, differences=tuple(around))
    try:
        (verdict,) = judge.judge([text])
    except Exception as error:  # noqa: BLE001 - whatever breaks it, the answer is that it broke
        broke = f"the judgement breaks on it: {type(error).__name__}"
        return Replay(same=False, differences=(*around, broke))
    if verdict.lexicon != record.lexicon:
        around.append(f"the lexicon was {record.lexicon}, installed is {verdict.lexicon}")
    figures = list(_figures(record, verdict))
    return Replay(same=not figures, differences=(*around, *figures), verdict=verdict)


def _judge(db: Db, record: Judged, setting: Setting) -> tuple[Classifier | None, str]:
    """What judged then, with the team of now; or why there is none."""
    name = record.model.partition("+")[0]
    kept = judged.artifact_of(db, name)
    topic, team = setting.topic, setting.team
    try:
        if kept is not None:
            return registry.load(artifacts.loads(kept), topic=topic, team=team), ""
        plain = registry.load(None, topic=topic)
        cold = plain.model
        if cold == name:
            return plain if team == NO_TEAM else registry.load(None, topic=topic, team=team), ""
    except (artifacts.ArtifactError, OSError, KeyError, ValueError) as error:
        return None, f"the model cannot be read: {error}"
    return None, f"the model {name} is no longer there (the cold start of today is {cold})"


def _team_moved(record: Judged, setting: Setting) -> Iterator[str]:
    then, now = record.model.partition("+")[2], setting.team.id
    if then != now:
        yield (
            f"the team's switches and names of then ({then or 'none'}) cannot be put together again"
            f" (feeds.yaml and the desk's history give {now or 'none'}): the file was edited since"
        )


def _text(db: Db, record: Judged) -> tuple[Text | None, list[str]]:
    """The text as the judge was given it, or why it cannot be; and what is doubtful about it."""
    row, kept = articles.get(db, record.article), version_of(db, record)
    if row is None or kept is None:
        return None, [f"version {record.version} of the text is no longer kept"]
    if not kept.body and kept.text_hash != dedupe.fingerprint(kept.title, "").text_hash:
        return None, ["the text was forgotten, as the settings ask; its headline is kept"]
    doubts = []
    if record.text_hash and record.text_hash != kept.text_hash:
        doubts.append(f"a later edit took the place of version {record.version} of the text")
    if not record.given:
        doubts.append("what the judge knew of the outlet was not recorded; today's is taken")
    today = Text(
        title=kept.title, body=kept.body, outlet=row.outlet, language=row.language, side=row.side
    )
    return given_again(record.given, title=kept.title, body=kept.body, otherwise=today), doubts


def _figures(record: Judged, verdict: Verdict) -> Iterator[str]:
    """Every figure, word and strand that came out otherwise."""
    if abs(record.score - verdict.score) > SAME:
        yield f"the score was {record.score:.6f} and is {verdict.score:.6f}"
    if record.calibrated is not None and record.calibrated != verdict.calibrated:
        yield f"it {'was' if record.calibrated else 'was not'} calibrated, and now the other way"
    if record.topics != verdict.topics:
        then, now = (", ".join(t) or "none" for t in (record.topics, verdict.topics))
        yield f"the strands were {then} and are {now}"
    yield from _terms(read_evidence(record.evidence), verdict.evidence)


def _terms(then: Evidence, now: Evidence) -> Iterator[str]:
    before = {c.feature: c for c in then.contributions}
    after = {c.feature: c for c in now.contributions}
    for feature in dict.fromkeys([*before, *after]):
        yield from _term(before.get(feature), after.get(feature))
    if [(m.text, m.part, m.start) for m in then.ignored] != [
        (m.text, m.part, m.start) for m in now.ignored
    ]:
        yield "other words were seen and not counted"


def _term(then: Contribution | None, now: Contribution | None) -> Iterator[str]:
    if then is None or now is None:
        only = then or now
        assert only is not None  # noqa: S101 - the name came from one of them
        yield f"“{only.label}” ({only.weight:+.3f}) {'is gone' if then else 'is new'}"
    elif abs(then.weight - now.weight) > SAME:
        yield f"“{then.label}” was {then.weight:+.4f} and is {now.weight:+.4f}"
    elif [(m.part, m.start, m.end) for m in then.matches] != [
        (m.part, m.start, m.end) for m in now.matches
    ]:
        yield f"“{then.label}” was found in other words"
