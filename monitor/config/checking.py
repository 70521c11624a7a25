"""A document against the shape: every mistake at once, each with its path.

Items are checked one by one, so that a mistake in one feed hides nothing in the next; what is
sound is then checked together (names used twice, channels nobody made).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from monitor.config import kinds, written
from monitor.config.problems import Problem, join, suggestion
from monitor.config.shape import (
    CHANNEL_KINDS,
    MAX_DIGESTS,
    MAX_FEEDS,
    MAX_READERS,
    MAX_RULES,
    MAX_WORDS,
    SECTIONS,
    Alert,
    Channel,
    Definition,
    DirectoryChannel,
    Feed,
    File,
    FurtherDigest,
    Names,
    Reader,
    Reread,
    WebhookChannel,
)
from monitor.config.shape.frozen import standing_at
from monitor.config.written import Known

__all__ = ["MAX_CHANNELS", "Draft", "Known", "check"]

MAX_CHANNELS = 20
Item = Feed | Alert | FurtherDigest
_BELONGS = (
    "a secret never stands in feeds.yaml; put it in the environment or in data/secrets.env as "
)
_SECRET_WORDS = {
    "password": "TORKHAM_SMTP_PASSWORD",
    "passwd": "TORKHAM_SMTP_PASSWORD",
    "pass": "TORKHAM_SMTP_PASSWORD",
    "smtp_password": "TORKHAM_SMTP_PASSWORD",
    "token": "TORKHAM_APPRISE_<CHANNEL>",
    "secret": "TORKHAM_APPRISE_<CHANNEL>",
    "api_key": "TORKHAM_APPRISE_<CHANNEL>",
    "apikey": "TORKHAM_APPRISE_<CHANNEL>",
    "webhook": "TORKHAM_APPRISE_<CHANNEL>",
}
# Making an adapter costs more than using it; settings are read anew every minute.
_SLUG: TypeAdapter[str] = TypeAdapter(kinds.Slug)
_PLAIN: dict[str, TypeAdapter[Any]] = {
    "topic": TypeAdapter(kinds.Topic),
    "definition": TypeAdapter(Definition),
    "names": TypeAdapter(Names),
    "reread": TypeAdapter(Reread),
}
# Pydantic's kinds of mistake in a colleague's words; the value itself is never repeated.
_WORDS = {
    "missing": "is needed",
    "string_type": "is a text; put it in quotes where it looks like a number",
    "int_type": "is a whole number",
    "int_parsing": "is a whole number",
    "int_from_float": "is a whole number",
    "float_type": "is a number",
    "float_parsing": "is a number",
    "finite_number": "is a finite number",
    "bool_type": "is true or false",
    "bool_parsing": "is true or false",
    "tuple_type": "is a list, as in [one, two]",
    "list_type": "is a list, as in [one, two]",
    "literal_error": "is one of {expected}",
    "greater_than_equal": "is at least {ge}",
    "less_than_equal": "is at most {le}",
    "too_short": "holds at least {min_length}",
    "too_long": "holds at most {max_length}",
    "string_pattern_mismatch": "is a whole path, from / on",  # of all texts only paths have one
    "string_too_long": "is longer than {max_length} characters",
    "value_error": "{error}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is sound of a document, and what is not. The file is whole when nothing is wrong."""

    file: File
    problems: list[Problem]


def check(document: Mapping[str, Any], known: Known) -> Draft:
    """Return the sound part of ``document`` and all its mistakes. Never raises for its content."""
    problems: list[Problem] = []
    made: dict[str, Any] = {"feeds": ()}
    for key, value in document.items():
        if key not in File.model_fields:
            problems.append(_unknown_key("", key, File))
        elif key == "feeds":
            made[key] = _items(key, value, Feed, MAX_FEEDS, problems)
        elif key == "alerts":
            made[key] = _items(key, value, Alert, MAX_RULES, problems)
        elif key == "digests":
            made[key] = _items(key, value, FurtherDigest, MAX_DIGESTS, problems)
        elif key == "channels":
            made[key] = _channels(value, problems)
        elif key == "readers":
            made[key] = _readers(value, problems)
        else:
            _section(key, value, made, problems)
    if not document.get("feeds"):
        message = "is needed: a list with at least one `- url: https://...`"
        problems.append(Problem(path="feeds", message=message))
    made["channels"] = {"outbox": DirectoryChannel(kind="directory")} | made.get("channels", {})
    file = File.model_construct(**made)
    problems += _together(document, file.topic, known)
    return Draft(file=file, problems=problems)


def _section(key: str, value: object, made: dict[str, Any], problems: list[Problem]) -> None:
    if value is None:  # a heading with nothing below it
        return
    model = SECTIONS.get(key)
    try:
        made[key] = model.model_validate(value) if model else _PLAIN[key].validate_python(value)
    except ValidationError as error:
        problems += _translate(key, error, model or File)


def _items(
    key: str, value: object, model: type[Item], most: int, problems: list[Problem]
) -> tuple[Item, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        problems.append(Problem(path=key, message="is a list; each entry starts with `- `"))
        return ()
    if len(value) > most:
        problems.append(Problem(path=key, message=f"holds at most {most:,} entries"))
        return ()
    sound: list[Item] = []
    for index, item in enumerate(value):
        try:
            sound.append(model.model_validate(item))
        except ValidationError as error:
            problems += _translate(join(key, index), error, model)
    return tuple(sound)


def _channels(value: object, problems: list[Problem]) -> dict[str, Channel]:
    sound: dict[str, Channel] = {}
    for name, path, item in _entries("channels", value, MAX_CHANNELS, problems):
        kind = item.get("kind") if isinstance(item, dict) else None
        model = CHANNEL_KINDS.get(kind) if isinstance(kind, str) else None
        if model is None:
            message = f"is one of {_listed(CHANNEL_KINDS)}"
            problems.append(Problem(path=join(path, "kind"), message=message))
            problems += _secret_keys(path, item)
            continue
        if model is WebhookChannel and name.partition("-")[0] == "secret":
            message = "is the name of a webhook, so it does not begin with `secret`"
            problems.append(Problem(path=path, message=message))
        try:
            sound[name] = model.model_validate(item)
        except ValidationError as error:
            problems += _translate(path, error, model)
    return sound


def _readers(value: object, problems: list[Problem]) -> dict[str, Reader]:
    sound: dict[str, Reader] = {}
    for name, path, item in _entries("readers", value, MAX_READERS, problems):
        try:
            sound[name] = Reader.model_validate(item)
        except ValidationError as error:
            problems += _translate(path, error, Reader)
    return sound


def _entries(
    key: str, value: object, most: int, problems: list[Problem]
) -> Iterator[tuple[str, str, object]]:
    """Yield name, path and value of what stands below ``key``; names that are none are told."""
    if value is None:
        return
    if not isinstance(value, dict) or len(value) > most:
        message = f"holds names with keys below them, at most {most}"
        problems.append(Problem(path=key, message=message))
        return
    for name, item in value.items():
        path = join(key, name)
        try:
            _SLUG.validate_python(name)
        except ValidationError as error:
            problems += _translate(path, error, File)
        else:
            yield name, path, item


# --- what is wrong, in words ----------------------------------------------------------------


def _translate(path: str, error: ValidationError, model: type[BaseModel]) -> Iterable[Problem]:
    errors = error.errors(include_url=False, include_input=False)
    for found in errors:
        kind, loc = found["type"], found["loc"]
        if kind == "default_factory_not_called":
            continue  # a default that follows from another key, and that one is wrong
        if kind == "too_short" and any(e["loc"][:-1] == loc for e in errors):
            continue  # its entries are there, but each is wrong and named below
        if kind == "extra_forbidden":
            yield _unknown_key(join(path, *loc[:-1]), str(loc[-1]), standing_at(model, loc[:-1]))
            continue
        words = _WORDS.get(kind)
        if kind == "dict_type":
            words = "holds names, each with its value below it"
        elif kind in {"model_type", "model_attributes_type"}:
            words = f"holds keys: {_listed(_names(standing_at(model, loc)))}"
        message = words.format(**found.get("ctx", {})) if words else found["msg"].lower()
        yield Problem(path=join(path, *loc), message=message)


def _unknown_key(path: str, key: str, model: type[BaseModel]) -> Problem:
    where = join(path, key)
    if key.casefold() in _SECRET_WORDS and model is WebhookChannel:
        return Problem(path=where, message=_BELONGS + _variable("WEBHOOK_SECRET", path[9:]))
    if key.casefold() in _SECRET_WORDS:
        return Problem(path=where, message=_BELONGS + _SECRET_WORDS[key.casefold()])
    if key.casefold() in {"url", "urls"} and path.startswith("channels."):
        return Problem(path=where, message=_BELONGS + _variable("APPRISE", path.split(".")[1]))
    names = _names(model)
    hint = suggestion(key, names) or _elsewhere(key) or f" Known here: {_listed(names)}."
    return Problem(path=where, message=f"is no key of feeds.yaml.{hint}")


def _secret_keys(path: str, item: object) -> Iterable[Problem]:
    for key in item if isinstance(item, dict) else ():
        if key.casefold() in _SECRET_WORDS:
            yield _unknown_key(path, key, File)


def _variable(what: str, channel: str) -> str:
    return f"TORKHAM_{what}_{channel.upper().replace('-', '_')}"


def _names(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _elsewhere(key: str) -> str:
    homes = [section for section, model in SECTIONS.items() if key in _names(model)]
    return f" It belongs under `{homes[0]}:`." if homes else ""


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


# --- what is sound alone and wrong together -------------------------------------------------


def _together(document: Mapping[str, Any], topic: str, known: Known) -> Iterable[Problem]:
    """Yield what only shows across entries; unsound entries count where they are legible."""
    feeds, rules = _legible(document, "feeds"), _legible(document, "alerts")
    yield from _twice("key", {path: _feed_name(feed) for path, feed in feeds.items()})
    yield from _twice("url", {path: _same_place(feed.get("url")) for path, feed in feeds.items()})
    yield from _twice("name", {path: _folded(rule.get("name")) for path, rule in rules.items()})
    digests = _legible(document, "digests")
    yield from _twice("name", {path: _folded(one.get("name")) for path, one in digests.items()})
    alone = ((key, document.get(key)) for key in ("digest", "spikes"))
    for path, one in (*digests.items(), *alone):
        topics = one.get("topics") if isinstance(one, dict) else None
        yield from _strands(join(path, "topics"), topics, known.strands)
    yield from _receivers(document, rules)
    outlets = {str(f.get("outlet") or kinds.host_of(str(f.get("url")))) for f in feeds.values()}
    for path, rule in rules.items():
        yield from _outlets(join(path, "outlets"), rule.get("outlets"), outlets)
        yield from _concepts(path, rule, known)
        yield from written.problems(join(path, "when"), rule.get("when"), outlets, known)
    yield from _keys(document, "definition", known.strands, "strand of the topic's definition")
    yield from _keys(document, "names", known.concepts, "concept of the topic's lexicon")
    if known.topics is not None and topic not in known.topics:
        hint = suggestion(topic, known.topics) or f" There are: {_listed(sorted(known.topics))}."
        yield Problem(path="topic", message=f"is no topic pack.{hint}")
    if known.unfit:
        message = f"its pack cannot judge: {known.unfit} (`torkham topic check {topic}`)"
        yield Problem(path="topic", message=message)


def _receivers(
    document: Mapping[str, Any], rules: Mapping[str, Mapping[str, Any]]
) -> Iterable[Problem]:
    """Yield where a channel or reader is named that is none."""
    made, known = document.get("channels"), document.get("readers")
    channels = {"outbox", *(made if isinstance(made, dict) else ())}
    readers = known if isinstance(known, dict) else {}
    sections = {key: document.get(key) for key in ("digest", "notices", "spikes")}
    listed = _legible(document, "digests")
    people = {join("readers", name): reader for name, reader in readers.items()}
    users = {**rules, **sections, **listed, **people}
    yield from _twice("person", {path: _folded(_of(one, "person")) for path, one in people.items()})
    for path, user in users.items():
        if isinstance(user, dict):
            yield from _unmade(join(path, "channels"), user.get("channels"), channels, "channel")
            yield from _unmade(join(path, "readers"), user.get("readers"), readers, "reader")


def _of(value: object, key: str) -> object:
    return value.get(key) if isinstance(value, dict) else None


def _keys(
    document: Mapping[str, Any], section: str, known: Collection[str] | None, what: str
) -> Iterable[Problem]:
    below = document.get(section)
    if known is None or not isinstance(below, dict):
        return
    for key in below:
        if isinstance(key, str) and key not in known:
            hint = suggestion(key, known) or f" There are: {_listed(sorted(known)[:20])}."
            yield Problem(path=join(section, key), message=f"is no {what}.{hint}")


def _legible(document: Mapping[str, Any], key: str) -> dict[str, dict[str, Any]]:
    items = document.get(key)
    if not isinstance(items, list) or len(items) > MAX_FEEDS:
        return {}
    return {join(key, at): item for at, item in enumerate(items) if isinstance(item, dict)}


def _feed_name(feed: Mapping[str, Any]) -> str:
    return str(feed.get("key") or kinds.slug_of(str(feed.get("url") or "")))


def _same_place(url: object) -> str:
    """Return what two spellings of one address share; empty when there is no address."""
    place = str(url or "").partition("://")[2].removeprefix("www.")
    host, _, rest = place.partition("/")
    return f"{host.casefold()}/{rest}".rstrip("/")


def _folded(name: object) -> str:
    return name.casefold().strip() if isinstance(name, str) else ""


def _twice(key: str, values: Mapping[str, str]) -> Iterable[Problem]:
    first: dict[str, str] = {}
    for path, value in values.items():
        if value and value in first:
            message = f"is the same as that of {first[value]}"
            yield Problem(path=join(path, key), message=message)
        first.setdefault(value, path)


def _unmade(path: str, names: object, known: Collection[str], what: str) -> Iterable[Problem]:
    for index, name in enumerate(names[:MAX_READERS] if isinstance(names, list) else ()):
        if isinstance(name, str) and name not in known:
            there = f" There are: {_listed(sorted(map(str, known))[:20])}." if known else ""
            hint = suggestion(name, known) or there
            yield Problem(path=join(path, index), message=f"is no {what}.{hint}")


def _strands(path: str, names: object, known: Collection[str] | None) -> Iterable[Problem]:
    for index, name in enumerate(names[:MAX_WORDS] if isinstance(names, list) else ()):
        if known is not None and isinstance(name, str) and name not in known:
            hint = suggestion(name, known) or f" There are: {_listed(sorted(known))}."
            yield Problem(path=join(path, index), message=f"is no strand of the topic.{hint}")


def _outlets(path: str, names: object, known: Collection[str]) -> Iterable[Problem]:
    folded = {name.casefold() for name in known}  # as rules compare them
    for index, name in enumerate(names[:MAX_WORDS] if isinstance(names, list) else ()):
        if isinstance(name, str) and name.casefold() not in folded:
            message = f"is the outlet of no feed.{suggestion(name, known)}"
            yield Problem(path=join(path, index), message=message)


def _concepts(path: str, rule: Mapping[str, Any], known: Known) -> Iterable[Problem]:
    for key in ("any", "all", "none") if known.concepts is not None else ():
        terms = rule.get(key)
        for index, value in enumerate(terms[:MAX_WORDS] if isinstance(terms, list) else ()):
            name = kinds.concept_of(value)
            if name and name not in (known.concepts or ()):
                hint = suggestion(name, known.concepts or ())
                message = f"is no concept of the topic's lexicon.{hint}"
                yield Problem(path=join(path, key, index), message=message)
