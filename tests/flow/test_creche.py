"""The nurseries that tests are given do as those the product starts."""

from __future__ import annotations

import math
import os
import signal

import pytest

from monitor.edge.worker import WorkerFault, Workers
from tests.flow.creche import nursed
from tests.flow.newsroom import gone

IMPORTED = ("monitor.articles.reading", "monitor.stages.parse")


@pytest.mark.slow
def test_its_children_do_their_tasks_within_their_limits_and_all_end_with_it() -> None:
    with Workers(count=1, cpu_seconds=1, preload=IMPORTED) as workers:
        nursed(workers)
        assert workers.submit(math.sqrt, 4.0).result() == 2.0
        pids = workers.pids()
        with pytest.raises(WorkerFault, match="processor") as fault:
            workers.submit(math.factorial, 3_000_000).result()
        assert fault.value.kind == "cpu"
        assert workers.submit(math.sqrt, 9.0).result() == 3.0
    assert gone(pids) == []


def test_one_that_dies_is_replaced_as_ever() -> None:
    with Workers(count=1, preload=IMPORTED) as workers:
        nursed(workers)
        assert workers.submit(math.sqrt, 4.0).result() == 2.0
        nursery = workers.pids()[-1]
        os.kill(nursery, signal.SIGKILL)
        assert gone([nursery]) == []
        assert workers.submit(math.sqrt, 9.0).result() == 3.0
        assert workers.pids()[-1] != nursery
