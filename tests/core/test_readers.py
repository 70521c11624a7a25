"""Readers and channels in the settings: who is reached, by which way, and every mistake named."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest

from monitor.config.credentials import secrets
from monitor.config.loading import Settings, load
from monitor.config.problems import ConfigError
from monitor.delivery.ways import held, reached
from monitor.told import QuietHours, Recipient
from store.messages import Outgoing
from store.upkeep import Change

BASE = """
feeds: [{url: "https://a.example/feed"}]
team: {time_zone: Asia/Karachi}
channels:
  phone: {kind: apprise}
  mail:
    kind: mail
    host: smtp.example.org
    from: desk@x.example
    to: [a@x.example, b@x.example]
    hourly: 10
    quiet: {from: "23:00", until: "05:00", days: [sat]}
  dash: {kind: webhook, url: "https://hooks.example/t"}
readers:
  asma:
    person: Asma K.
    channels: [phone, mail]
    quiet: {from: "22:00", until: "06:30"}
    hourly: 3
    time_zone: Europe/London
    pause_until: "2026-12-01 07:00"
  farid: {channels: [mail]}
alerts:
  - {name: R, any: [x], readers: [asma, farid], channels: [dash, phone]}
  - {name: S, any: [x], readers: [farid]}
  - {name: T, any: [x]}
digest: {readers: [farid]}
"""
NIGHT = QuietHours(from_=time(22), until=time(6, 30))
SATURDAYS = QuietHours(from_=time(23), until=time(5), days=(5,))


def loaded(tmp_path: Path, text: str = BASE, *changes: Change) -> Settings:
    path = tmp_path / "feeds.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path, {}, changes)


def mistakes(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        loaded(tmp_path, text)
    return [str(problem) for problem in raised.value.problems]


def change(path: str, value: object) -> Change:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    return Change(id=1, path=path, value=json.dumps(value), by="Asma K.", at=at)


# --- who is reached -------------------------------------------------------------------------


def test_a_way_reached_twice_is_one_recipient_with_the_readers_hours(tmp_path: Path) -> None:
    settings = loaded(tmp_path)
    rule = settings.rules[0]
    found = reached(settings, rule.channels, rule.readers)
    hers: dict[str, Any] = {
        "reader": "asma", "quiet": NIGHT, "hourly": 3, "zone": "Europe/London",
        "paused_until": datetime(2026, 12, 1, 7, tzinfo=UTC),
    }  # fmt: skip
    assert found == (
        Recipient(way="phone", **hers),
        Recipient(way="mail:a@x.example", **hers),
        Recipient(way="mail:b@x.example", **hers),
        Recipient(way="dash", zone="Asia/Karachi"),
    )


def test_what_a_reader_leaves_open_the_channel_says(tmp_path: Path) -> None:
    settings = loaded(tmp_path)
    (first, _) = reached(settings, (), ("farid",))
    assert first == Recipient(
        way="mail:a@x.example", reader="farid", quiet=SATURDAYS, hourly=10, zone="Asia/Karachi"
    )


def test_channels_are_the_folder_only_where_nobody_is_named(tmp_path: Path) -> None:
    settings = loaded(tmp_path)
    assert [rule.channels for rule in settings.rules] == [("dash", "phone"), (), ("outbox",)]
    assert settings.digest.channels == ()
    assert loaded(tmp_path, BASE.replace("digest: {readers: [farid]}", "")).digest.channels == (
        "outbox",
    )


def test_a_name_that_is_none_reaches_nobody(tmp_path: Path) -> None:
    assert reached(loaded(tmp_path), ("nowhere",), ("nobody",)) == ()


@pytest.mark.parametrize(
    ("kind", "reader", "until"),
    [
        ("alert", "asma", datetime(2026, 12, 1, 7, tzinfo=UTC)),
        ("spike", "asma", datetime(2026, 12, 1, 7, tzinfo=UTC)),
        ("digest", "asma", None),
        ("notice", "asma", None),
        ("alert", None, None),
        ("alert", "gone", None),
    ],
)
def test_only_what_is_told_as_it_happens_waits(
    tmp_path: Path, kind: object, reader: str | None, until: datetime | None
) -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    message = Outgoing(
        key="k", kind=kind, channel="phone", subject="", text="", html=None, created_at=now,  # type: ignore[arg-type]
        reader=reader,
    )  # fmt: skip
    assert held(loaded(tmp_path), message, now) == until


# --- mistakes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        (
            "readers: [asma, farid], ch", "readers: [asma, fraid], ch",
            'alerts[0].readers[1]: is no reader. Did you mean "farid"? (line 24)',
        ),
        (
            "digest: {readers: [farid]}", "digest: {readers: [nobody-at-all]}",
            "digest.readers[0]: is no reader. There are: asma, farid. (line 27)",
        ),
        (
            "farid: {channels: [mail]}", "farid: {channels: [mial]}",
            'readers.farid.channels[0]: is no channel. Did you mean "mail"? (line 22)',
        ),
        ("farid: {channels: [mail]}", "farid: {}", "readers.farid.channels: is needed (line 22)"),
        (
            "farid: {channels: [mail]}", "farid: {channels: []}",
            "readers.farid.channels: holds at least 1 (line 22)",
        ),
        (
            "farid: {channels: [mail]}", "farid: {channels: [mail], person: asma k.}",
            "readers.farid.person: is the same as that of readers.asma (line 22)",
        ),
        (
            "farid: {channels: [mail]}", "Farid X: {channels: [mail]}",
            "readers.Farid X: is made of small letters, digits and single hyphens",
        ),
        (
            'until: "06:30"', 'until: "22:00"',
            "readers.asma.quiet: begins and ends at the same time",
        ),
        ('until: "06:30"', 'until: "6"', "readers.asma.quiet.until: is a time of day with two"),
        (", days: [sat]", ", days: []", "channels.mail.quiet.days: holds at least 1"),
        ("hourly: 3", "hourly: 0", "readers.asma.hourly: is at least 1"),
        ('"2026-12-01 07:00"', "2026-12-01", "readers.asma.pause_until: is a day and a time"),
        ('"2026-12-01 07:00"', '"2026-02-31 07:00"', "readers.asma.pause_until: is a day and a"),
        ("hourly: 3", "hourley: 3", "readers.asma.hourley: is no key of feeds.yaml. Did you mean"),
        (
            "dash: {kind: webhook,", "dash: {kind: webhook, secret: whsec_x,",
            ("channels.dash.secret: a secret never stands in feeds.yaml; put it in the environment "
            "or in data/secrets.env as TORKHAM_WEBHOOK_SECRET_DASH"),
        ),
        ("kind: webhook", "kind: hook", "channels.dash.kind: is one of directory, mail, apprise"),
        ("dash: {kind", "secret-dash: {kind", "channels.secret-dash: is the name of a webhook"),
        ("https://hooks", "ftp://hooks", "channels.dash.url: is no web address"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_with_its_path(
    tmp_path: Path, wrong: str, right: str, said: str
) -> None:
    assert wrong in BASE
    assert any(line.startswith(said) for line in mistakes(tmp_path, BASE.replace(wrong, right)))


def test_readers_that_are_no_names_with_keys_are_one_mistake(tmp_path: Path) -> None:
    text = "feeds: [{url: 'https://a.example/f'}]\nreaders: [asma]\n"
    assert mistakes(tmp_path, text) == [
        "readers: holds names with keys below them, at most 200 (line 2)"
    ]


# --- secrets of webhooks --------------------------------------------------------------------

GOOD = "whsec_" + "A" * 32
APPRISE = {"TORKHAM_APPRISE_PHONE": "json://x.example"}


def wrong_secrets(tmp_path: Path, text: str, environ: dict[str, str]) -> list[str]:
    try:
        secrets(APPRISE | environ, loaded(tmp_path, text), tmp_path)
    except ConfigError as error:
        return [str(problem) for problem in error.problems]
    return []


def test_a_webhook_needs_a_secret_that_is_one_and_an_address(tmp_path: Path) -> None:
    key, url = "TORKHAM_WEBHOOK_SECRET_DASH", "TORKHAM_WEBHOOK_DASH"
    bare = BASE.replace('{kind: webhook, url: "https://hooks.example/t"}', "{kind: webhook}")
    assert wrong_secrets(tmp_path, BASE, {key: GOOD}) == []
    assert wrong_secrets(tmp_path, bare, {key: GOOD, url: "https://h.example/x"}) == []
    (none,) = wrong_secrets(tmp_path, BASE, {})
    assert none.startswith(f"channels.dash: has no secret; set {key}")
    (bad,) = wrong_secrets(tmp_path, BASE, {key: "whsec_c2hvcnQ="})
    assert bad.startswith(f"{key}: is no secret of a webhook")
    assert "c2hvcnQ" not in bad
    (lost,) = wrong_secrets(tmp_path, bare, {key: GOOD})
    assert lost.startswith(f"channels.dash: has no address; give `url`, or set {url}")
    for odd in ("nonsense", "https://user:s3cret@h.example/x"):
        (said,) = wrong_secrets(tmp_path, bare, {key: GOOD, url: odd})
        assert said == f"{url}: is no web address without a user's name"


def test_the_address_kept_as_a_secret_goes_before_the_one_in_the_file(tmp_path: Path) -> None:
    environ = APPRISE | {
        "TORKHAM_WEBHOOK_SECRET_DASH": GOOD, "TORKHAM_WEBHOOK_DASH": "https://hidden.example/x",
    }  # fmt: skip
    found = secrets(environ, loaded(tmp_path), tmp_path)
    assert found.webhook_url("dash") == "https://hidden.example/x"
    assert found.webhook_secret("dash") == GOOD
    assert "hidden" not in repr(found)
    assert GOOD in found.values()


# --- what a person changes ------------------------------------------------------------------


def test_a_person_sets_their_hours_and_nothing_else_of_a_reader(tmp_path: Path) -> None:
    quiet = {"from": "21:00", "until": "08:00"}
    got = loaded(tmp_path, BASE, change("readers.farid.quiet", quiet))
    assert got.readers["farid"].quiet is not None
    assert got.readers["farid"].quiet.from_ == time(21)
    assert got.readers["asma"].hourly == 3
    freed = loaded(tmp_path, BASE, change("readers.asma.pause_until", None))
    assert freed.readers["asma"].pause_until is None


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("readers.farid.channels", ["phone"], "of readers only hourly, pause_until, quiet"),
        ("readers.farid", {"channels": ["phone"]}, "of readers only hourly, pause_until, quiet"),
        ("readers.nobody.hourly", 3, "readers has no entry of this name any more"),
        ("readers.farid.hourly", 0, "readers.farid.hourly is at least 1"),
        ("readers.farid.quiet", {"from": "21:00"}, "readers.farid.quiet.until is needed"),
    ],
)
def test_a_change_of_a_reader_that_does_not_fit_is_left_out_and_named(
    tmp_path: Path, path: str, value: object, said: str
) -> None:
    got = loaded(tmp_path, BASE, change(path, value))
    (problem,) = got.ignored_changes
    assert said in problem.message
    assert got.readers == loaded(tmp_path).readers


def test_a_mistake_in_a_rule_is_told_once_and_its_default_channels_are_none(
    tmp_path: Path,
) -> None:
    """The channels follow from the readers; where those are wrong, only they are named."""
    text = BASE.replace("readers: [farid]}\n  - {name: T", "readers: 3}\n  - {name: T")
    assert mistakes(tmp_path, text) == ["alerts[1].readers: is a list, as in [one, two] (line 25)"]
