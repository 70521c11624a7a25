"""Pages passed over by their bare bytes: none that holds a name, however it is written there."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from classifiers import registry
from classifiers.artifact import make
from classifiers.lexicon import load_lexicon
from classifiers.pack import TOPIC, load_pack
from classifiers.spotting import Spotter
from classifiers.types import Text
from monitor.archives.recipes import needed
from monitor.stages import prefilter

SHARED = Path(os.environ.get("TORKHAM_SHARED") or Path(__file__).resolve().parents[3] / "shared")
SPOTTER = Spotter(load_pack(TOPIC), load_lexicon())
SPELLED = prefilter.pattern(SPOTTER.spelled_out)
URDU = "افغانستان اور پاکستان کے مذاکرات"


def passes(body: bytes | str, content_type: str = "text/html") -> bool:
    raw = body.encode() if isinstance(body, str) else body
    return prefilter.passes(
        raw, content_type, named=partial(SPOTTER.named, sided=False), spelled_out=SPELLED
    )


@pytest.mark.parametrize(
    "page",
    [
        "<p>Talks in Kabul</p>",
        "<p>AFGHANISTAN</p>",
        "<p>Pakistan's army</p>",
        "<p>“Pakistan”</p>",
        "<p>Pākistān</p>",
        "<p>P&#257;kist&#257;n</p>",
        "<p>Paki&shy;stan</p>",
        "<p>Paki\u00adstan</p>",
        "<p>Paki<wbr>stan</p>",
        "<p><span class='drop'>K</span>abul fell silent</p>",
        "<p>Afghan<b class=x>istan</b></p>",
        "<p><span class='drop'>ک</span>ابل</p>",
        "<p>کا<b>بل</b></p>",
        "<p>Pā<b>kistān</b></p>",
        "<p>the T.T.P. said</p>",
        "<p>the T.&nbsp;T.&nbsp;P. said</p>",
        "<p>the T&thinsp;T&#160;P said</p>",
        "<p>the <b>T</b>.<b>T</b>.<b>P</b>. said</p>",
        "<p>the TTP killed two soldiers</p>",
        "<p>the prime&nbsp;<a href='/x?y=1'>minister</a></p>",
        f"<p>{URDU}</p>",
        "<p>" + "".join(f"&#{ord(sign)};" for sign in URDU) + "</p>",
        "<p>" + "".join(f"&#x{ord(sign):X};" for sign in URDU) + "</p>",
        "<p>اَفغانِستان</p>",
        "<p>افغانـستان</p>",
        "<p>كابل</p>",
        '<script>{"x": "' + "".join(f"\\u{ord(sign):04x}" for sign in "کابل") + '"}</script>',
        "<a href='/%D8%A7%D9%81%D8%BA%D8%A7%D9%86%D8%B3%D8%AA%D8%A7%D9%86'>x</a>",
    ],
)
def test_a_name_is_seen_however_it_is_written(page: str) -> None:
    assert passes(page)


@pytest.mark.parametrize(
    "body",
    ["P\\u0101kist\\u0101n", "It fell.\\nKabul", "It fell.\\r\\n\\tKabul", "\\u201cKabul\\u201d",
     "of\\u00a0Kabul", "Ka\\u00ADbul", "\\u003cp\\u003eKabul fell", "\\ud83d\\ude00Kabul",
     "\\ud835\\udc0a\\ud835\\udc1a\\ud835\\udc1b\\ud835\\udc2e\\ud835\\udc25", "کا\\u0628ل"],
)  # fmt: skip
def test_a_name_is_seen_in_json_of_which_a_text_may_be_made(body: str) -> None:
    script = f'<script type="application/ld+json">{{"articleBody": "{body}"}}</script>'
    assert passes(script)


@pytest.mark.parametrize("tag", ["abbr", "bdi", "cite", "del", "nobr", "ruby", "tt", "x-drop"])
def test_a_name_that_a_tag_of_a_line_cuts_in_two_is_seen(tag: str) -> None:
    assert passes(f"<p>Ka<{tag} class='x'>bul</{tag}> fell</p>")


@pytest.mark.parametrize(
    "name",
    ["Kabu&#108;", "Kabu&#x6c;", "Swab&#299;", "Ka<!-- -->bul", "Ka&lrm;bul", "کا&rlm;بل",
     "Ka&ZeroWidthSpace;bul", "Ka&NoBreak;bul", "Ka&zwnj;bul", "Ka\u200cbul", "افغان\u200cستان",
     "Ka\u202abul", "Ka\u2066bul", "Ka&amp;shy;bul", "K&amp;#257;bul"],
)  # fmt: skip
def test_a_name_with_a_sign_that_is_not_seen_in_it_is_seen(name: str) -> None:
    assert passes(f"<p>in {name} today</p>")


@pytest.mark.parametrize("name", ["utf-16", "utf-16-le", "utf-16-be", "cp1256", "utf-8-sig"])
def test_a_name_is_seen_in_any_encoding_declared_or_not(name: str) -> None:
    body = f"<html><p>{'padding ' * 30}</p><p>{URDU}</p>".encode(name, "replace")
    assert passes(body)
    assert passes(body, f"text/html; charset={name}")
    assert passes(body, "text/html; charset=utf-8")  # a lie
    assert passes(body, "text/html; charset=no-such-thing")


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
def test_a_page_of_few_tags_in_a_wide_encoding_is_told_by_its_first(name: str) -> None:
    """Of Arabic letters in UTF-16 hardly a byte is zero."""
    assert passes(f"<p>{URDU * 40}</p>".encode(name))


@pytest.mark.parametrize(
    "page",
    [
        "<p>The library opened a reading room near the harbour.</p>",
        "<p>https tactics ttps</p>",
        "<p>the prime number and the minister of music</p>",
        "<p>بلدیہ نے نیا کتب خانہ کھولا</p>",
        "",
    ],
)
def test_a_page_without_any_name_is_passed_over(page: str) -> None:
    assert not passes(page)


@pytest.mark.parametrize("wrap", [str.upper, str.lower, str.title])
def test_every_plain_name_of_the_lexicon_is_seen_in_a_page(wrap: Callable[[str], str]) -> None:
    """Whatever counts by itself in the judgement is seen here, in any case that counts there."""
    lexicon, poles = load_lexicon(), load_pack(TOPIC).recipe.poles
    for concept in lexicon.concepts.values():
        for alias in (a for found in concept.aliases.values() for a in found):
            text = wrap(alias)
            counted, _ = lexicon.find({"body": f"It was {text} then."})
            if any(lexicon.concepts[match.concept].pole in poles for match in counted):
                assert passes(f"<p>It was <b>{text}</b> then.</p>"), text


@pytest.mark.slow
def test_no_private_text_that_would_be_queued_is_passed_over() -> None:
    path = SHARED / "data" / "topic" / "dev.jsonl"
    if not path.exists():
        pytest.skip(f"the private texts are not at {path} (TORKHAM_SHARED)")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    model = registry.load()
    texts = [Text(title=row["title"] or "", body=row["text"] or "", outlet=row["outlet"])
             for row in rows]  # fmt: skip
    lost = [
        row["title"]
        for row, verdict in zip(rows, model.judge(texts), strict=True)
        if verdict.score >= 0.1 and not _sided(row)
    ]
    assert not lost


def _sided(row: dict[str, str]) -> bool:
    page = f"<title>{row['title']}</title><p>{row['text']}</p>".encode()
    sided = SPOTTER.may_side("", row["outlet"] or "", "")
    named = partial(SPOTTER.named, sided=sided)
    return prefilter.passes(page, "text/html", named=named, spelled_out=SPELLED)


def test_learnt_words_that_could_queue_a_page_count_as_names() -> None:
    """Words that weigh enough are looked for; where there are too many, all pages are read."""
    cold = registry.load()
    assert needed(cold, None, 0.1) == ()
    assert needed(cold, None, 0.0) is None
    assert needed(cold, None, 0.001) is None
    terms = {"orchard": [1.0, 3.0], "harbour": [1.0, 0.1], "library": [1.0, -5.0]}
    assert needed(cold, make("two-pole", {"terms": terms}), 0.1) == ("orchard",)
    many = {f"w{n}": [1.0, 3.0] for n in range(2_500)}
    assert needed(cold, make("two-pole", {"terms": many}), 0.1) is None
