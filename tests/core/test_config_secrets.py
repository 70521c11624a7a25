"""Secrets come from the environment or a file only its owner reads, and are shown nowhere."""

from __future__ import annotations

import copy
import logging
import traceback
from pathlib import Path

import pytest

from monitor.config.credentials import Secrets, secrets
from monitor.config.loading import Settings, load
from monitor.config.problems import ConfigError

CANARY = "canary-4cf0aa"
FILE = """
feeds: [{url: "https://www.dawn.com/feeds/home"}]
channels:
  team-mail: {kind: mail, host: mx.example, from: a@b.example, to: [c@d.example], user: desk}
  plain: {kind: mail, host: mx.example, from: a@b.example, to: [c@d.example]}
  newsroom: {kind: apprise}
"""
ENOUGH = {"TORKHAM_SMTP_PASSWORD": CANARY, "TORKHAM_APPRISE_NEWSROOM": f"slack://{CANARY}"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    path = tmp_path / "feeds.yaml"
    path.write_text(FILE, encoding="utf-8")
    return load(path, {})


def secret_file(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "secrets.env"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def mistakes(environ: dict[str, str], settings: Settings, data: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        secrets(environ, settings, data)
    assert CANARY not in str(caught.value) + repr(caught.value.problems)
    assert CANARY not in "".join(traceback.format_exception(caught.value))
    return str(caught.value)


def test_the_environment_gives_each_channel_its_secret(settings: Settings, tmp_path: Path) -> None:
    got = secrets(ENOUGH, settings, tmp_path)
    assert got.smtp_password("team-mail") == CANARY
    assert got.apprise_url("newsroom") == f"slack://{CANARY}"


def test_a_channels_own_password_goes_before_the_one_for_all(
    settings: Settings, tmp_path: Path
) -> None:
    got = secrets(ENOUGH | {"TORKHAM_SMTP_PASSWORD_TEAM_MAIL": "own"}, settings, tmp_path)
    assert got.smtp_password("team-mail") == "own"
    assert got.smtp_password("plain") == CANARY


def test_a_file_of_the_owner_alone_is_read_and_the_environment_wins(
    settings: Settings, tmp_path: Path
) -> None:
    secret_file(
        tmp_path,
        "# the desk's\n\nexport TORKHAM_SMTP_PASSWORD='with # and = and spaces'\r\n"
        'TORKHAM_APPRISE_NEWSROOM="slack://from-file"\n',
    )
    got = secrets({"TORKHAM_APPRISE_NEWSROOM": "slack://from-env"}, settings, tmp_path)
    assert got.smtp_password("team-mail") == "with # and = and spaces"
    assert got.apprise_url("newsroom") == "slack://from-env"


def test_the_file_may_lie_elsewhere_and_must_then_exist(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    path = secret_file(folder, "\n".join(f"{name}={value}" for name, value in ENOUGH.items()))
    environ = {"TORKHAM_SECRETS_FILE": str(path)}
    assert secrets(environ, settings, tmp_path).smtp_password("team-mail") == CANARY
    path.unlink()
    assert "no such file" in mistakes(environ, settings, tmp_path)


def test_what_systemd_hands_over_is_read_though_its_mode_names_a_group(
    settings: Settings, tmp_path: Path
) -> None:
    """Since systemd 254 a credential is root's, and its group bits are the mask of an ACL.

    Only the service may enter the folder, so that nobody else reads what is in it.
    """
    folder = tmp_path / "credentials"
    folder.mkdir(mode=0o500)
    path = secret_file(folder, "\n".join(f"{name}={value}" for name, value in ENOUGH.items()))
    given = {"TORKHAM_SECRETS_FILE": str(path), "CREDENTIALS_DIRECTORY": str(folder)}
    path.chmod(0o440)
    assert secrets(given, settings, tmp_path).smtp_password("plain") == CANARY
    path.chmod(0o444)
    assert "chmod 600" in mistakes(given, settings, tmp_path)
    path.chmod(0o440)
    elsewhere = given | {"CREDENTIALS_DIRECTORY": str(tmp_path / "other")}
    assert "chmod 600" in mistakes(elsewhere, settings, tmp_path)
    folder.chmod(0o755)
    assert "chmod 600" in mistakes(given, settings, tmp_path)


def test_a_file_that_an_editor_began_with_a_mark_is_read(
    settings: Settings, tmp_path: Path
) -> None:
    """Windows' editor writes a byte order mark, which feeds.yaml may have as well."""
    lines = [f"{name}={value}\r\n" for name, value in ENOUGH.items()]
    secret_file(tmp_path, "\ufeff" + "".join(lines))
    assert secrets({}, settings, tmp_path).smtp_password("plain") == CANARY


def test_a_file_that_cannot_be_opened_says_why(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "secrets.env").mkdir()
    assert "secrets.env: cannot be read: Is a directory" in mistakes({}, settings, tmp_path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o777])
def test_a_file_others_can_read_is_refused_even_when_it_would_do(
    settings: Settings, tmp_path: Path, mode: int
) -> None:
    secret_file(tmp_path, f"TORKHAM_SMTP_PASSWORD={CANARY}\n", mode)
    assert mistakes({}, settings, tmp_path).count("\n") == 0, "what it holds is not called missing"
    said = mistakes(ENOUGH, settings, tmp_path)
    assert "chmod 600" in said
    assert len(said.splitlines()) == 1


def test_a_channel_without_its_secret_is_named_with_the_variable(
    settings: Settings, tmp_path: Path
) -> None:
    said = mistakes({}, settings, tmp_path)
    assert "channels.team-mail" in said
    assert "TORKHAM_SMTP_PASSWORD_TEAM_MAIL" in said
    assert "TORKHAM_APPRISE_NEWSROOM" in said
    assert "plain" not in said  # it logs in nowhere


def test_wrong_lines_of_the_file_are_all_listed_without_their_values(
    settings: Settings, tmp_path: Path
) -> None:
    secret_file(tmp_path, f"TORKHAM_SMTP_PASWORD={CANARY}\n{CANARY} is the word\n")
    said = mistakes(ENOUGH, settings, tmp_path)
    assert 'Did you mean "TORKHAM_SMTP_PASSWORD"?' in said
    assert "is not NAME=value (line 2)" in said


def test_a_file_that_is_no_text_or_too_long_is_refused(settings: Settings, tmp_path: Path) -> None:
    path = secret_file(tmp_path, "")
    path.write_bytes(b"\xff\xfe\x00")
    assert "text file" in mistakes(ENOUGH, settings, tmp_path)
    path.write_bytes(b"#" * 100_000)
    assert "too long" in mistakes(ENOUGH, settings, tmp_path)


def test_no_way_of_showing_secrets_shows_them(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    got = secrets(ENOUGH, settings, tmp_path)
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("test").warning("%s %r %s", got, got, {"secrets": got})
    shown = [repr(got), str(got), f"{got}", format(got), repr([got]), caplog.text, repr(settings)]
    assert all(CANARY not in text for text in shown)
    assert repr(got) == "Secrets(2 not shown)"


def test_secrets_do_not_travel(settings: Settings, tmp_path: Path) -> None:
    got = secrets(ENOUGH, settings, tmp_path)
    with pytest.raises(TypeError, match="stay in the process"):
        got.__reduce_ex__(4)
    with pytest.raises(TypeError):
        copy.deepcopy(got)


def test_what_other_programs_say_is_cleaned_of_secrets(settings: Settings, tmp_path: Path) -> None:
    got = secrets(ENOUGH, settings, tmp_path)
    assert got.hidden(f"535 bad login {CANARY} at slack://{CANARY}") == (
        "535 bad login [secret] at [secret]"
    )
    assert Secrets().hidden("as it was") == "as it was"
