"""We are good guests: few at once, well apart, quiet when asked, and robots.txt is kept."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.edge.clock import system_clock
from monitor.edge.http import FetchLimits, Web
from monitor.edge.http.manners import HostQueue
from monitor.edge.http.robots import Robots
from monitor.model import Fault, Fetched, FetchFailed, FetchRequest
from store.pulse import felt

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
Answer = Callable[..., bytes]


def web(hostile: Any, *hosts: str, robots: bool = False, **limits: float) -> Web:
    known = {"deadline_seconds": 5.0, "host_gap_seconds": 0.0, "per_host": 100} | limits
    return Web(
        clock=system_clock,
        user_agent="Torkham/0.0 (+test)",
        limits=FetchLimits(**known),  # type: ignore[arg-type]
        allow=frozenset((host, hostile.port) for host in ("127.0.0.1", *hosts)),
        names={"*": ["127.0.0.1"]},
        obey_robots=robots,
    )


def pages(hostile: Any, *paths: str, host: str = "127.0.0.1") -> list[FetchRequest]:
    return [FetchRequest(key=path, url=hostile.url(path, host)) for path in paths]


async def _late(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(0.3)
    writer.write(OK)


# --- side by side --------------------------------------------------------------------------------


def test_two_hundred_feeds_take_the_time_of_one(hostile: Any) -> None:
    hostile.answers["*"] = _late
    hosts = [f"h{number}.example" for number in range(200)]
    wanted = [FetchRequest(key=h, url=hostile.url("/feed", h), kind="feed") for h in hosts]
    with web(hostile, *hosts) as fetcher:
        began = time.monotonic()
        outcomes = list(fetcher.fetch_all(wanted))
        took = time.monotonic() - began
    assert {o.key for o in outcomes if isinstance(o, Fetched)} == set(hosts)
    assert took < 20, "60 s one after the other"


def test_hanging_hosts_do_not_make_the_others_late(hostile: Any) -> None:
    async def never(_writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    hostile.answers |= {"/hang": never, "/fine": OK}
    wanted = pages(hostile, "/hang", host="slow.example") * 5 + pages(hostile, "/fine") * 40
    with web(hostile, "slow.example", deadline_seconds=3.0, concurrency=10) as fetcher:
        seen = list(fetcher.fetch_all(wanted))
    assert all(isinstance(outcome, Fetched) for outcome in seen[:40]), "one came after the hanging"
    assert [o.fault for o in seen[40:] if isinstance(o, FetchFailed)] == [Fault.DEADLINE] * 5


@pytest.mark.slow
def test_what_takes_long_gives_its_place_away_and_no_more_than_a_few_do(hostile: Any) -> None:
    async def never(_writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    hostile.answers["*"] = never
    hosts = [f"h{number}.example" for number in range(8)]
    wanted = [FetchRequest(key=h, url=hostile.url("/", h)) for h in hosts]
    few = {"concurrency": 2, "slow_after_seconds": 0.1, "most_slow": 3, "deadline_seconds": 3.0}
    with web(hostile, *hosts, robots=False, **few) as fetcher:
        list(fetcher.fetch_all(wanted))
    first = hostile.asked[0].at
    assert sum(asked.at - first < 2.5 for asked in hostile.asked) == 5
    assert len(hostile.asked) == 8


def test_nothing_arriving_is_said_so_that_other_work_can_go_on(hostile: Any) -> None:
    told = threading.Event()

    async def until_told(writer: asyncio.StreamWriter) -> None:
        await asyncio.to_thread(told.wait, 10)
        writer.write(OK)

    hostile.answers["/late"] = until_told
    with web(hostile) as fetcher:
        arrivals = fetcher.arrivals(pages(hostile, "/late"))
        assert next(arrivals) is None
        told.set()
        assert [outcome.key for outcome in arrivals if outcome] == ["/late"]


def test_no_more_run_at_once_than_the_limit_says(hostile: Any) -> None:
    hostile.answers["*"] = _late
    with web(hostile, concurrency=4) as fetcher:
        list(fetcher.fetch_all(pages(hostile, *(f"/{n}" for n in range(8)))))
    assert hostile.most_at_once == 4


def test_every_request_has_exactly_one_outcome_even_when_keys_repeat(hostile: Any) -> None:
    hostile.answers["/a"] = OK
    wanted = [*pages(hostile, "/a", "/a", "/missing"), FetchRequest(key="bad", url="nonsense")]
    with web(hostile) as fetcher:
        keys = sorted(outcome.key for outcome in fetcher.fetch_all(wanted))
        assert keys == ["/a", "/a", "/missing", "bad"]
        assert list(fetcher.fetch_all([])) == []


def test_a_run_dropped_halfway_leaves_nothing_behind(hostile: Any) -> None:
    hostile.answers |= {"/a": OK, "/late": _late}
    with web(hostile) as fetcher:
        run = fetcher.fetch_all(pages(hostile, "/a", "/late", "/late"))
        assert next(run).key == "/a"
        with pytest.raises(RuntimeError, match="finish"):
            fetcher.fetch(pages(hostile, "/a")[0])
        del run
        assert [o.key for o in fetcher.fetch_all(pages(hostile, "/a"))] == ["/a"]


def test_to_wait_while_another_job_fetches_is_no_standstill(hostile: Any) -> None:
    """The watchdog starts the service anew where a job gives no sign of life for long."""
    hostile.answers |= {"/a": OK, "/late": _late}
    seen: list[int] = []

    def waits() -> None:
        with felt() as pulse:
            fetcher.fetch(pages(hostile, "/a")[0])
            seen.append(pulse.beats)

    with web(hostile) as fetcher:
        run = fetcher.fetch_all(pages(hostile, "/a", "/late"))
        next(run)
        waiting = threading.Thread(target=waits)
        waiting.start()
        time.sleep(0.7)
        run.close()  # type: ignore[attr-defined] # it is a generator
        waiting.join(5)
    assert seen
    assert seen[0] >= 2


def test_time_the_caller_takes_is_no_fault_of_the_servers(hostile: Any) -> None:
    hostile.answers |= {"/a": OK, "/late": _late}
    with web(hostile, deadline_seconds=0.6) as fetcher:
        outcomes = []
        for outcome in fetcher.fetch_all(pages(hostile, "/a", "/late")):
            time.sleep(0.8 if outcome.key == "/a" else 0)
            outcomes.append(outcome)
    assert all(isinstance(outcome, Fetched) for outcome in outcomes)


def test_closing_twice_does_no_harm(hostile: Any) -> None:
    fetcher = web(hostile)
    fetcher.close()
    fetcher.close()


# --- one host ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_requests_to_one_host_are_spaced_and_hold_up_no_other(hostile: Any) -> None:
    hostile.answers["*"] = OK
    wanted = pages(hostile, "/1", "/2", "/3", "/4", host="busy.example")
    wanted += pages(hostile, "/other", host="free.example")
    with web(hostile, "busy.example", "free.example", host_gap_seconds=1.0) as fetcher:
        began = time.monotonic()
        order = [outcome.key for outcome in fetcher.fetch_all(wanted)]
    times = [asked.at for asked in hostile.asked if asked.path != "/other"]
    gaps = [later - sooner for sooner, later in pairwise(times)]
    assert min(gaps) > 0.6
    assert order.index("/other") <= 1
    other = next(asked.at for asked in hostile.asked if asked.path == "/other")
    assert other - began < 0.9


def test_the_gap_also_holds_between_two_runs(hostile: Any) -> None:
    hostile.answers["*"] = OK
    with web(hostile, host_gap_seconds=1.0) as fetcher:
        fetcher.fetch(pages(hostile, "/1")[0])
        fetcher.fetch(pages(hostile, "/2")[0])
    assert hostile.asked[1].at - hostile.asked[0].at > 0.6


@pytest.mark.slow
@pytest.mark.row(25)
def test_a_host_sees_one_request_a_second_by_the_limits_of_the_product(
    hostile: Any, figure: Any
) -> None:
    """Feeds, then pages, over redirects to the same host, which are requests as well."""
    hostile.answers |= dict.fromkeys(("/1", "/2", "/3"), OK)
    hostile.answers["/on"] = b"HTTP/1.1 302 On\r\nLocation: /2\r\nContent-Length: 0\r\n\r\n"
    product = FetchLimits()
    kept = {"host_gap_seconds": product.host_gap_seconds, "per_host": product.per_host}
    with web(hostile, robots=False, **kept) as fetcher:
        list(fetcher.fetch_all(pages(hostile, "/1", "/on", "/3")))
    gaps = [later.at - sooner.at for sooner, later in pairwise(hostile.asked)]
    assert len(gaps) == 3
    assert sum(gaps) > 2.85
    assert min(gaps) > 0.7, "each as the outlet saw it, which may have been busy"
    figure(f"requests to one host {sum(gaps) / 3:.2f} s apart, redirects counted")


def test_waiting_for_the_gap_costs_no_deadline(hostile: Any) -> None:
    hostile.answers["*"] = OK
    with web(hostile, host_gap_seconds=0.5, deadline_seconds=1.6) as fetcher:
        outcomes = list(fetcher.fetch_all(pages(hostile, *(f"/{n}" for n in range(5)))))
    assert all(isinstance(outcome, Fetched) for outcome in outcomes)


def test_at_most_two_at_once_on_one_host(hostile: Any) -> None:
    hostile.answers["*"] = _late
    with web(hostile, per_host=2) as fetcher:
        list(fetcher.fetch_all(pages(hostile, *(f"/{n}" for n in range(5)))))
    assert hostile.most_at_once == 2


@pytest.mark.row(25)
def test_a_host_that_asks_for_quiet_is_left_alone(hostile: Any) -> None:
    hostile.answers["*"] = b"HTTP/1.1 429 Slow\r\nRetry-After: 600\r\nContent-Length: 0\r\n\r\n"
    wanted = pages(hostile, *(f"/{n}" for n in range(6)))
    with web(hostile, per_host=1, host_gap_seconds=0.5) as fetcher:
        outcomes = list(fetcher.fetch_all(wanted))
        later = fetcher.fetch(pages(hostile, "/later")[0])
    assert len(hostile.asked) == 1
    for outcome in [*outcomes, later]:
        assert isinstance(outcome, FetchFailed)
        assert outcome.fault is Fault.BUSY
        assert outcome.retry_after
        assert 590 < outcome.retry_after <= 600


@pytest.mark.row(25)
@given(
    st.lists(st.sampled_from("abc"), max_size=30),
    st.integers(1, 3),
    st.sampled_from([0.0, 1.0, 2.5]),
    st.floats(0.1, 5.0),
)
def test_the_queue_keeps_its_promises_whatever_comes(
    hosts: list[str], per_host: int, gap: float, holds: float
) -> None:
    queue: HostQueue[tuple[int, str]] = HostQueue(per_host=per_host, gap=gap)
    for number, host in enumerate(hosts):
        queue.add(host, (number, host))
    now = 0.0
    running: list[tuple[float, str]] = []
    taken: list[tuple[int, str]] = []
    last: dict[str, float] = {}
    while queue or running:
        while (job := queue.take(now)) is not None:
            host = job[1]
            assert now - last.get(host, -9.0) >= gap - 1e-9  # sums of floats
            last[host] = now
            taken.append(job)
            running.append((now + holds, host))
            assert sum(h == host for _, h in running) <= per_host
        upcoming = [at for at, _ in running]
        free_at = queue.next_at()
        now = min([*upcoming, *([free_at] if free_at is not None else [])])
        for end, host in [entry for entry in running if entry[0] <= now]:
            running.remove((end, host))
            queue.release(host, now)
    assert sorted(taken) == list(enumerate(hosts))
    for host in "abc":
        assert [n for n, h in taken if h == host] == [n for n, h in enumerate(hosts) if h == host]


# --- robots.txt ----------------------------------------------------------------------------------

RULES = (
    b"User-agent: *\nDisallow: /private\nUser-agent: Torkham\nDisallow: /ours\nAllow: /private\n"
)


def robots_txt(hostile: Any, body: bytes) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    hostile.answers |= {"*": OK, "/robots.txt": head.encode() + body}


def faults(outcomes: Any) -> dict[str, Fault | None]:
    return {o.key: o.fault if isinstance(o, FetchFailed) else None for o in outcomes}


def test_a_page_robots_may_not_read_is_not_read_and_robots_is_asked_once(hostile: Any) -> None:
    robots_txt(hostile, RULES)
    with web(hostile, robots=True) as fetcher:
        first = faults(fetcher.fetch_all(pages(hostile, "/ours/1", "/private/2", "/free")))
        second = faults(fetcher.fetch_all(pages(hostile, "/ours/3")))
    assert first == {"/ours/1": Fault.ROBOTS, "/private/2": None, "/free": None}
    assert second == {"/ours/3": Fault.ROBOTS}
    assert sorted(hostile.paths()) == ["/free", "/private/2", "/robots.txt"]


def test_feeds_are_exempt_from_robots(hostile: Any) -> None:
    robots_txt(hostile, b"User-agent: *\nDisallow: /\n")
    feed = FetchRequest(key="f", url=hostile.url("/feed"), kind="feed")
    with web(hostile, robots=True) as fetcher:
        assert isinstance(fetcher.fetch(feed), Fetched)
    assert hostile.paths() == ["/feed"]


@pytest.mark.parametrize("status", ["404 No", "403 No", "410 Gone", "401 No"])
def test_no_robots_txt_means_all_is_allowed(hostile: Any, status: str) -> None:
    head = f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    hostile.answers |= {"*": OK, "/robots.txt": head.encode()}
    with web(hostile, robots=True) as fetcher:
        assert faults(fetcher.fetch_all(pages(hostile, "/a"))) == {"/a": None}


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", Fault.SERVER),
        (b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", Fault.BUSY),
        (b"", Fault.CONNECT),
    ],
)
def test_a_robots_txt_that_cannot_be_read_holds_pages_back_with_its_own_fault(
    hostile: Any, raw: bytes, fault: Fault
) -> None:
    """The fault passes, so the page is tried again; it is not told apart as forbidden."""
    hostile.answers |= {"*": OK, "/robots.txt": raw}
    with web(hostile, robots=True, robots_retry_seconds=0.2) as fetcher:
        assert faults(fetcher.fetch_all(pages(hostile, "/a", "/b"))) == {"/a": fault, "/b": fault}
        robots_txt(hostile, b"")
        time.sleep(0.25)
        assert faults(fetcher.fetch_all(pages(hostile, "/a"))) == {"/a": None}
    assert "/b" not in hostile.paths()


def test_a_redirect_to_another_host_meets_that_hosts_robots(hostile: Any) -> None:
    robots_txt(hostile, b"User-agent: *\nDisallow: /closed\n")
    there = hostile.url("/closed", "there.example")
    hostile.answers["/go"] = f"HTTP/1.1 302 On\r\nLocation: {there}\r\n\r\n".encode()
    with web(hostile, "there.example", robots=True) as fetcher:
        assert faults(fetcher.fetch_all(pages(hostile, "/go"))) == {"/go": Fault.ROBOTS}
    assert "/closed" not in hostile.paths()


def test_a_huge_robots_txt_counts_as_far_as_it_is_read(hostile: Any) -> None:
    robots_txt(hostile, RULES + b"# padding\n" * 1_000_000)
    with web(hostile, robots=True) as fetcher:
        assert faults(fetcher.fetch_all(pages(hostile, "/ours"))) == {"/ours": Fault.ROBOTS}


def _learnt(text: bytes) -> Robots:
    robots = Robots(token="Torkham", ttl=9.0, retry=9.0)
    document = Fetched(
        key="r",
        url="u",
        final_url="u",
        status=200,
        headers={},
        body=text,
        fetched_at=system_clock(),
    )
    robots.learn("http://o.example", document, 0.0)
    return robots


@pytest.mark.parametrize(
    "text",
    [
        b"".join(b"User-agent: a%d\n" % n for n in range(2500)) + b"Disallow: /a\n" * 2500,
        b"".join(b"user agent torkham%d\n" % n for n in range(2500)) + b"Disallow: /a\n" * 2500,
        b"User-agent: *\n" + b"Disallow: /*a*a*a*a*a*a*a*a*a*a*a*a*b$\n" * 2500,
        b"\xff\xfe\x00" * 100_000,
        b"Disallow: /x\x0b" * 40_000,
    ],
)
def test_a_hostile_robots_txt_costs_little(text: bytes) -> None:
    began = time.process_time()
    _learnt(text).objection("http://o.example", "http://o.example/" + "a" * 3000)
    assert time.process_time() - began < 2.0


def test_robots_rules_are_forgotten_after_their_time() -> None:
    robots = _learnt(b"User-agent: *\nDisallow: /\n")
    assert robots.knows("http://o.example", 8.0)
    assert not robots.knows("http://o.example", 9.5)
    assert robots.objection("http://o.example", "http://o.example/x")
    assert robots.objection("http://never.example", "http://never.example/x") is None
