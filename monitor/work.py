"""The work: what each job does with the parts. No clock and no order of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from monitor import pipeline
from monitor.articles import rereading
from monitor.articles.keeping import keeps_pages
from monitor.delivery import choking
from monitor.feeds.polled import watch_of
from monitor.inquiry import naming
from monitor.parts import Parts
from monitor.pipeline import Counts
from store.db import Db

JOBS: Mapping[str, Callable[[Parts, Db], Counts]] = {
    "poll": lambda app, db: pipeline.poll(
        db, web=app.feed_web, workers=app.workers, clock=app.clock, stopped=app.stopped,
        means=app.means, watch=watch_of(app.settings, app.ways()),
    ),
    "harvest": lambda app, db: pipeline.harvest(
        db, web=app.page_web, workers=app.workers, lexicon=app.lexicon, clock=app.clock,
        stopped=app.stopped, retention=app.settings.retention,
    ),
    "judge": lambda app, db: pipeline.judge(
        db, classifier=app.classifier(db), topic=app.settings.topic, thresholds=app.thresholds(db),
        rulebook=app.rulebook(), clock=app.clock, stopped=app.stopped,
    ),
    "alert": lambda app, db: pipeline.alert(
        db, teller=app.teller(), lookout=app.lookout(), notices=app.notice_ways(), clock=app.clock,
    ),
    "digest": lambda app, db: pipeline.digest(
        db, presses=app.presses(db), catch_up_days=app.settings.catch_up.digest_days,
        clock=app.clock,
    ),
    "send": lambda app, db: {
        **pipeline.send(
            db, deliver=app.deliver, clock=app.clock, stopped=app.stopped, held=app.held
        ),
        **choking.tell(db, watch_of(app.settings, app.ways()), app.ways(), app.clock()),
    },
    "learn": lambda app, db: pipeline.learn(db, trainer=app.trainer, clock=app.clock),
    "reread": lambda app, db: rereading.reread(
        db, web=app.page_web, workers=app.workers, lexicon=app.lexicon, clock=app.clock,
        stopped=app.stopped, afters=app.settings.reread,
        keeps=keeps_pages(app.settings.retention),
    ),
    "tidy": lambda app, db: {
        **pipeline.tidy(
            db, night=app.night, retention=app.settings.retention, clock=app.clock
        ),
        **naming.noted(db, naming.Ground(judges=app.judges(db), zone=app.zone), app.clock()),
    },
    "look": lambda app, db: app.look(db),
}  # fmt: skip
"""Every job by name, in the order in which ``once`` runs them."""

WRITERS = frozenset(("poll", "harvest", "reread", "tidy"))
"""The jobs that write much at a time, and read again within a write what they wrote."""
