"""feeds.yaml is read whole or refused with every mistake, each with its place."""

from __future__ import annotations

import dataclasses
import time
from datetime import time as clock_time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from monitor.config.checking import Known, check
from monitor.config.kinds import BROWSER, Term
from monitor.config.loading import Settings, load
from monitor.config.problems import ConfigError, Problem
from monitor.config.reading import MAX_BYTES, parse
from monitor.config.shape import MAX_FEEDS, MailChannel

CANARY = "canary-9f31c7"
DAWN = "feeds:\n  - url: https://www.dawn.com/feeds/home\n"


def loaded(tmp_path: Path, text: str, **known: Any) -> Settings:
    path = tmp_path / "feeds.yaml"
    path.write_text(text, encoding="utf-8")
    environ = known.pop("environ", {})
    return load(path, environ, **known)


def mistakes(tmp_path: Path, text: str, **known: Any) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text, **known)
    return {problem.path: problem.message for problem in caught.value.problems}


def rule(text: str) -> str:
    return f"{DAWN}alerts:\n  - {{name: a, {text}}}\n"


def test_a_file_that_is_gone_from_beside_its_store_is_to_be_brought_back(tmp_path: Path) -> None:
    """A new one would watch other feeds, and nobody would notice for days."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data/torkham.db").touch()
    with pytest.raises(ConfigError, match="bring your own back"):
        load(tmp_path / "feeds.yaml", {})


# --- what a small file means ----------------------------------------------------------------


def test_two_lines_are_a_configuration(tmp_path: Path) -> None:
    got = loaded(tmp_path, DAWN)
    (feed,) = got.feeds
    assert (feed.key, feed.outlet, feed.kind) == ("dawn-com-feeds-home", "dawn.com", "rss")
    assert (feed.body, feed.every_minutes, feed.enabled) == ("page", 15, True)
    assert got.topic == "pak_afg_ttp"
    assert got.team.time_zone == "Asia/Karachi"
    assert got.digest.at == clock_time(7, 0)
    assert got.channels["outbox"].kind == "directory"
    assert got.web.host == "127.0.0.1"
    assert got.thresholds.queue is None
    assert got.fetch.obey_robots is True


def test_settings_cannot_be_changed_after_reading(tmp_path: Path) -> None:
    got = loaded(tmp_path, DAWN)
    with pytest.raises(dataclasses.FrozenInstanceError):
        got.topic = "other"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        got.digest.stories = 3
    with pytest.raises(TypeError):
        got.channels["x"] = got.channels["outbox"]  # type: ignore[index]


def test_everything_written_arrives(tmp_path: Path) -> None:
    got = loaded(
        tmp_path,
        """
topic: other_topic
team: {name: Night desk, time_zone: Asia/Kabul, contact: desk@example.org}
feeds:
  - {key: g, outlet: G, side: india, language: no, url: "https://g.example/rss",
     kind: google-news, every: 2h, user_agent: browser, enabled: false, note: n, section: s}
alerts:
  - name: one
    any: [concept:ttp, {concept: border}, two words]
    none: [cricket]
    pattern: 'ab+c'
    in: [title]
    outlets: [g]
    minimum_score: 0.5
    channels: [post]
    enabled: false
digest: {enabled: false, at: 17:30, weekdays: [mon, fri], stories: 5, channels: [post, outbox]}
channels:
  post: {kind: mail, host: mx.example, from: Desk <d@example.org>, to: [e@example.org]}
thresholds: {queue: 0.25, sample_share: 0.02}
fetch: {deadline: 5, page_bytes: 500 kB, per_host: 1, host_gap: 2.5, obey_robots: false}
workers: {count: 1, memory: 1 GB, seconds: 7}
web: {host: 0.0.0.0, port: 9000, allowed_hosts: [desk.example.org]}
retention: {days: 60, history_days: 20, backups: 3}
catch_up: {digest_days: 2}
""",
    )
    (feed,) = got.feeds
    assert (feed.side, feed.language, feed.kind, feed.body) == (
        "india",
        "no",
        "google-news",
        "headline",
    )
    assert (feed.every_minutes, feed.user_agent, feed.enabled) == (120, BROWSER, False)
    (alert,) = got.rules
    assert alert.any_of == (
        Term(text="ttp", concept=True),
        Term(text="border", concept=True),
        Term(text="two words"),
    )
    assert (alert.none_of, alert.pattern, alert.parts) == (
        (Term(text="cricket"),),
        "ab+c",
        ("title",),
    )
    assert (alert.outlets, alert.minimum_score, alert.enabled) == (("g",), 0.5, False)
    assert got.digest.at == clock_time(17, 30)  # unquoted 17:30 is 1050 to YAML 1.1
    assert got.digest.channels == ("post", "outbox")
    post = got.channels["post"]
    assert isinstance(post, MailChannel)
    assert (post.sender, post.to, post.at_port) == ("Desk <d@example.org>", ("e@example.org",), 587)
    assert (got.fetch.page_bytes, got.workers.memory) == (500_000, 1_000_000_000)
    assert (got.web.host, got.web.port, got.retention.days) == ("0.0.0.0", 9000, 60)
    assert (got.catch_up.digest_days, got.thresholds.sample_share) == (2, 0.02)


def test_an_empty_section_has_its_defaults(tmp_path: Path) -> None:
    got = loaded(tmp_path, DAWN + "digest:\nalerts:\nchannels:\nweb:\n")
    assert (got.digest.stories, got.rules, got.web.port) == (30, (), 8000)


def test_words_keep_the_joiners_of_persian_and_urdu(tmp_path: Path) -> None:
    got = loaded(tmp_path, rule('any: ["هبت‌الله", "ٹی ٹی پی"]'))
    assert got.rules[0].any_of[0].text == "هبت\u200cالله"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    environ = {"TORKHAM_WEB_PORT": "8123", "TORKHAM_WEB_HOST": "::1"}
    got = loaded(tmp_path, DAWN + "web: {port: 9000}\n", environ=environ)
    assert (got.web.host, got.web.port) == ("::1", 8123)


def test_a_mistake_of_the_environment_is_named_as_one(tmp_path: Path) -> None:
    found = mistakes(tmp_path, DAWN, environ={"TORKHAM_WEB_PORT": "http"})
    assert found == {"TORKHAM_WEB_PORT": "is a whole number"}


def test_kinds_not_read_yet_wait_on_the_shelf(tmp_path: Path) -> None:
    text = DAWN + "  - {key: s, kind: json-api, url: 'https://a.example/s', enabled: false}\n"
    got = loaded(tmp_path, text)
    assert [feed.key for feed in got.feeds] == ["dawn-com-feeds-home"]
    assert got.shelved == ("s",)


# --- every mistake at once ------------------------------------------------------------------

WRONG = """
topc: x
time_zone: Asia/Karachi
team: {time_zone: Asia/Karchi, nme: x}
feeds:
  - {key: dawn, url: "ftp://x", utl: 3}
  - {key: dawn, url: "https://a.example/c"}
  - {key: Dawn Two, url: "https://www.A.example/c/", every: 3m, language: english, side: moon}
  - {kind: google-news, body: page, url: "https://x.example/z"}
  - {kind: json-api, url: "https://x.example/q"}
  - 5
  - {outlet: x}
alerts:
  - {name: a, any: [concept:tpt, "concept:", 9, "--"], channels: [outbux]}
  - {name: A, pattern: "(a", outlets: [Dawm]}
  - {name: c, none: [x]}
  - {name: d.e, any: x, in: [titel], minimum_score: 2, channels: []}
  - {name: f, pattern: "a*"}
digest: {at: 7am, stories: many, weekdays: [mon, mon], channels: [nowhere]}
channels:
  team-mail: {kind: mail, hst: x}
  x: {kind: smtp}
  Bad Name: {kind: directory}
  d: {kind: directory, path: ../../etc}
  m: {kind: mail, host: h, from: "a\\nBcc: b@c.example", to: [a, "b@c.example"]}
  p: {kind: mail, host: mx.example, from: a@b.example, to: [a@b.example], user: u, security: none}
thresholds: {queue: 2, sample_share: .nan}
fetch: {page_bytes: much, per_host: 99}
web: {host: 0.0.0.0}
retention: 5
"""


def test_every_mistake_is_listed_at_once_with_its_path(tmp_path: Path) -> None:
    found = mistakes(tmp_path, WRONG, known=lambda _: Known(concepts={"ttp", "border"}))
    assert set(found) == {
        "topc", "time_zone", "team.time_zone", "team.nme",
        "feeds[0].url", "feeds[0].utl", "feeds[1].key", "feeds[2].key", "feeds[2].url",
        "feeds[2].every", "feeds[2].language", "feeds[2].side", "feeds[3]", "feeds[4]", "feeds[5]",
        "feeds[6].url",
        "alerts[0].any[0]", "alerts[0].any[1]", "alerts[0].any[2]", "alerts[0].any[3]",
        "alerts[0].channels[0]", "alerts[1].name", "alerts[1].pattern", "alerts[1].outlets[0]",
        "alerts[2]", "alerts[3].name", "alerts[3].any", "alerts[3].in[0]",
        "alerts[3].minimum_score", "alerts[3].channels", "alerts[4].pattern",
        "digest.at", "digest.stories", "digest.weekdays", "digest.channels[0]",
        "channels.team-mail.host", "channels.team-mail.from", "channels.team-mail.to",
        "channels.team-mail.hst", "channels.x.kind", "channels.Bad Name", "channels.d.path",
        "channels.m.from", "channels.m.to[0]", "channels.p",
        "thresholds.queue", "thresholds.sample_share", "fetch.page_bytes", "fetch.per_host",
        "web", "retention",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("topc", 'Did you mean "topic"?'),
        ("time_zone", "It belongs under `team:`."),
        ("team.time_zone", 'Did you mean "Asia/Karachi"?'),
        ("team.nme", 'Did you mean "name"?'),
        ("feeds[1].key", "feeds[0]"),
        ("feeds[2].url", "feeds[1]"),
        ("feeds[2].side", "'pakistan'"),
        ("feeds[4]", "enabled: false"),
        ("feeds[6].url", "is needed"),
        ("alerts[0].any[0]", 'Did you mean "ttp"?'),
        ("alerts[0].channels[0]", 'Did you mean "outbox"?'),
        ("alerts[1].pattern", "missing )"),
        ("alerts[4].pattern", "every article"),
        ("digest.at", '"07:00"'),
        ("channels.x.kind", "directory, mail, apprise"),
        ("channels.p", "unprotected"),
        ("web", "say in `address` what people type"),
    ],
)
def test_a_mistake_says_what_to_do(tmp_path: Path, path: str, says: str) -> None:
    found = mistakes(tmp_path, WRONG, known=lambda _: Known(concepts={"ttp", "border"}))
    assert says in found[path]


def test_mistakes_come_with_their_line_in_the_order_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, WRONG)
    lines = [problem.line or 0 for problem in caught.value.problems]
    assert lines == sorted(lines)
    by_path = {problem.path: problem.line for problem in caught.value.problems}
    texts = WRONG.splitlines()
    assert "ftp://x" in texts[(by_path["feeds[0].url"] or 0) - 1]
    assert "outlet: x" in texts[(by_path["feeds[6].url"] or 0) - 1]  # a missing key: its entry
    assert (
        str(caught.value.problems[0])
        == 'topc: is no key of feeds.yaml. Did you mean "topic"? (line 2)'
    )


@pytest.mark.parametrize(
    "pattern", ["(?=x)y", r"(a)\\1", "[z-a]", "a{5000}", "((a{100}){100}){100}"]
)
def test_an_expression_that_cannot_run_in_linear_time_says_why(
    tmp_path: Path, pattern: str
) -> None:
    found = mistakes(tmp_path, rule(f'pattern: "{pattern}"'))
    assert "cannot be used: " in found["alerts[0].pattern"]


@pytest.mark.parametrize(
    "url",
    [
        "dawn.com/feeds",
        "ftp://a.example/",
        "https://",
        "https://a b.example/",
        "https://[::1",
        "//a",
    ],
)
def test_what_is_no_web_address_is_refused(tmp_path: Path, url: str) -> None:
    assert mistakes(tmp_path, f'feeds: [{{url: "{url}"}}]').keys() == {"feeds[0].url"}


def test_a_feed_at_a_host_in_another_script_has_a_key_of_its_own(tmp_path: Path) -> None:
    """An empty one would be that of all such feeds: what one brings would stand as another's."""
    hosts = ("خبریں.پاکستان", "اخبار.پاکستان")
    text = "feeds:\n" + "".join(f"  - url: https://{host}/\n" for host in hosts)
    first, second = (feed.key for feed in loaded(tmp_path, text).feeds)
    assert first.startswith("xn-")
    assert len({first, second, ""}) == 3


@pytest.mark.parametrize(
    ("text", "path", "says"),
    [
        ("retention: {outlets: {Dawn: {days: 5}}}", "retention.outlets.Dawn.days", '"text_days"'),
        (
            "retention: {outlets: {Dawn: 5}}",
            "retention.outlets.Dawn",
            "keys: text_days, pages_days",
        ),
        ("retention: {outlets: [Dawn]}", "retention.outlets", "holds names"),
        ("backups: {to: safe/torkham}", "backups.to", "is a whole path, from / on"),
        (
            "readers: {asma: {channels: [outbox], quiet: {til: '06:30'}}}",
            "readers.asma.quiet.til",
            '"until"',
        ),
    ],
)
def test_a_mistake_deep_inside_names_the_keys_that_are_known_there(
    tmp_path: Path, text: str, path: str, says: str
) -> None:
    assert says in mistakes(tmp_path, f"{DAWN}{text}\n")[path]


@pytest.mark.parametrize("name", ["''", f"'{'x' * 201}'", "'a[b]'", "']['", "'.'"])
def test_a_name_that_is_none_is_a_mistake_with_its_line_and_no_endless_search(
    tmp_path: Path, name: str
) -> None:
    text = f"{DAWN}retention:\n  outlets:\n    {name}: {{text_days: 0}}\n"
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text)
    assert {problem.line for problem in caught.value.problems} == {5}


def test_topic_packs_are_checked_when_their_names_are_known(tmp_path: Path) -> None:
    packs = Known(topics=["pak_afg_ttp"])
    found = mistakes(tmp_path, "topic: pak_afg\n" + DAWN, known=lambda _: packs)
    assert 'Did you mean "pak_afg_ttp"?' in found["topic"]
    assert loaded(tmp_path, "topic: pak_afg\n" + DAWN).topic == "pak_afg"


def test_a_file_without_feeds_says_so(tmp_path: Path) -> None:
    assert "- url:" in mistakes(tmp_path, "")["feeds"]
    assert "feeds" in mistakes(tmp_path, "feeds: []\n")
    assert "is a list" in mistakes(tmp_path, "feeds: {url: x}\n")["feeds"]


# --- sizes ----------------------------------------------------------------------------------


def test_sizes_are_bounded(tmp_path: Path) -> None:
    feeds = "".join(f"  - url: https://a.example/{n}\n" for n in range(MAX_FEEDS + 1))
    assert "1,000" in mistakes(tmp_path, "feeds:\n" + feeds)["feeds"]
    rules = "".join(f"  - {{name: r{n}, any: [x]}}\n" for n in range(201))
    assert "200" in mistakes(tmp_path, DAWN + "alerts:\n" + rules)["alerts"]
    words = ", ".join(f"w{n}" for n in range(150))
    assert "200 words" in mistakes(tmp_path, rule(f"any: [{words}], all: [{words}]"))["alerts[0]"]
    assert "1 MB" in mistakes(tmp_path, "#" * (MAX_BYTES + 1))["feeds.yaml"]
    assert "200 characters" in mistakes(tmp_path, rule(f"any: [{'x' * 201}]"))["alerts[0].any[0]"]


def test_a_thousand_feeds_are_read_quickly(tmp_path: Path) -> None:
    """The settings are read anew every minute, so a large file may not cost seconds."""
    lines = [
        f"  - {{key: f-{n}, url: 'https://h{n}.example/rss', outlet: O{n}}}" for n in range(1000)
    ]
    start = time.process_time()
    got = loaded(tmp_path, "feeds:\n" + "\n".join(lines))
    assert len(got.feeds) == 1000
    assert time.process_time() - start < 3


# --- YAML -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says", "line"),
    [
        ("feeds:\n  - url: 'https://a.example\n", "is not YAML", 3),
        ("feeds: [\n", "column 1", 2),
        ("feeds:\n\t- url: x\n", "begins with a tab", 2),
        ("feeds:\n  - url: x\n \t  outlet: y\n", "begins with a tab", 3),
        ("a: &b 1\nfeeds: *b\n", "anchor or alias", 1),
        ("team:\n  name: !!python/object:os.system x\n", "tag", 2),
        ("a: 1\n---\nb: 2\n", "second document", 2),
        ("? [a]\n: 1\n", "as a key", 1),
        ("feeds: " + "[" * 200, "deeper", 1),
        ("- 1\n", "no keys", 1),
        ("just words\n", "no keys", 1),
    ],
)
def test_what_is_no_plain_yaml_is_refused_with_its_line(
    tmp_path: Path, text: str, says: str, line: int
) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text)
    (problem,) = caught.value.problems
    assert says in problem.message
    assert problem.line == line
    assert problem.path == "feeds.yaml"


def test_a_bomb_of_aliases_costs_nothing(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(
        f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)
    )
    start = time.process_time()
    assert "anchor" in mistakes(tmp_path, bomb)["feeds.yaml"]
    assert time.process_time() - start < 1


def test_a_key_written_twice_is_a_mistake_beside_the_others(tmp_path: Path) -> None:
    found = mistakes(tmp_path, DAWN + "team:\n  name: a\n  name: b\ndigest: {stories: 0}\n" + DAWN)
    assert "line 4" in found["team.name"]
    assert "line 1" in found["feeds"]
    assert "digest.stories" in found


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"feeds: \x00\n", b"team: {name: \xe9}\n"])
def test_bytes_that_are_no_text_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError):
        load(path, {})


def test_a_file_that_is_not_there_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="torkham init"):
        load(tmp_path / "feeds.yaml", {})
    with pytest.raises(ConfigError, match="is not a file"):
        load(tmp_path, {})


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15)
    | st.floats(allow_nan=False, allow_infinity=False, width=32)
    | st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30)
    | st.sampled_from(["no", "17:30", "1e5", "09", "0x1f", "1_000", "null", "~", "*a", "!x"]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text("abc-é1~:", max_size=5), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text("abcde", min_size=1, max_size=5), _JSON, max_size=4))
def test_what_yaml_writes_is_read_back_as_it_was(value: dict[str, Any]) -> None:
    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
            return True

    text = yaml.dump(value, Dumper=Plain, sort_keys=False, allow_unicode=True)
    assert parse(text).value == value


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300) | st.text("[]{}:- \n\t'\"#&*!|>a1", max_size=80))
def test_any_text_at_all_gives_settings_or_mistakes(text: str) -> None:
    try:
        found = check(parse(text).value, Known()).problems
    except ConfigError as error:
        found = list(error.problems)
    assert found


_KEYS = st.sampled_from([
    "topic", "team", "feeds", "alerts", "digest", "channels", "thresholds", "fetch", "workers",
    "web", "retention", "backups", "catch_up", "name", "url", "key", "kind", "any", "in", "pattern",
    "at",
])  # fmt: skip


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        _KEYS, st.dictionaries(_KEYS, _JSON) | st.lists(st.dictionaries(_KEYS, _JSON)) | _JSON
    )
)
def test_any_values_at_all_are_checked_without_a_crash(value: dict[str, Any]) -> None:
    for problem in check(value, Known(concepts=["a"], topics=["b"])).problems:
        assert isinstance(problem, Problem)
        assert str(problem).isprintable()


# --- secrets never belong here --------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        f"channels: {{m: {{kind: mail, host: h, from: a@b.c, to: [a@b.c], password: {CANARY}}}}}\n",
        f"channels: {{slack: {{kind: apprise, url: 'slack://{CANARY}'}}}}\n",
        f"channels: {{slack: {{kind: slack, token: {CANARY}}}}}\n",
        f"password: {CANARY}\n",
    ],
)
def test_a_secret_in_the_file_is_told_where_it_belongs_and_not_repeated(
    tmp_path: Path, text: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, DAWN + text)
    said = str(caught.value)
    assert "TORKHAM_" in said
    assert "secrets.env" in said
    assert CANARY not in said + repr(caught.value) + repr(caught.value.problems)


@pytest.mark.parametrize(
    "text",
    [
        f"feeds: [{{url: 'https://user:{CANARY}@a.example/rss'}}]\n",
        f"feeds: [{{url: {CANARY}}}]\n",
        f"team: '{CANARY}\n",
        f"team: {{time_zone: {CANARY}, name: [{CANARY}]}}\n",
        f"digest: {{at: {CANARY}, weekdays: [{CANARY}], stories: {CANARY}}}\n",
        f"web: {{port: {CANARY}, host: '{CANARY} x'}}\n",
        f"fetch: {CANARY}\n",
    ],
)
def test_no_mistake_repeats_the_value_it_complains_of(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text)
    assert CANARY not in str(caught.value) + repr(caught.value.problems)


# --- thresholds by what a team means --------------------------------------------------------


@pytest.mark.parametrize(
    ("section", "path", "message"),
    [
        (
            "thresholds: {queue: 0.2, miss_at_most: 0.1}",
            "thresholds",
            "queue and miss_at_most each",
        ),
        ("thresholds: {read_a_day: 9, miss_at_most: 0.1}", "thresholds", "keep one of them"),
        ("thresholds: {audit_a_day: 2, sample_share: 0.1}", "thresholds", "each set the audit"),
        ("thresholds: {read_a_day: 0}", "thresholds.read_a_day", "at least 1"),
        ("thresholds: {miss_at_most: 0.9}", "thresholds.miss_at_most", "at most 0.5"),
        ("thresholds: {audit_a_day: 500}", "thresholds.audit_a_day", "at most 50"),
        ("queue: {mix: [0, 0, 0]}", "queue", "gives no place to anything"),
        ("queue: {mix: [6, -3, 1]}", "queue.mix[1]", "at least 0"),
        ("queue: 0.2", "queue", "holds keys: mix"),
    ],
)
def test_a_threshold_is_set_in_one_way_and_the_mix_shows_something(
    tmp_path: Path, section: str, path: str, message: str
) -> None:
    file = tmp_path / "feeds.yaml"
    file.write_text(f"feeds: [{{url: 'https://a.example/rss'}}]\n{section}\n")
    with pytest.raises(ConfigError) as refused:
        load(file, {})
    (problem,) = refused.value.problems
    assert problem.path == path
    assert message in problem.message


def test_the_order_of_the_queue_is_six_three_one_unless_said(tmp_path: Path) -> None:
    file = tmp_path / "feeds.yaml"
    file.write_text("feeds: [{url: 'https://a.example/rss'}]\n")
    assert load(file, {}).queue.mix == (6, 3, 1)
    file.write_text("feeds: [{url: 'https://a.example/rss'}]\nqueue: {mix: [8, 0, 2]}\n")
    assert load(file, {}).queue.mix == (8, 0, 2)


# --- further digests ------------------------------------------------------------------------

MORE = """
digest: {topics: [talks], languages: [ur]}
digests:
  - {name: border, at: "13:00", topics: [trade], on: [mon, fri], channels: [outbox]}
  - {name: weekly, every: week}
  - {name: late-month, every: month, on: 31, stories: 50}
"""


def test_further_digests_have_their_own_day_hour_and_topics(tmp_path: Path) -> None:
    got = loaded(tmp_path, DAWN + MORE)
    border, weekly, monthly = got.digests
    assert (border.at, border.topics, border.on_weekdays) == (
        clock_time(13, 0), ("trade",), ("mon", "fri"),
    )  # fmt: skip
    assert (weekly.every, weekly.on_weekdays, weekly.on_day) == ("week", ("mon",), None)
    assert (monthly.every, monthly.on_day, monthly.stories) == ("month", 31, 50)
    assert (got.digest.name, got.digest.topics, got.digest.every) == ("daily", ("talks",), "day")


@pytest.mark.parametrize(
    ("digest", "path", "said"),
    [
        ("{name: daily}", "digests[0]", "choose another name"),
        ("{at: '07:00'}", "digests[0].name", "is needed"),
        ("{name: w, every: week, on: [mon, tue]}", "digests[0]", "names one day"),
        ("{name: w, every: week, on: 3}", "digests[0]", "names weekdays"),
        ("{name: m, every: month, on: mon}", "digests[0]", "day of the month, 1 to 31"),
        ("{name: m, every: month, on: 32}", "digests[0]", "day of the month, 1 to 31"),
        ("{name: d, on: [mon, mon]}", "digests[0]", "names a day twice"),
        ("{name: d, on: someday}", "digests[0].on", "is a weekday, as in mon"),
        ("{name: d, every: hour}", "digests[0].every", "is one of"),
        ("{name: d, channels: [nowhere]}", "digests[0].channels[0]", "is no channel"),
        ("{name: d, weekdays: [mon]}", "digests[0].weekdays", "is no key of feeds.yaml"),
    ],
)
def test_a_mistake_in_a_further_digest_is_named(
    tmp_path: Path, digest: str, path: str, said: str
) -> None:
    found = mistakes(tmp_path, f"{DAWN}digests:\n  - {digest}\n")
    assert said in found[path], found


def test_two_digests_have_two_names(tmp_path: Path) -> None:
    found = mistakes(tmp_path, f"{DAWN}digests:\n  - {{name: a}}\n  - {{name: a}}\n")
    assert list(found) == ["digests[1].name"]
