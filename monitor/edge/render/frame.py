"""Templates into HTML and text, and the styles put where mail clients read them.

Many mail clients drop a style sheet and keep the ``style`` of an element, so one style sheet of our
own is written into the elements. Nothing is read for it but the text given: no address is followed
and no file opened, whatever a text within says.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache
from itertools import islice
from pathlib import Path

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from monitor.edge.render import words

MOST_OTHERS = 6  # other outlets named in a story; the rest are counted

_FOLDER = Path(__file__).parent.parent / "templates"


def text_of(name: str, context: Mapping[str, object]) -> str:
    """Return a template as plain text: no control characters, no line that ends in a blank."""
    rendered = _templates(html=False).get_template(name).render(context)
    lines = (without_controls(line).rstrip() for line in rendered.split("\n"))
    return "\n".join(lines).strip() + "\n"


def html_of(name: str, context: Mapping[str, object]) -> str:
    """Return a template as HTML with classes ``digest-…`` and no style."""
    rendered = _templates(html=True).get_template(name).render(context)
    return "\n".join(without_controls(line) for line in rendered.split("\n"))


def mail_of(fragment: str) -> str:
    """Return a fragment of HTML as a whole document for a mail, its styles in the elements.

    What follows the reader's light or dark stays a style sheet, for the clients that heed it.
    """
    safe = {"body": Markup(fragment), "dark": Markup(_sheet("dark.css"))}  # noqa: S704  made by us
    whole = _templates(html=True).get_template("mail.html.j2").render(safe)
    return _inliner().inline(whole)


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(
        inline_style_tags=False,
        keep_style_tags=True,
        load_remote_stylesheets=False,
        minify_css=True,
        extra_css=_sheet("mail.css"),
    )


@cache
def _sheet(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def without_controls(line: str) -> str:
    """No control or direction characters but the joiners, whatever the store held."""
    if line.isprintable():
        return line
    return "".join(
        char
        for char in line
        if char in "\u200c\u200d" or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co"}
    )


def _look(kind: str) -> Markup:
    return Markup('class="digest-{}"').format(kind)


@cache
def _templates(*, html: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=html,  # noqa: S701  plain text has nothing to escape
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        when=words.when_words,
        seen=words.when_seen,
        day=words.day_and_clock,
        date=words.date_words,
        host=words.leads_to,
        link=words.safe_link,
        direction=words.direction,
        score=words.score_words,
        books=words.ledger_words,
        tongue=words.language_tag,
    )
    environment.globals.update(
        words=words,
        look=_look,
        first=lambda values, count: list(islice(values, count)),
        most_others=MOST_OTHERS,
    )
    return environment
