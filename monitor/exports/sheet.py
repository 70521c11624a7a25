"""The datasheet as people read it: Markdown, made of the facts alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from monitor.exports.bibliography import one_line
from monitor.exports.citing import citation, title
from store.learned import Fixed

Facts = Mapping[str, Any]
_MOST_GAPS: Final = 200  # in the Markdown; datasheet.json has them all
_MOST_ROWS: Final = 60
_MUCH: Final = 0.3  # of the texts: that one outlet, language or side has so many is told
_SHOWN: Final = {
    "queue": "shown because of their score",
    "sample": "drawn for the audit of what was rejected",
    "reject": "rejected by the judgement, and found by a person",
    "by hand": "found before they were judged",
}


def markdown(fixed: Fixed, facts: Facts) -> str:
    """Return the datasheet; the same facts give the same text."""
    parts = (
        _head, _what, _collected, _gaps, _sampling, _decided, _splits, _model, _rights, _biases,
        _changes,
    )  # fmt: skip
    return "\n".join(line for part in parts for line in (*part(fixed, facts), "")).rstrip() + "\n"


def _head(fixed: Fixed, facts: Facts) -> Iterator[str]:
    yield f"# {one_line(title(facts))}: datasheet of snapshot {fixed.id[:16]}"
    yield ""
    yield f"Taken {fixed.created_at:%Y-%m-%d %H:%M} UTC. SHA-256 `{fixed.id}`."
    if fixed.note:
        yield f"Note: {one_line(fixed.note)}"
    yield ""
    yield f"To be cited as: {one_line(citation(fixed, facts))}"


def _what(_fixed: Fixed, facts: Facts) -> Iterator[str]:
    counts, period = facts["counts"], facts["period"]
    yield "## What it holds"
    yield ""
    yield (
        f"{counts['texts']:,} labelled texts in {counts['stories']:,} stories: "
        f"{counts['relevant']:,} relevant, {counts['not_relevant']:,} not. "
        f"{_span(period['first_told_at'], period['last_told_at'])}; "
        f"{period['undated']:,} without any date."
    )
    for name, words in (
        ("by_outlet", "Outlet"), ("by_side", "Side"), ("by_language", "Language"),
        ("by_kind", "Kind of text"), ("by_month", "Month"),
    ):  # fmt: skip
        rows = [(key, f"{n:,}", f"{yes:,}") for key, (n, yes) in counts[name].items()]
        yield from _table((words, "Texts", "Relevant"), rows)
    strands = [(key, f"{n:,}") for key, n in counts["by_topic"].items()]
    yield from _table(("Strand (a text may stand under several)", "Texts"), strands)


def _span(first: str | None, last: str | None) -> str:
    return f"Told from {first[:10]} to {last[:10]}" if first and last else "No text has a date"


def _collected(_fixed: Fixed, facts: Facts) -> Iterator[str]:
    yield "## How it was collected"
    yield ""
    yield (
        "Feeds of the outlets below were asked again and again; each new entry's page was fetched, "
        "or the text its feed carried was taken; it was judged for relevance. People decided on "
        "what was shown to them. Texts of origin `import` or `seed` were brought in by the team."
    )
    for one in facts.get("backfills", ()):
        span = f", of {one['since_on'] or 'any day'} to {one['until_on'] or 'any day'}"
        yield ""
        yield (
            f"Backfill {one_line(one['name'])} of {one['began_at'][:10]}"
            f"{span if one['since_on'] or one['until_on'] else ''}: {one['addresses']:,} addresses "
            f"that the team listed, {one['entered']:,} of them read and {one['queued']:,} queued. "
            "What stands in it follows from the list, not from what the outlets published."
        )
    rows = [
        (
            one_line(s["outlet"]),
            one_line(s["side"]),
            s["since_on"] or "never asked",
            "added later" if s["added"] else "",
            f"until {s['lost_on']}" if s["lost_on"] else "",
            f"{s['texts_of_outlet']:,}",
        )
        for s in facts["sources"]
    ]
    yield from _table(("Outlet", "Side", "Watched since", "Added", "Lost", "Texts"), rows)
    if any(s["added"] or s["lost_on"] for s in facts["sources"]):
        yield ""
        yield "Counts across the day a source was added or lost are not to be compared."


def _gaps(_fixed: Fixed, facts: Facts) -> Iterator[str]:
    gaps = facts["gaps"]["listed"]
    yield "## Gaps in coverage"
    yield ""
    if not gaps:
        yield "No span is known in which a feed may have shown nothing."
        return
    more = " at least" if facts["gaps"]["more"] else ""
    yield f"In{more} {len(gaps):,} spans a feed may have published what was not seen:"
    rows = [
        (
            one_line(g["outlet"]),
            g["since_at"][:16],
            g["until_at"][:16],
            g["why"].replace("_", " "),
            g["state"],
            f"{g['found_since']:,}",
        )
        for g in gaps[-_MOST_GAPS:]
    ]
    yield from _table(("Outlet", "From (UTC)", "Until (UTC)", "Why", "State", "Found since"), rows)


def _sampling(_fixed: Fixed, facts: Facts) -> Iterator[str]:
    told = facts["sampling"]
    yield "## How texts came before people"
    yield ""
    if told.get("brought"):
        n = told["brought"]
        yield f"- {n:,} were brought in by the team, by a choice of which no chance is known."
    for way, n in told["shown"].items():
        yield f"- {n:,} {_SHOWN.get(way, way)}."
    if told["chances_of_audited"]:
        drawn = ", ".join(f"{n:,} with {p}" for p, n in told["chances_of_audited"].items())
        yield f"- Chances of the audited to be drawn: {drawn}. Weigh them by 1 / chance."
    if told["threshold"] is not None:
        yield f"- The threshold of the queue stood at {told['threshold']:.3f} when this was taken."
    n = told["rejected_without_chance"]
    if n:
        yield f"- {n:,} texts were rejected while nothing was drawn: of these nothing is known."


def _decided(_fixed: Fixed, facts: Facts) -> Iterator[str]:
    people, agree = facts["people"], facts["agreement"]
    yield "## Who decided, and how far they agree"
    yield ""
    for name, n in people["answers"].items():
        yield f"- {one_line(name)}: {n:,} answers"
    yield (
        f"- Of these texts {people['taken_back']:,} answers were taken back; a text whose only "
        "answer was taken back is not in the snapshot."
    )
    if not agree["read_twice"]:
        yield "- No text was read by two people: nothing is known of how far they would agree."
        return
    kappa = "too few to tell" if agree["kappa"] is None else f"Scott's pi {agree['kappa']:.2f}"
    if agree["interval"]:
        kappa += f" (95 % interval {agree['interval'][0]:.2f} to {agree['interval'][1]:.2f})"
    yield f"- Read twice: {agree['read_twice']:,}, alike {agree['agreed']:,}; {kappa}."
    yield f"- Left out because two people still differ: {agree['disputed']:,}."


def _splits(_fixed: Fixed, facts: Facts) -> Iterator[str]:
    splits = facts["splits"]
    yield "## Splits"
    yield ""
    rows = [(side, f"{n:,}", f"{yes:,}") for side, (n, yes) in splits["time"].items()]
    yield from _table(("By time", "Texts", "Relevant"), rows)
    yield ""
    if splits["dev_from"]:
        yield (
            f"dev begins {splits['dev_from'][:16]} and test {(splits['test_from'] or '–')[:16]} "
            "(UTC). A story goes by its latest telling, copies with it; undated texts are in train."
        )
    else:
        yield "Too few stories have a date for a cut: all are for training."
    folds = [
        (
            f"{f['fold']}",
            ", ".join(map(one_line, f["outlets"])),
            f"{f['test']:,}",
            f"{f['train']:,}",
            f"{f['left_out']:,}",
        )
        for f in splits["folds"]
    ]
    yield from _table(("Fold", "Outlets held out", "Test", "Train", "Left out"), folds)


def _model(_fixed: Fixed, facts: Facts) -> Iterator[str]:
    model = facts["model"]
    yield "## The model trained on it"
    yield ""
    if model["id"] is None:
        yield f"None: {model['why']}."
        return
    trained = model["trained_on"]
    yield (
        f"`{model['id']}` (lexicon {model['lexicon']}), taught by {trained['texts']:,} of the "
        f"{trained['offered']:,} texts of train (the newest decisions of each answer, where there "
        f"are more than it takes), {trained['relevant']:,} of them relevant."
    )
    for side in ("dev", "test"):
        yield f"- On {side}: {_figures(model[side])}"
    yield f"The model that judged the queue when this was taken: {facts['judge']['live']}."


def _figures(told: Facts) -> str:
    if not told["measurable"]:
        return f"{told['why']} ({told['texts']:,} texts, {told['relevant']:,} relevant)."
    return (
        f"{told['texts']:,} texts, {told['relevant']:,} relevant: average precision "
        f"{_with(told, 'average_precision')}; at {told['threshold']:g} precision "
        f"{_with(told, 'precision')}, recall {_with(told, 'recall')}."
    )


def _with(told: Facts, name: str) -> str:
    value, reach = told[name], told[f"{name}_interval"]
    if value is None:
        return "not known"
    return f"{value:.3f}" + (f" ({reach[0]:.3f} to {reach[1]:.3f})" if reach else "")


def _rights(_fixed: Fixed, facts: Facts) -> Iterator[str]:
    rights, retention = facts["rights"], facts["retention"]
    yield "## Rights, robots and retention"
    yield ""
    yield (
        "The texts belong to whoever published them; nothing here grants a licence to pass them "
        "on. `references.jsonl` holds addresses, hashes and labels alone, and may be shared."
    )
    robots = "obeyed" if rights["obey_robots"] else "NOT obeyed"
    yield f"- robots.txt was {robots} when pages were fetched (the setting when this was taken)."
    licences = ", ".join(f"{one_line(k)} {n:,}" for k, (n, _) in rights["licences"].items())
    yield f"- Licences: {licences or 'none'}."
    if retention["rule"]:
        yield f"- {retention['rule']}"
    yield (
        f"- {retention['texts_removed']:,} texts had been removed when this was taken, and left "
        "their record; so does what is removed later."
    )


def _biases(_fixed: Fixed, facts: Facts) -> Iterator[str]:
    yield "## Known biases"
    yield ""
    yield from (f"- {sentence}" for sentence in biases(facts))


def biases(facts: Facts) -> list[str]:
    """Return what is known to lean in the corpus, a sentence each; figures where there are any."""
    counts, n = facts["counts"], max(1, facts["counts"]["texts"])
    told = [
        "Texts scored low were read only where the audit drew them or a person found them.",
        "What the judgement misses is therefore rarer here than in the news.",
    ]
    queued = facts["sampling"]["shown"].get("queue", 0)
    if queued:
        told.append(f"{queued / n:.0%} of the texts were shown because of their score.")
    for name, what in (("by_outlet", "outlet"), ("by_language", "language"), ("by_side", "side")):
        first = next(((k, n) for k, n in counts[name].items() if k != "unknown"), None)
        nothing = counts[name].get("unknown", (0, 0))[0]
        if nothing / n >= _MUCH:
            told.append(f"Of {nothing / n:.0%} the {what} is not known.")
        if first and first[1][0] / n >= _MUCH and len(counts[name]) > 1:
            told.append(f"{first[1][0] / n:.0%} are of one {what}: {one_line(first[0])}.")
    answers = facts["people"]["answers"]
    most = max(answers.values(), default=0)
    if most and most / sum(answers.values()) >= 0.5:
        told.append(f"One person gave {most / sum(answers.values()):.0%} of the answers.")
    if not facts["agreement"]["read_twice"]:
        told.append("Nobody read a text twice, so that one person's habits are not told apart.")
    given = sum(n for k, (n, _) in counts["by_origin"].items() if k != "review")
    if given:
        told.append(f"{given:,} texts were brought in as examples; their register may be another.")
    return told


def _changes(_fixed: Fixed, facts: Facts) -> Iterator[str]:
    changes = facts["changes"]
    yield "## Against the snapshot before"
    yield ""
    if changes is None:
        yield "This is the first."
        return
    yield (
        f"Since {changes['since'][:16]}: {changes['added']:,} texts added, {changes['gone']:,} "
        f"gone, {changes['answer_changed']:,} with another answer, "
        f"{changes['text_changed']:,} with another text."
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if not rows:
        return
    yield ""
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows[:_MOST_ROWS]:
        yield "| " + " | ".join(_cell(cell) for cell in row) + " |"
    if len(rows) > _MOST_ROWS:
        yield f"\n({len(rows) - _MOST_ROWS:,} more in datasheet.json)"


def _cell(text: str) -> str:
    return one_line(text).replace("\\", "\\\\").replace("|", "\\|")
