"""One verdict laid open: every term in its place, passages like it, and the same judged again."""

from __future__ import annotations

from starlette.responses import Response

from monitor.config.problems import ConfigError
from monitor.inquiry.explaining import explained, replayed
from monitor.inquiry.quoting import similar_to
from monitor.inquiry.setting import Setting
from monitor.web.desk import Visit, not_found, whole
from monitor.web.routing import page
from store import articles, judged


def explanation(visit: Visit) -> Response:
    """Show one verdict whole; an older one where its number is asked for.

    What the queue keeps back until somebody has decided is kept back here too.
    """
    number = visit.article_id()
    row = articles.get(visit.db, number) or not_found("There is no such article.")
    records = judged.of_article(visit.db, number)
    wanted = whole(visit.asked("verdict"))
    chosen = [r for r in records if (r.id == wanted if wanted else r.stands)]
    record = chosen[-1] if chosen else not_found("There is no such verdict on it.")
    if visit.withholds()(row):
        not_found("Its score, and why, are told once you have decided.")
    bench, blind = visit.desk.bench, visit.hidden()
    try:
        setting = bench.setting(visit.db, record.judged_at) if bench else Setting()
        replay = replayed(visit.db, record, bench, setting) if bench else None
    except ConfigError:  # feeds.yaml is being edited: what needs it is left out
        setting, replay = Setting(), None
    return visit.page(
        "explanation.html",
        row=row,
        told=explained(visit.db, record, names=setting.team.added),
        records=records,
        similar=[one for one in similar_to(visit.db, number, setting) if one.article not in blind],
        replay=replay,
    )


ROUTES = (page("/articles/{id}/explanation", explanation),)
