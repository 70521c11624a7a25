"""Later pages of a site are cut as its first ones were read, or not at all."""

from __future__ import annotations

import json
import string
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from monitor.model import ArticleText
from monitor.stages import cutting, extract
from monitor.stages.cutting import Lesson, Wrapper, naming, verb
from monitor.stages.cutting.leaving import leaving
from monitor.stages.cutting.page import LARGE, MAX_BYTES, lines, parsed
from tests.site_press import Piece, Site, front, piece

SEEN_AT = datetime(2026, 11, 22, tzinfo=UTC)
URL = "https://lantern.example/story/1"
HTML = "text/html; charset=utf-8"
SEEDS = range(24)


def read(page: bytes) -> ArticleText:
    found = extract.extract(page, content_type=HTML, url=URL, fetched_at=SEEN_AT)
    assert isinstance(found, ArticleText)
    return found


def lesson(page: bytes) -> Lesson:
    return Lesson(body=page, content_type=HTML, text=read(page))


@cache
def taught(seed: int) -> Wrapper:
    made = cutting.learn([lesson(Site(seed=seed).page(piece(1)))])
    assert made is not None, f"nothing was learned of site {seed}"
    return made


def text_of(made: cutting.Cut) -> ArticleText:
    said = extract.told(made.says, made.body, places=made.places, extractor="cut", url=URL)
    assert said is not None
    return said


@pytest.mark.parametrize("seed", SEEDS)
def test_a_later_page_gives_what_the_extractor_reads_of_it(seed: int) -> None:
    page = Site(seed=seed).page(piece(2))
    made = cutting.cut(page, HTML, taught(seed))
    assert made is not None
    ours, theirs = text_of(made), read(page)
    assert ours.body.split("\n") == theirs.body.split("\n")
    for name in ("title", "author", "language", "canonical_link", "published", "aside"):
        assert getattr(ours, name) == getattr(theirs, name)
    places = {one.place for one in ours.written}
    assert [one for one in theirs.written if one.place in places] == list(ours.written)


@pytest.mark.parametrize("seed", [seed for seed in SEEDS if Site(seed=seed).shape["hashed"]][:4])
def test_names_that_are_drawn_anew_for_each_page_are_no_part_of_a_wrapper(seed: int) -> None:
    assert "css-" not in cutting.dumped(taught(seed))


@pytest.mark.parametrize(("old", "new"), [(1, 2), (3, 4), (5, 6), (7, 8), (9, 10), (11, 12)])
def test_a_rewritten_template_is_unsure_or_right_at_once(old: int, new: int) -> None:
    page = Site(seed=new).page(piece(5))
    made = cutting.cut(page, HTML, taught(old))
    assert made is None or cutting.agreement(made.body, read(page).body) >= 0.9


def test_the_wrapper_that_fits_is_taken_where_a_site_has_two_templates() -> None:
    page = Site(seed=2).page(piece(4))
    made = cutting.cut(page, HTML, [taught(1), taught(2)])
    assert made is not None
    assert made.wrapper == taught(2)


@pytest.mark.parametrize("seeds", [(1, 2), (3, 4), (5, 6), (7, 8)])
def test_what_two_templates_teach_together_gives_both_back_or_is_nothing(
    seeds: tuple[int, int],
) -> None:
    lessons = [lesson(Site(seed=seed).page(piece(seed))) for seed in seeds]
    made = cutting.learn(lessons)
    for one in lessons if made else ():
        again = cutting.cut(one.body, HTML, made) if made else None
        assert again is not None
        assert cutting.agreement(text_of(again).body, one.text.body) >= 0.9


def test_the_same_page_twice_teaches_no_less_than_once() -> None:
    page = Site(seed=3).page(piece(1))
    made = cutting.learn([lesson(page), lesson(page)])
    assert made is not None
    assert made.container == taught(3).container


def test_a_wrapper_that_gives_its_lesson_back_badly_is_none() -> None:
    page = Site(seed=3).page(piece(1))
    other = replace(lesson(page), text=read(Site(seed=3).page(piece(9))))
    assert cutting.learn([other]) is None


SUBHEAD = "What the council of herons left open"


def headed(number: int, *, level: str, subheads: bool) -> bytes:
    """A page whose headline stands in the text's own element and is called as its subheads are."""
    told = piece(number)
    said = [f"<p>{one}</p>" for one in told.paragraphs]
    if subheads:
        said[2:2] = [f"<{level} class=heading>{SUBHEAD}</{level}>"]
    title = f"<{level} class=heading>{told.title}</{level}>"
    head = f'<title>{told.title}</title><meta property="og:title" content="{told.title}">'
    head += f'<meta property="article:published_time" content="{told.day}">'
    return (
        f"<html lang=en><head>{head}</head><body><div class=story-text>{title}{''.join(said)}</div>"
        "</body></html>"
    ).encode()


@pytest.mark.parametrize("level", ["h2", "h3", "h4"])
def test_a_headline_that_is_called_as_subheads_are_does_not_cost_later_pages_theirs(
    level: str,
) -> None:
    made = cutting.learn([lesson(headed(1, level=level, subheads=False))])
    assert made is not None
    page = headed(2, level=level, subheads=True)
    found = cutting.cut(page, HTML, made)
    assert found is not None
    said = piece(2).paragraphs
    assert text_of(found).body.split("\n") == [*said[:2], SUBHEAD, *said[2:]]


def test_what_a_wrapper_left_out_before_it_leaves_out_after_another_lesson() -> None:
    first = taught(4)
    made = cutting.learn([lesson(Site(seed=4).page(piece(2)))], before=first)
    assert made is not None
    assert made.lessons == 2
    assert set(first.drop) <= set(made.drop)
    assert made.shortest <= first.shortest <= first.longest <= made.longest


# --- unsure ---------------------------------------------------------------------------------

URDU = "اردو خبر کے الفاظ یہاں لکھے ہیں۔ "
BODY = "<html lang=en><body><div class=story-text>{}</div>{}</body></html>"
PROSE = "".join(f"<p>{said}</p>" for said in piece(1).paragraphs)
ONE = Wrapper(
    teacher="trafilatura 9.9", container="div.story-text", shortest=1_500, longest=3_000
)  # fmt: skip


def cut(inside: str, beside: str = "", wrapper: Wrapper = ONE) -> cutting.Cut | None:
    return cutting.cut(BODY.format(inside, beside).encode(), HTML, wrapper)


def test_the_page_that_the_others_differ_from_is_cut() -> None:
    made = cut(PROSE)
    assert made is not None
    assert made.body == piece(1).text


@pytest.mark.parametrize(
    ("inside", "beside"),
    [
        pytest.param("<p>Gone.</p>", "", id="short"),
        pytest.param(PROSE, f"<div class=story-text>{PROSE}</div>", id="two containers"),
        pytest.param(PROSE, f"<div class=other>{PROSE}</div>", id="prose elsewhere"),
        pytest.param(f"{PROSE}<p>Subscribe to continue reading</p>", "", id="breaks off"),
        pytest.param(PROSE.removesuffix(".</p>") + "…</p>", "", id="ends in dots"),
        pytest.param(PROSE * 40, "", id="far longer"),
        pytest.param(PROSE.replace("<p>", "<p><a href=/x>").replace("</p>", "</a> more.</p>"), "",
                     id="all links"),
        pytest.param(
            PROSE, '<script type="application/ld+json">{"isAccessibleForFree": false}</script>',
            id="closed",
        ),
        pytest.param(f"<p>{URDU * 70}</p>", "", id="other direction"),
        pytest.param(f"<form>{PROSE * 3}</form>{PROSE}", "", id="mostly dropped"),
    ],
)  # fmt: skip
def test_a_page_unlike_the_lessons_is_left_to_the_extractor(inside: str, beside: str) -> None:
    assert cut(inside, beside, replace(ONE, drop=("form",))) is None


@pytest.mark.parametrize(
    "end",
    [
        "of the year …", "of the [...]", "Read More »", "CONTINUE READING →", "Read the full story",
        "the full article]", "Sign in to keep reading", "Register to continue with our journalism",
        "subscribe to read", "This story is for subscribers of the paper", "Weiterlesen",
        "Lire la suite", "مزید پڑھیں", "ادامه مطلب »", "نور ولولئ",
    ],
)  # fmt: skip
def test_a_text_that_goes_on_elsewhere_is_seen_by_its_end(end: str) -> None:
    begins = "The traders at the crossing said that the gate had been shut since Monday. "
    assert verb.breaks_off(begins + end)
    assert not verb.breaks_off(f"{begins}{end}. {begins}")


def test_a_list_in_the_template_of_articles_is_left_to_the_extractor() -> None:
    for seed in SEEDS:
        made = cutting.cut(
            front(Site(seed=seed), [piece(n) for n in range(30)]), HTML, taught(seed)
        )
        assert made is None


def test_a_page_that_is_no_html_is_left_to_the_extractor() -> None:
    assert cutting.cut(BODY.format(PROSE, "").encode(), "application/pdf", ONE) is None


# --- lines as extractors write them ---------------------------------------------------------


@pytest.mark.parametrize(
    ("inside", "line"),
    [
        ("<p>One <b>two</b> <a href=/x>three</a>.</p>", "One two three."),
        ("<p>One\n   two</p>", "One two"),
        ("<p>  One  two\u2003three\u00a0four </p>", "One two three four"),
        ("<p>“One” – <a href=/x> two  three</a>\u00ad four</p>", "“One” – two three four"),
        ("<p>Hy\u00adphens</p>", "Hyphens"),
        ("<p>One <q>two</q></p>", "One"),
        ("<p>One<!-- -->, two</p>", "One, two"),
        (
            "<p>One <!-- --><a href=/x>two<!-- --></a> three <b>four<!-- --></b></p>",
            "One two three four",
        ),
        ("<ul><li>One <!-- --><a href=/x>two</a><!-- --> three</li></ul>", "- One two three"),
        ("<div>One <!-- a note --><span>two<!-- --> three</span></div>", "One two three"),
        ("<ul><li>One <i>two</i></li></ul>", "- One two"),
        ("<ul><li><p>One two</p></li></ul>", "- One two"),
        ("<div>Loose <span>words</span></div>", "Loose words"),
        ("<p>A&amp;B &lt;tag&gt;</p>", "A&B <tag>"),
    ],
)
def test_a_line_is_written_as_extractors_write_it(inside: str, line: str) -> None:
    made = cut(f"{inside}{PROSE}")
    assert made is not None
    assert made.body.split("\n")[0] == line


@pytest.mark.parametrize(
    ("inside", "linked"),
    [
        ("<p><a href=/x>One two</a> three</p>", [6]),
        ("<a href=/x><p>One two</p><p>three\u00a0four</p></a><p>five</p>", [6, 9, 0]),
        ("<p>One <a href=/x>two<b> three</b></a> <a href=/y>f\u00adour</a></p>", [12]),
        ("<p>One <a href=#note>2</a></p>", [0]),
        ("<p><a href=/x>  One\n two </a></p>", [6]),
    ],
)
def test_the_characters_of_a_line_that_are_links_are_counted(
    inside: str, linked: list[int]
) -> None:
    page = LexborHTMLParser(f"<div>{inside}</div>")
    found = lines(page.css("div")[0]).lines
    assert [line.linked for line in found] == linked
    assert all(line.letters == len("".join(line.text.split())) for line in found)


def test_a_line_break_ends_a_line_and_a_last_heading_is_no_text() -> None:
    made = cut(f"<p>One<br>two</p>{PROSE}<h3>Comments</h3>")
    assert made is not None
    assert made.body == f"One\ntwo\n{piece(1).text}"


def test_what_is_left_out_is_the_same_however_many_elements_were_asked() -> None:
    left = leaving(("div.share.box", 'p[class="note"]', '[class*="promo"]', "#ad", "[hidden]"))
    for number in [*range(2_000), *range(2_000)]:  # more names than are kept
        named = f"c{number} {'x' * (number % 300)}"
        assert not left.names("div", {"class": named, "href": "/promo"})
        assert left.names("div", {"class": f"{named} box share"})
        assert not left.names("p", {"class": f"{named} box share"})
        assert left.names("p", {"id": str(number), "class": f"promo{number}"})
    assert left.names("p", {"class": "note"})
    assert not left.names("div", {"class": "note"})
    assert not left.names("div", {"class": None})
    assert left.names("i", {"class": "note", "id": "ad"})
    assert left.names("i", {"hidden": None})


SHEET = b".lamp{color:#fa0;margin:0}" * (LARGE // 20)
SHEETS = {
    "plain": b"<style>" + SHEET + b"</style>",
    "two, one with attributes": b"<style media='all'>"
    + SHEET
    + b"</style ><style>"
    + SHEET
    + b"</style>",
    "in a comment": b"<!-- <style>" + SHEET + b"</style> -->",
    "of a script": b"<script>x = '<style>" + SHEET + b"</style>'</script>",
    "never closed where it seems": b"<script>x = '<style>" + SHEET + b"<\\/style>'</script>",
    "with a picture": b"<style>" + SHEET + b".a{b:url('<svg></svg>')}</style>",
    "inside a title": b"<title>The <style>" + SHEET + b"</style> of it</title>",
    "with no end": SHEET + b"<style",
}


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=SHEETS)
@pytest.mark.parametrize("place", [b"</head>", b"</h1>", b"</body>"])
def test_a_page_of_long_style_sheets_gives_the_same_text(sheet: bytes, place: bytes) -> None:
    page = Site(seed=3).page(piece(2))
    made = cutting.cut(page.replace(place, sheet + place, 1), HTML, taught(3))
    plain = cutting.cut(page, HTML, taught(3))
    assert made is not None
    assert plain is not None
    assert made.body == plain.body


MARKS = {
    "style": b"<style", "end": b">", "/style": b"</style>", "sheet": SHEET, "p": b"<p>A lamp",
    "comment": b"<!--", "/comment": b"-->", "script": b"<script>", "/script": b"</script>",
}  # fmt: skip


def few(pieces: list[str]) -> bool:
    return pieces.count("sheet") * len(SHEET) < MAX_BYTES - LARGE


@pytest.mark.slow
@given(st.lists(st.sampled_from(sorted(MARKS)), max_size=12).filter(few))
@example(["p", "style", "end", "sheet", "/style"])  # inside a paragraph that nobody closed
@example(["p", "style", "/comment", "sheet", "/style"])  # an element called style--
@settings(max_examples=200)
def test_emptied_style_sheets_take_no_word_of_a_page(pieces: list[str]) -> None:
    body = b"<body>" + b"".join(MARKS[one] for one in pieces)
    short = parsed(body)
    whole = LexborHTMLParser(body, scripting=True)
    assert short is not None
    assert whole.body is not None
    assert short.body is not None
    for page in (short, whole):
        page.strip_tags(["style"])
    texts = [[one.text() for one in page.css("p")] for page in (short, whole)]
    assert texts[0] == texts[1]


def test_lines_that_are_links_go_where_the_lessons_left_them_out() -> None:
    link = "<p><a href=/y>Another story of ours</a></p>"
    gone, kept = cut(link + PROSE), cut(link + PROSE, wrapper=replace(ONE, keeps_links=True))
    assert gone is not None
    assert kept is not None
    assert "Another story" not in gone.body
    assert kept.body.startswith("Another story of ours\n")
    assert kept.places[0] == (0, len("Another story of ours"), "link")
    assert gone.links == {"Another story of ours"}


# --- wrappers as data -----------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 5, 9])
def test_a_wrapper_is_the_same_after_a_journey(seed: int) -> None:
    assert cutting.loaded(cutting.dumped(taught(seed))) == taught(seed)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("container", "div{}"), ("container", ""), ("container", 7), ("version", 99),
        ("version", True), ("drop", "p"), ("drop", ["<script>"]), ("drop", ["p"] * 999),
        ("shortest", -1), ("shortest", 1.5), ("longest", None), ("dropped", 3), ("dropped", "x"),
        ("rtl", 1), ("teacher", ""), ("furniture", [""]), ("lessons", 10**12),
    ],
)  # fmt: skip
def test_a_damaged_wrapper_is_as_if_there_were_none(name: str, value: object) -> None:
    data = json.loads(cutting.dumped(ONE)) | {name: value}
    assert cutting.loaded(json.dumps(data)) is None


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "{", "1", '{"version": 1}', "[" * 9_999])
def test_what_is_no_wrapper_is_none(text: str) -> None:
    assert cutting.loaded(text) is None


@given(st.text(max_size=200))
def test_any_text_is_loaded_or_none(text: str) -> None:
    made = cutting.loaded(text)
    assert made is None or cutting.loaded(cutting.dumped(made)) == made


@given(
    st.dictionaries(
        st.sampled_from(sorted(json.loads(cutting.dumped(ONE)))),
        st.one_of(st.integers(), st.text(max_size=9), st.booleans(), st.none(), st.floats(),
                  st.lists(st.text(max_size=9), max_size=3)),
    )
)  # fmt: skip
@settings(max_examples=60)
def test_a_wrapper_of_any_values_that_is_loaded_cuts_or_is_unsure(
    values: dict[str, object],
) -> None:
    made = cutting.loaded(json.dumps(json.loads(cutting.dumped(ONE)) | values))
    if made is not None:
        cutting.cut(BODY.format(PROSE, "").encode(), HTML, made)


@given(st.binary(max_size=400), st.integers(0, 3_000))
@settings(max_examples=60, deadline=None)
def test_no_bytes_make_it_raise(noise: bytes, at: int) -> None:
    page = BODY.format(PROSE, "").encode()
    broken = page[:at] + noise + page[at:]
    made = cutting.cut(broken, HTML, ONE)
    assert made is None or made.body
    cutting.learn([Lesson(body=broken, content_type=HTML, text=read(page))])


WORDS = st.lists(st.sampled_from(["one", "two", "three", "four", "five", "six"]), max_size=30)


@given(WORDS, WORDS)
def test_agreement_is_a_share_and_the_same_both_ways(one: list[str], other: list[str]) -> None:
    a, b = " ".join(one), " ".join(other)
    assert 0 <= cutting.agreement(a, b) <= 1
    assert cutting.agreement(a, b) == cutting.agreement(b, a)
    assert cutting.agreement(a, a) == 1


def test_half_of_a_text_agrees_with_the_whole_by_a_half() -> None:
    words = [f"w{n}" for n in range(200)]
    assert cutting.agreement(" ".join(words[:100]), " ".join(words)) == pytest.approx(0.5, abs=0.02)


# --- names ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "token", ["entry-content", "storyBody", "field_item", "l-container", "col-8", "article__body"]
)
def test_a_name_of_the_template_is_stable(token: str) -> None:
    assert naming.stable(token)


@pytest.mark.parametrize(
    "token", ["post-83612", "css-1xw2a", "sc-bdVaJa", "Body_text__3kR2q", "category-politics",
              "jsx-2839", "x", "tag-flood", "a1b2c3d4", "node-7"],
)  # fmt: skip
def test_a_name_of_one_article_or_one_build_is_not(token: str) -> None:
    assert not naming.stable(token)


@given(st.text(string.ascii_letters + string.digits + "-_.#[]{}()<>*\"'\\ ", max_size=40))
def test_what_an_element_is_called_never_makes_a_selector_that_is_no_selector(name: str) -> None:
    for token in [one for one in name.split() if naming.stable(one)]:
        assert cutting.loaded(cutting.dumped(replace(ONE, container=f"div.{token}")))


def test_a_page_that_says_it_is_not_free_is_seen_in_its_bytes() -> None:
    assert verb.is_closed(b'{"isAccessibleForFree" : "False"}')
    assert not verb.is_closed(b'{"isAccessibleForFree": true}')


def test_pieces_are_the_same_on_every_run() -> None:
    assert piece(7) == piece(7)
    assert isinstance(piece(7), Piece)
    assert Site(seed=1).page(piece(7)) == Site(seed=1).page(piece(7))
