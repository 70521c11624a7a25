"""What a forked run does: the work of a command or a job, given the app (tests/flow/forge.py)."""

from __future__ import annotations

from contextlib import closing

from monitor import pipeline
from monitor.app import App
from monitor.work import JOBS


def jobs(app: App, *names: str) -> None:
    """Run jobs as ``torkham once`` does: every one, or those named; harvest until nothing waits."""
    for name in names or JOBS:
        while app.run_job(name).get("pending") and name == "harvest":
            pass


def ticks(app: App, few: str = "4") -> None:
    """Go round as the service does, where ``few`` articles come at a time: read, judge, tell."""
    app.run_job("poll")
    pending = True
    while pending:
        with closing(app.open_store()) as db:
            counts = pipeline.harvest(
                db, web=app.page_web, workers=app.workers, lexicon=app.lexicon, clock=app.clock,
                stopped=app.stopped, limit=int(few),
            )  # fmt: skip
        pending = bool(counts["pending"])
        app.run_job("judge")
    for name in ("alert", "digest", "send"):
        app.run_job(name)


def desk(app: App, port: str) -> None:
    """Serve the desk on loopback, until it is killed; without a port it is made and that is all."""
    from monitor.serving import desk_for
    from monitor.web.server import create, serve

    made = create(desk_for(app))
    if port:
        serve(made, port=int(port)).run()
