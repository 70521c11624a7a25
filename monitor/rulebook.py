"""The alert rules of this tick: words of feeds.yaml and names of the lexicon, ready to match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from classifiers.lexicon import Lexicon
from classifiers.words import fold_with_map
from monitor.config.kinds import Term
from monitor.config.shape import Alert
from monitor.edge.render import render_alert
from monitor.stages import compose, match
from monitor.told import AlertHit, Rule
from store.messages import Outgoing
from store.types import Unjudged


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """Rules ready to match, and how a hit becomes a message.

    ``guarded`` are the concepts a rule names, by rule: a spelling that means other things too
    (TTP is a blood disease as well) counts only where the lexicon's guards let it.
    """

    rules: match.CompiledRules
    channels: Mapping[str, tuple[str, ...]]
    guarded: Mapping[str, frozenset[str]]
    lexicon: Lexicon
    time_zone: str
    desk_url: str | None

    def alerts(self, item: Unjudged, score: float | None, now: datetime) -> list[Outgoing]:
        """Return a message for every rule that meets the text and every channel of that rule."""
        by_rule: dict[str, list[AlertHit]] = {}
        for hit in self.hits(item, score):
            by_rule.setdefault(hit.rule, []).append(hit)
        return [
            message
            for rule, hits in by_rule.items()
            for message in self._messages(hits, item, self.channels.get(rule, ()), now)
        ]

    def hits(self, item: Unjudged, score: float | None) -> list[AlertHit]:
        """Return where the rules meet the text, guards obeyed, the outlet's boilerplate unread."""
        lead, body = self._parts(item)
        found = match.find(
            self.rules, title=item.title, lead=lead, body=body, outlet=item.outlet,
            score=score, fold=fold_with_map, side=item.side,
        )  # fmt: skip
        return [hit for hit in found if self._is_meant(hit, item)] if found else []

    def _parts(self, item: Unjudged) -> tuple[str, str]:
        """The lead and the rest, blank where other stories stand; places stay their places."""
        said = _blanked(item.body, [(a, b) for a, b, articles in item.repeated if not articles])
        lead, _ = match.split_lead(said)
        rest = _blanked(said, [(a, b) for a, b, _ in item.repeated])
        return lead, rest[len(lead) :]

    def _is_meant(self, hit: AlertHit, item: Unjudged) -> bool:
        named = self.guarded.get(hit.rule)
        if not named:
            return True
        lead, body = self._parts(item)
        counted, ignored = self.lexicon.find(
            {"title": item.title, "lead": lead, "body": body}, side=item.side
        )
        if any(found.concept in named for found in counted):
            return True
        return not any(
            trap.part == hit.part and trap.start < hit.end and hit.start < trap.end
            for trap in ignored
        )

    def _messages(
        self, hits: Sequence[AlertHit], item: Unjudged, channels: Sequence[str], now: datetime
    ) -> list[Outgoing]:
        alert = compose.alert(hits, item, created_at=now, time_zone=self.time_zone)
        rendered = render_alert(alert, desk_url=self.desk_url)
        return [
            Outgoing(
                key=f"{alert.key}:{channel}",
                kind="alert",
                channel=channel,
                subject=rendered.subject,
                text=rendered.text,
                html=rendered.html,
                created_at=now,
                article=item.article,
                rule=alert.rule,
            )
            for channel in channels
        ]


def _blanked(body: str, stretches: Sequence[tuple[int, int]]) -> str:
    """The body with blanks for these stretches, so that every place stays its place."""
    for start, end in stretches:
        body = f"{body[:start]}{' ' * (end - start)}{body[end:]}"
    return body


def make_rulebook(
    rules: Sequence[Alert],
    lexicon: Lexicon,
    *,
    ways: Mapping[str, tuple[str, ...]],
    time_zone: str,
    desk_url: str | None,
) -> Rulebook:
    """Return the enabled rules, ready. A rule that cannot be matched was refused by the settings.

    Raises:
        KeyError: a rule names a concept the lexicon does not have.
    """
    live = [rule for rule in rules if rule.enabled]
    return Rulebook(
        rules=match.compile_rules([_rule(rule, lexicon) for rule in live]),
        channels={
            rule.name: tuple(way for name in rule.channels for way in ways.get(name, ()))
            for rule in live
        },
        guarded={rule.name: _named(rule, lexicon) for rule in live},
        lexicon=lexicon,
        time_zone=time_zone,
        desk_url=desk_url,
    )


def _rule(rule: Alert, lexicon: Lexicon) -> Rule:
    any_of = tuple(_pattern(term, lexicon) for term in rule.any_of)
    all_of = tuple(_pattern(term, lexicon) for term in rule.all_of)
    typed = (rule.pattern,) if rule.pattern else ()
    scored = (r"\S+",) if not (any_of or all_of or typed) else ()  # by score alone
    return Rule(
        name=rule.name,
        any_of=any_of or scored,
        all_of=(*all_of, *typed),
        none_of=tuple(_pattern(term, lexicon) for term in rule.none_of),
        parts=rule.parts,
        outlets=rule.outlets,
        minimum_score=rule.minimum_score,
        channels=rule.channels,
        sides=rule.sides,
    )


def _pattern(term: Term, lexicon: Lexicon) -> str:
    if not term.concept:
        return match.word_pattern(term.text, fold_with_map)
    return match.words_pattern(lexicon.aliases(term.text), fold_with_map)


def _named(rule: Alert, lexicon: Lexicon) -> frozenset[str]:
    """The ids of the concepts a rule looks for."""
    spelled = [term.text for term in (*rule.any_of, *rule.all_of) if term.concept]
    return frozenset(lexicon.id_of(name) for name in spelled)
