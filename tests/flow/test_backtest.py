"""What a rule would have caught is what it caught: the back-test against the live path, exactly.

Invented days are lived through with a draw of rules in force: several outlets, copies, pages that
come late, edits, boxes beside articles, a sentence that an outlet repeats, a model trained in
between. Then each rule is tried on the same days.
"""

from __future__ import annotations

import json
import random
from datetime import timedelta
from html import escape
from typing import TYPE_CHECKING, Any

import pytest

from monitor.inquiry.trying import try_rule
from monitor.stages import match
from store import firings, verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.app import App
    from tests.flow.newsroom import Handler, Installation, Newsroom, Story

SEED = 20260310
RULES = 40
OUTLETS = ("almanac", "courier", "lantern", "beacon")
CLAIMS = (
    "The Tehreek-i-Taliban Pakistan claimed an ambush on a patrol near {place} on Monday.",
    "Pakistan and the Afghan Taliban will resume talks on the TTP at {place}, {who} said.",
    "Drivers waited at {place} while the crossing stayed closed for a third day.",
    "Elders in {place} asked for the road to be reopened before the harvest.",
    "No attack was reported from {place}, the council of traders said.",
)
PLACES = ("Torkham", "Zarmina Pass", "Upper Kesra", "Sorkhab", "Chaman")
WORDS = (
    *("ambush", "patrol", "talks", "closed", "reopened", "harvest", "crossing", "drivers"),
    *("traders", "budget", "onions", "library", "elders", "clos*", "reop*", "bridge", "subscribe"),
    *('"Zarmina Pass"', '"Upper Kesra"', "Torkham", "Chaman", '"third day"', "/clos(ed|ure)/"),
    *(
        "concept:ttp",
        "concept:pakistan",
        "concept:torkham",
        "@afghanistan",
        "concept:afghan_taliban",
    ),
)
FACTS = (
    *(
        "outlet:Lantern",
        'outlet:(Almanac OR "Courier")',
        "language:en",
        "kind:report",
        "side:world",
    ),
    *(
        "topic:talks",
        "score>=0.4",
        "score<0.6",
        "NOT topic:talks",
        "NOT outlet:Beacon",
        "score>0.05",
    ),
)
TAIL = "Subscribe to the harvest letter of the {outlet} for stories of Torkham traders and drivers."
BOX = "Elders ask for talks on the onions ambush at Chaman"


def asked(draw: random.Random, depth: int = 0) -> str:
    """Return an expression drawn from words the invented days hold."""
    if depth > 2 or draw.random() < 0.35:
        return draw.choice(WORDS)
    left, right = asked(draw, depth + 1), asked(draw, depth + 1)
    near = f"NEAR({draw.choice(WORDS)}, {draw.choice(WORDS)}, {draw.choice((2, 8, 'sentence'))})"
    shapes = (
        f"({left} AND {right})",
        f"({left} OR {right})",
        f"({left} AND NOT {draw.choice(WORDS)})",
        f"({left} AND {draw.choice(FACTS)})",
        f"({left} -title:{draw.choice(WORDS)})",
        f"{draw.choice(('title', 'lead', 'body'))}:({draw.choice(WORDS)} OR {draw.choice(WORDS)})",
        near,
        f"({near} AND {left})",
    )
    return draw.choice(shapes)


def rules_drawn(draw: random.Random) -> list[dict[str, Any]]:
    """Return rules as feeds.yaml has them; some in the short form, some with filters beside."""
    made: list[dict[str, Any]] = []
    for n in range(RULES):
        rule: dict[str, Any] = {"name": f"Rule {n}", "when": asked(draw)}
        if n % 10 == 3:
            rule = {"name": f"Rule {n}", "any": ["concept:ttp", "closed"], "none": ["onions"]}
        if n % 10 == 6:
            rule["minimum_score"] = round(draw.random(), 2)
        if n % 10 == 8:
            rule["in"] = draw.choice((["title"], ["title", "lead"], ["lead", "body"]))
        if n % 10 == 9:
            rule["outlets"] = ["Lantern", "Courier"]
        made.append(rule)
    # Each trap of exactness by itself, so that none is missing from the draw.
    made += [
        {"name": "waiting", "when": "title:Torkham AND NOT topic:trade"},
        {"name": "headline", "any": ["Torkham"], "in": ["title"]},
        {"name": "letter", "any": ["subscribe"]},
        {"name": "box", "when": "body:onions AND ambush"},
        {"name": "by score", "when": "score>=0.5"},
        {"name": "unscored", "when": "Torkham AND score<0.9"},
    ]
    return made


class Days:
    """Invented days: what is published, edited and held back."""

    def __init__(self, newsroom: Newsroom, draw: random.Random) -> None:
        self.newsroom, self.draw = newsroom, draw
        self.late: list[Story] = []
        self.told: list[Story] = []

    def said(self, outlet: str) -> str:
        pick = self.draw.choice
        claims = [
            claim.format(place=pick(PLACES), who=pick(("an envoy", "Gul Bano")))
            for claim in self.draw.sample(CLAIMS, self.draw.randint(0, 3))
        ]
        return "\n".join([*claims, TAIL.format(outlet=outlet)])

    def morning(self) -> None:
        """Publish, copy, edit; some pages come late, some stand with a box of other stories."""
        draw, room = self.draw, self.newsroom
        for outlet in OUTLETS:
            for _ in range(2):
                number = draw.randint(1, 10**6)
                event = draw.choice(WORDS[:14]).strip("*").title()
                title = f"{event} at {draw.choice(PLACES)} {number}"
                story = room.publish(outlet, title, in_feed=draw.random() < 0.3)
                head, _, tail = self.said(outlet).rpartition("\n")
                story.body = f"{head}\n{story.body}\n{tail}".strip()
                story.summary = (
                    f"{draw.choice(CLAIMS).format(place=draw.choice(PLACES), who='a driver')}"
                )
                if not story.in_feed and draw.random() < 0.3:
                    room.answers[story.path] = _later
                    self.late.append(story)
                elif draw.random() < 0.3:
                    room.answers[story.path] = self._boxed(story)
                self.told.append(story)
        original = draw.choice(self.told)
        room.publish(draw.choice(OUTLETS), f"Chaman: {original.title}", body=original.body)

    def evening(self) -> None:
        """Let late pages come and edit what was told."""
        for story in self.late[::2]:
            self.newsroom.answers.pop(story.path, None)
        self.late = self.late[1::2]
        for story in self.draw.sample(self.told, 4):
            place = self.draw.choice(PLACES)
            claim = self.draw.choice(CLAIMS).format(place=place, who="an envoy")
            story.title = f"{story.title} and {place}"
            story.body = f"{claim}\n" + story.body.partition("\n")[2]

    def _boxed(self, story: Story) -> Any:
        page = self.newsroom.page(story.path) or ""
        box = "".join(f'<p>Also read: <a href="/x/{n}">{BOX} {n}</a></p>' for n in range(3))
        first, rest = page.split("</p>", 1)
        boxed = f"{first}</p>{box}{rest}"
        assert escape(BOX) in boxed
        return lambda handler: handler.say(200, boxed)


def _later(handler: Handler) -> None:
    handler.say(503, "Later.")


def live(app: App) -> set[tuple[str, int]]:
    for name in ("poll", "harvest", "judge"):
        app.run_job(name)
    with app.open_store() as db:
        return firings.pairs(db)


def lived(made_up: Any, newsroom: Newsroom, here: Installation, clock: Any) -> Any:
    """Live through the days with the rules in force; return when the middle was."""
    draw = random.Random(SEED)  # noqa: S311 - the same days on every run
    days = Days(newsroom, draw)
    rules = rules_drawn(draw)
    middle = clock.at
    days.morning()
    here.configure(alerts=rules, fetch={"deadline": 5})
    with here.app(clock) as app:
        for day in range(3):
            app.run_job("poll")
            clock.forward(minutes=4)
            app.run_job("judge")  # headlines whose pages were not asked for yet
            live(app)
            clock.forward(hours=7)
            days.evening()
            live(app)
            clock.forward(hours=16, minutes=56)
            if day == 1:
                middle = clock.at
                _decided_and_learnt(made_up, app, here, clock)
            days.morning()
        live(app)
    return middle


def _decided_and_learnt(made_up: Any, app: App, here: Installation, clock: Any) -> None:
    with here.store() as db:
        for row in db.query("SELECT id, title FROM articles WHERE version > 0 LIMIT 12"):
            said = "relevant" if "Torkham" in row["title"] else "not_relevant"
            made_up.decide(db, row["id"], said, clock())
    app.run_job("learn")


def caught(app: App, since: Any) -> Iterator[tuple[str, set[int]]]:
    """Yield each rule with the articles that the back-test says it fired on since then."""
    days = (app.clock() - since) / timedelta(days=1)
    with app.open_store() as db:
        for rule in app.settings.rules:
            found = try_rule(db, rule, app.rulebook((rule,)), app.clock(), days=days, seconds=None)
            assert not found.gone
            assert not found.cut
            yield rule.name, {one.item.article for one in found.caught}


@pytest.mark.slow
def test_every_rule_catches_in_the_back_test_what_it_fired_on_and_nothing_else(
    made_up: Any, newsroom: Newsroom, here: Installation
) -> None:
    clock = made_up.Hands()
    middle = lived(made_up, newsroom, here, clock)
    with here.app(clock) as app, here.store() as db:
        fired = firings.pairs(db)
        for rule, articles in caught(app, made_up.FIRST_DAY - timedelta(days=1)):
            assert articles == {article for name, article in fired if name == rule}, rule
        rows = here.rows("SELECT rule, article FROM firings WHERE at >= ?", [_stamp(middle)])
        lately = {(row["rule"], row["article"]) for row in rows}
        for rule, articles in caught(app, middle):
            assert articles == {article for name, article in lately if name == rule}, rule
        _is_no_idle_test(app, db, here, fired, lately)
        _the_command_says_the_same(here, fired)


def _is_no_idle_test(app: App, db: Any, here: Installation, fired: Any, lately: Any) -> None:
    """The days held every trap; a back-test of the texts as they stand now falls into them."""
    assert len(fired) > 300
    assert 0 < len(lately) < len(fired)
    versions = {row["version"] for row in here.rows("SELECT DISTINCT version FROM firings")}
    assert versions >= {0, 1, 2}, "headlines, texts and edits fired"
    count = "SELECT count(*) AS n FROM {}"
    for what in (
        "firings f JOIN articles a ON a.id = f.article WHERE a.copy_of IS NOT NULL",
        "looks WHERE repeated LIKE '%,0]%'",  # a box of one page
        "looks WHERE repeated LIKE '%,3]%'",  # what the outlet says below every article
        "(SELECT 1 FROM verdicts GROUP BY article, version HAVING count(DISTINCT score) > 1)",
    ):
        assert here.rows(count.format(what))[0]["n"], what
    now = {
        (rule.name, item.article)
        for rule in app.settings.rules
        for item in verdicts.matched_articles(db, app.clock() - timedelta(days=30))
        for _ in app.rulebook((rule,)).met(item, None)
    }
    assert now != fired


def _the_command_says_the_same(here: Installation, fired: Any) -> None:
    code, out, err = here.run("alerts", "test", "headline", "--days", "3000", "--json")
    assert code == 0, err
    told = json.loads(out)
    assert {row["article"] for row in told["caught"]} == {
        a for name, a in fired if name == "headline"
    }
    assert told["looked_at"] >= len(told["caught"]) > 0


def test_every_drawn_rule_can_be_read_and_some_are_of_each_sort() -> None:
    trees = [match.read(asked(random.Random(seed))) for seed in range(300)]  # noqa: S311
    sorts = {type(node).__name__ for tree in trees for node in _below(tree)}
    assert sorts >= {"And", "Or", "Not", "Near", "Within", "Concept", "Is", "Score", "Expression"}


def _below(tree: match.Node) -> Iterator[match.Node]:
    yield tree
    for one in match.below(tree):
        yield from _below(one)


def _stamp(at: Any) -> str:
    return str(at.isoformat())
