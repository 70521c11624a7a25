"""The strands of one article, as a reviewer sees them."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.responses import Response

from monitor.web.desk import Visit, go, not_found
from monitor.web.filters import asked_for
from monitor.web.routing import act
from store import articles, facets


def correct(visit: Visit) -> Response:
    """Put the ticked strands in place of the judgement's, or go back to what it says."""
    number = visit.article_id()
    row = articles.get(visit.db, number) or not_found("There is no such article.")
    back = visit.form.get("do") == "back"
    chosen = None if back else _chosen(visit, row.topics)
    facets.correct(visit.db, article=number, topics=chosen, by=visit.session.by, now=visit.now)
    if visit.form.get("from") != "queue":
        return go(f"/articles/{number}")
    kept = asked_for(dict(parse_qsl(visit.form.get("query", "")[:2000])))
    return go("/queue", **dict(parse_qsl(kept.query())), open=number)


def _chosen(visit: Visit, before: tuple[str, ...]) -> list[str]:
    """What it is mostly about, then the ticked ones: in the order they had, new ones after."""
    ticked = [name for name in visit.desk.strands if visit.form.get(f"strand-{name}") == "yes"]
    kept = [name for name in before if name in ticked]
    first = [name for name in (visit.form.get("first", ""),) if name in visit.desk.strands]
    return list(dict.fromkeys([*first, *kept, *ticked]))


ROUTES = (act("/articles/{id}/strands", correct),)
