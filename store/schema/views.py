"""Views with clear names, for people who read the file with other tools.

They are made anew whenever the tables behind them change: a migration that drops or renames a
column first calls ``drop``, and one after it calls ``put``. A view holds no data, so nothing is
lost. docs/reference/database.md says what each column means; a test holds it to ``VIEWS``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from store.rows import GENRE, TOPICS
from store.sqlite import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One view: a row for what, its columns in order with what each means, and its select."""

    name: str
    about: str  # "a row for each ..."
    columns: Mapping[str, str]
    sql: str


# Looked up one by one where a join would do: SQLite can then count a view without looking any up.
# Of 100,000 articles that takes 1 ms instead of 700.
_OF_FEED = "(SELECT f.{0} FROM feeds f WHERE f.key = a.feed)"
_OUTLET = f"coalesce(a.source_outlet, {_OF_FEED.format('outlet')})"
_SIDE = _OF_FEED.format("side")
_OF_ARTICLE = "(SELECT a.{0} FROM articles a WHERE a.id = {1}.article)"
_OF_VERDICT = "(SELECT v.{0} FROM verdicts v WHERE v.id = a.verdict)"
_STRANDS = TOPICS.replace("v.topics", _OF_VERDICT.format("topics"))
# What was drawn from the rejected must look like the rest until somebody has decided on it, here
# as on the desk: a low score would give it away.
_HELD_BACK = """(a.decision IS NULL AND a.route IN ('queue', 'sample') AND a.score <
        coalesce((SELECT max(0.65, (1 + p.threshold) / 2) FROM plans p ORDER BY p.id DESC LIMIT 1),
            0.65))"""
_ARTICLE = {
    "article": "its number; the desk shows it at /articles/NUMBER",
    "title": "the headline of its newest version",
    "url": "where it stands",
    "outlet": "who published it",
    "side": "pakistan, afghanistan, international, as the feed is configured",
    "language": "en, ur, ps, fa ...; empty where nothing told",
    "kind": "report, op_ed, analysis, statement, unknown",
    "published_at": "when it was published, UTC; empty where nobody knows",
    "published_source": "where that date comes from: feed, page, url, text, first_seen",
    "first_seen_at": "when it was first seen here, UTC",
    "story": "the number of its story",
    "copy_of": "the article it is a copy of; empty: it is none",
    "topics": "its strands, a JSON list; empty while its score is kept back",
}
_DECIDED = {
    "decided_by": "who gave the standing answer",
    "decided_at": "when, UTC",
}
_ARTICLE_SQL = f"""a.id AS article, a.title, coalesce(a.final_url, a.url) AS url,
    {_OUTLET} AS outlet, {_SIDE} AS side, a.language, {GENRE} AS kind,
    a.published_at, a.published_source, a.first_seen_at, a.story, a.copy_of"""
_PART = "coalesce(sum(n) FILTER (WHERE disposition = '{0}'), 0) AS {0}"
_PARTS = ("waiting", "queued", "rejected", "duplicate", "dropped", "failed")

VIEWS = (
    View(
        name="accepted_articles",
        about="an article that people marked relevant",
        columns={**_ARTICLE, **_DECIDED, "note": "what was noted with the answer"},
        sql=f"""SELECT {_ARTICLE_SQL}, {_STRANDS} AS topics, a.decided_by, a.decided_at,
        (SELECT d.note FROM decisions d WHERE d.id = a.decision_id) AS note
        FROM articles a WHERE a.decision IS NOT NULL AND a.decision = 'relevant'""",  # noqa: S608
    ),
    View(
        name="article_list",
        about="an article, whatever became of it",
        columns={
            **_ARTICLE,
            "score": "how likely it is ours, 0 to 1; empty: not judged, or told once decided",
            "model": "which judged it",
            "disposition": "what became of it: waiting, queued, rejected, duplicate, dropped, "
            "failed",
            "reason": "why, where it was refused or came second",
            "decision": "the standing answer: relevant, not_relevant, unsure, skip; empty: none",
            **_DECIDED,
            "version": "how many versions of its text are kept; 0: none was read",
            "text_from": "page, feed or headline: what it was judged by",
            "feed": "the feed that showed it first",
            "summary": "what that feed said of it",
        },
        sql=f"""SELECT {_ARTICLE_SQL},
        CASE WHEN {_HELD_BACK} THEN NULL ELSE {_STRANDS} END AS topics,
        CASE WHEN {_HELD_BACK} THEN NULL ELSE a.score END AS score,
        {_OF_VERDICT.format("model")} AS model,
        a.disposition, a.reason, a.decision, a.decided_by, a.decided_at, a.version, a.text_from,
        a.feed, a.summary
        FROM articles a""",  # noqa: S608
    ),
    View(
        name="article_texts",
        about="a version of an article's text",
        columns={
            "article": "its number",
            "version": "1 is the first; the highest is the newest",
            "title": "the headline of this version",
            "text": "the text; empty where it was forgotten after its time, or is packed",
            "packed": "1: an old text, kept pressed; the view `versions` has it (see above)",
            "author": "as the page or the feed named the author",
            "text_from": "page, feed or headline",
            "extractor": "what took the text out of the page",
            "seen_at": "when this version was read, UTC",
        },
        sql="""SELECT r.article, r.version,
        CASE WHEN r.thin THEN (SELECT a.title FROM articles a WHERE a.id = r.article)
            ELSE r.title END AS title, r.body AS text, r.pack IS NOT NULL AS packed,
        CASE WHEN r.thin THEN (SELECT a.author FROM articles a WHERE a.id = r.article)
            ELSE r.author END AS author, r.text_from, r.extractor, r.seen_at FROM version_rows r""",
    ),
    View(
        name="decision_history",
        about="a line of the history of decisions; an undo is a line too",
        columns={
            "line": "its number; they only grow",
            "article": "which article",
            "title": "its headline now",
            "outlet": "who published it",
            "answer": "relevant, not_relevant, unsure, skip; empty: an undo",
            "undoes": "the line that this one takes back",
            "undone": "1: a later line takes this one back",
            "brought_by": "the line on another copy that brought this one along",
            "decided_by": "who",
            "decided_at": "when, UTC",
            "note": "what was noted with it",
            "reasons": "those given with it, a JSON list",
            "version": "of the text that was read",
            "score": "of the article at the time",
            "model": "which had judged it",
        },
        sql=f"""SELECT d.id AS line, d.article, {_OF_ARTICLE.format("title", "d")} AS title,
        (SELECT {_OUTLET} FROM articles a WHERE a.id = d.article) AS outlet, d.answer, d.undoes,
        EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = d.id) AS undone,
        d.via AS brought_by, d.by AS decided_by, d.at AS decided_at, d.note,
        (SELECT json_group_array(reason) FROM (SELECT r.reason, r.given, max(r.id) FROM reasons r
            WHERE r.decision = d.id GROUP BY r.reason) WHERE given = 1) AS reasons,
        d.version, d.score, d.model
        FROM decisions d""",  # noqa: S608
    ),
    View(
        name="tag_list",
        about="a tag on an article",
        columns={
            "tag": "the tag",
            "article": "which article",
            "title": "its headline",
            "decision": "its standing answer",
        },
        sql=f"""SELECT t.tag, t.article, {_OF_ARTICLE.format("title", "t")} AS title,
        {_OF_ARTICLE.format("decision", "t")} AS decision FROM tagged t""",  # noqa: S608
    ),
    View(
        name="people_list",
        about="a person with an account; passwords are not in it",
        columns={
            "person": "the number of the account",
            "name": "what decisions are signed with",
            "role": "reader, reviewer, administrator",
            "active": "0: shut out",
            "created_at": "when, UTC",
            "last_seen_at": "when the person last came, to the hour, UTC",
        },
        sql="SELECT id AS person, name, role, active, created_at, last_seen_at FROM people",
    ),
    View(
        name="feed_health",
        about="a feed ever configured",
        columns={
            "feed": "its key, as in feeds.yaml",
            "outlet": "whose it is",
            "side": "as configured",
            "language": "as configured",
            "kind": "rss, google-news, news-sitemap, page",
            "url": "its address now",
            "asked": "1: it is asked; 0: switched off, or no longer configured",
            "condition": "new, ok, failing, silent, stale, thin, as observed",
            "condition_since": "since when, UTC",
            "reason": "why, in a sentence",
            "newest_entry_at": "the date of its newest entry, UTC",
            "last_ok_at": "when it last answered well, UTC",
            "last_polled_at": "when it was last asked, UTC",
            "next_poll_at": "when it is asked next, UTC; empty: at once",
            "failures": "how often in a row it did not answer",
        },
        sql="""SELECT key AS feed, outlet, side, language, kind, url,
        configured AND enabled AS asked, condition, condition_since, reason, newest_entry_at,
        last_ok_at, last_polled_at, next_poll_at, failures FROM feeds""",
    ),
    View(
        name="ledger_by_day",
        about="a feed and a day of UTC: what became of the items first seen then",
        columns={
            "day_on": "the day",
            "feed": "its key",
            "outlet": "whose it is",
            "found": "items first seen; the six columns that follow add up to it",
            "waiting": "without a verdict yet",
            "queued": "shown to people, or decided by them",
            "rejected": "judged unlikely",
            "duplicate": "copies of what was there",
            "dropped": "refused; ledger_reasons says why",
            "failed": "could not be read; ledger_reasons says why",
            "asked": "how often the feed was asked; empty: not remembered",
            "answered": "how often it answered",
        },
        sql=f"""SELECT l.day_on, l.feed, f.outlet, sum(l.n) AS found,
        {", ".join(_PART.format(part) for part in _PARTS)}, p.asked, p.answered
        FROM ledger_days l LEFT JOIN feeds f ON f.key = l.feed
            LEFT JOIN poll_days p ON p.feed = l.feed AND p.day_on = l.day_on
        GROUP BY l.feed, l.day_on""",  # noqa: S608
    ),
    View(
        name="ledger_reasons",
        about="a feed, a day of UTC, and one end that its items came to",
        columns={
            "day_on": "the day",
            "feed": "its key",
            "disposition": "waiting, queued, rejected, duplicate, dropped, failed",
            "reason": "why; empty where there is none",
            "items": "how many",
        },
        sql="""SELECT day_on, feed, disposition, reason, n AS items FROM ledger_days
        WHERE n <> 0""",
    ),
    View(
        name="sighting_list",
        about="an entry that a feed showed",
        columns={
            "item": "its number",
            "feed": "which feed",
            "outlet": "whose it is",
            "title": "the headline in the feed",
            "url": "the link in the feed",
            "first_seen_at": "when it was first seen, UTC",
            "published_at": "what the feed said, UTC",
            "disposition": "what became of it",
            "reason": "why",
            "article": "the article it belongs to",
        },
        sql="""SELECT i.id AS item, i.feed,
        (SELECT f.outlet FROM feeds f WHERE f.key = i.feed) AS outlet, i.title,
        CASE WHEN i.thin THEN coalesce(i.url, (SELECT a.url FROM articles a WHERE a.id = i.article))
            ELSE i.url END AS url,
        i.first_seen_at, i.published_at, i.disposition, i.reason, i.article FROM items i""",
    ),
    View(
        name="story_list",
        about="a story: the articles that tell one event",
        columns={
            "story": "its number; the desk shows it at /stories/NUMBER",
            "title": "the headline of its first article that is no copy",
            "first_seen_at": "when its first article was seen, UTC",
            "last_seen_at": "when its newest was, UTC",
            "articles": "how many",
            "outlets": "how many outlets",
            "accepted": "how many of its articles people marked relevant",
            "edited": "1: a person split or merged it",
        },
        sql=f"""SELECT s.id AS story,
        (SELECT a.title FROM articles a WHERE a.story = s.id
            ORDER BY a.copy_of IS NOT NULL, a.first_seen_at LIMIT 1) AS title,
        s.first_at AS first_seen_at, s.last_at AS last_seen_at, s.members AS articles,
        (SELECT count(DISTINCT {_OUTLET}) FROM articles a WHERE a.story = s.id) AS outlets,
        (SELECT count(*) FROM articles a WHERE a.story = s.id AND a.decision = 'relevant')
            AS accepted, s.edited
        FROM stories s WHERE s.members > 0""",  # noqa: S608
    ),
    View(
        name="claim_list",
        about="a figure that somebody gave, with its sentence",
        columns={
            "claim": "its number; the desk shows it at /claims/NUMBER",
            "article": "where it stands; empty: in an imported text",
            "story": "the story of that article",
            "outlet": "who published it",
            "side": "of the outlet",
            "told_at": "when it was told, UTC",
            "population": "who or what was counted",
            "place": "where",
            "least": "the figure, or its lower end",
            "most": "its upper end; empty: open",
            "unit": "of the figure",
            "text": "the figure as written",
            "since_on": "the first day it speaks of",
            "until_on": "the last",
            "speaker": "who gives the figure",
            "office": "the speaker's office",
            "speaker_side": "the speaker's side",
            "sentence": "the sentence it stands in",
            "answer": "what a person said of it: confirm, correct, discard; empty: as read",
            "gone": "1: the newest text says it no more",
        },
        sql=f"""SELECT c.id AS claim, c.article, {_OF_ARTICLE.format("story", "c")} AS story,
        c.outlet, c.side, c.told_at, c.population, c.place, c.least, c.most, c.unit, c.text,
        c.since_on, c.until_on, c.speaker, c.office, c.speaker_side, c.sentence, c.answer, c.gone
        FROM claims c""",  # noqa: S608
    ),
    View(
        name="quote_list",
        about="something somebody is quoted with",
        columns={
            "quote": "its number",
            "article": "where it stands; empty: in an imported text",
            "outlet": "who published it",
            "told_at": "when it was told, UTC",
            "said_on": "the day it was said, where the text tells",
            "speaker": "who said it",
            "office": "the speaker's office",
            "speaker_side": "the speaker's side",
            "words": "the words quoted",
            "sentence": "the sentence they stand in",
            "gone": "1: the newest text quotes it no more",
        },
        sql="""SELECT id AS quote, article, outlet, told_at, said_on, speaker, office,
        speaker_side, words, sentence, gone FROM quotes""",
    ),
    View(
        name="gap_list",
        about="a span of which a feed may have shown nothing",
        columns={
            "gap": "its number",
            "feed": "which feed",
            "outlet": "whose it is",
            "since_at": "from when, UTC",
            "until_at": "until when, UTC",
            "opened_at": "when it was noticed, UTC",
            "why": "possible_gap, outage, asked",
            "state": "open, filled, partly, unfillable",
            "found": "items that filling it brought",
            "usual": "what the feed usually brings in so long",
        },
        sql="""SELECT h.id AS gap, h.feed, f.outlet, h.since_at, h.until_at, h.opened_at, h.why,
        h.state, h.found, h.usual FROM holes h LEFT JOIN feeds f ON f.key = h.feed""",
    ),
    View(
        name="digest_list",
        about="an edition of a digest",
        columns={
            "name": "which digest: daily, or the name of a further one",
            "day_on": "the day it tells of; the desk shows it at /digests/DAY or /digests/NAME/DAY",
            "title": "its title",
            "made_at": "when it was made, UTC",
            "since_at": "what was seen since then is in it, UTC",
            "until_at": "until then, UTC",
            "messages": "to how many channels it went, or will go",
            "sent": "to how many of them it has gone",
        },
        sql="""SELECT e.name, e.day_on, e.title, e.made_at, e.since_at, e.until_at,
        (SELECT count(*) FROM outbox o
            WHERE o.key >= iif(e.name = 'daily', 'digest:',
                    'digest:' || e.name || ':') || e.day_on || ':'
                AND o.key < iif(e.name = 'daily', 'digest:',
                    'digest:' || e.name || ':') || e.day_on || ';')
            AS messages,
        (SELECT count(*) FROM outbox o
            WHERE o.key >= iif(e.name = 'daily', 'digest:',
                    'digest:' || e.name || ':') || e.day_on || ':'
                AND o.key < iif(e.name = 'daily', 'digest:',
                    'digest:' || e.name || ':') || e.day_on || ';'
            AND o.state = 'sent') AS sent
        FROM editions e""",
    ),
    View(
        name="message_list",
        about="a message to a channel: a digest, an alert, a notice",
        columns={
            "message": "its number",
            "kind": "digest, alert, notice",
            "channel": "where to",
            "subject": "its subject",
            "rule": "the rule behind an alert",
            "article": "the article behind it",
            "created_at": "when it was made, UTC",
            "state": "queued, sending, sent, failed, unknown",
            "sent_at": "when it went, UTC",
            "error": "why it did not",
        },
        sql="""SELECT id AS message, kind, channel, subject, rule, article, created_at, state,
        sent_at, error FROM outbox""",
    ),
)


def put(db: Database) -> None:
    """Make every view, as it is written here; one of the same name is made anew."""
    for view in VIEWS:
        db.conn.execute(f'DROP VIEW IF EXISTS "{view.name}"')
        db.conn.execute(f'CREATE VIEW "{view.name}" AS {view.sql}')


def drop(db: Database) -> None:
    """Take every view out, so that a column may be renamed or dropped; ``put`` comes after."""
    for view in VIEWS:
        db.conn.execute(f'DROP VIEW IF EXISTS "{view.name}"')
