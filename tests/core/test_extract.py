"""From bytes to the text of an article: every charset, every lie of the server, never an error."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import ArticleText, Dropped, Reason, When, Written
from monitor.stages.extract import carries_article, extract, extract_html_fragment
from monitor.stages.extract.characters import MAX_TEXT_CHARS, clean, decode

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
URL = "https://herald.example/story/7"
SENTENCES = "".join(
    f"<p>Lorry number {n} crossed the pass with wheat for the upper valley, elders said.</p>"
    for n in range(12)
)


def page(body: str = SENTENCES, head: str = "") -> str:
    top = f"<html><head><title>Convoy</title>{head}</head><body>"
    return f"{top}<article>{body}</article></body></html>"


def read(body: bytes | str, content_type: str = "text/html", **facts: object) -> ArticleText:
    data = body.encode() if isinstance(body, str) else body
    text = extract(data, content_type=content_type, url=URL, fetched_at=NOW, **facts)  # type: ignore[arg-type]
    assert isinstance(text, ArticleText), text
    return text


def refused(body: bytes, content_type: str = "text/html") -> Dropped:
    text = extract(body, content_type=content_type, url=URL, fetched_at=NOW)
    assert isinstance(text, Dropped), text
    return text


# --- characters -----------------------------------------------------------------------------

URDU = "وادی میں گندم سے لدے چالیس ٹرک داخل ہوئے اور عمائدین نے معاہدے کا خیرمقدم کیا۔"
ARABIC = "قال شيوخ القبائل إن القافلة وصلت إلى الوادي بعد ثلاثة أشهر من إغلاق الطريق"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (ARABIC.encode("cp1256"), "text/html; charset=windows-1256"),
        (b'<meta charset="windows-1256">' + ARABIC.encode("cp1256"), "text/html"),
        (ARABIC.encode("utf-8"), "text/html; charset=iso-8859-1"),
        (b"\xef\xbb\xbf" + ARABIC.encode("utf-8"), "text/html; charset=windows-1252"),
        (b"\xff\xfe" + ARABIC.encode("utf-16-le"), "text/html"),
        (("<html>" + " " * 40 + ARABIC).encode("utf-16-be"), "text/html"),
        (ARABIC.encode("cp1256"), "text/html; charset=no-such-charset; charset=cp1256"),
    ],
)
def test_the_text_is_right_whatever_the_charset_and_whoever_lies(
    body: bytes, content_type: str
) -> None:
    assert ARABIC in decode(body, content_type=content_type)


def test_latin_1_is_read_as_browsers_read_it() -> None:
    assert decode(b"\x93Peace\x94 caf\xe9", content_type="text/html; charset=ISO-8859-1") == (
        "“Peace” café"
    )


def test_one_broken_byte_does_not_turn_a_page_of_urdu_into_rubbish() -> None:
    decoded = decode((URDU * 20).encode() + b"\xff" + (URDU * 20).encode())
    assert decoded.count(URDU) == 40


@given(st.binary(max_size=300), st.sampled_from(["", "text/html; charset=utf-16", "x;charset=hex"]))
def test_any_bytes_decode_to_some_text(body: bytes, content_type: str) -> None:
    assert isinstance(decode(body, content_type=content_type), str)


@given(st.text(st.characters()))
def test_clean_text_has_no_control_characters_but_newlines_and_is_composed(text: str) -> None:
    cleaned = clean(text)
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not [c for c in cleaned if unicodedata.category(c) in {"Cc", "Cs"} and c != "\n"]
    assert "" not in cleaned.split("\n") or cleaned == ""
    assert clean(cleaned) == cleaned
    cleaned.encode()  # no lone surrogate is left


def test_joiners_that_urdu_and_pashto_words_need_are_kept_and_overrides_are_not() -> None:
    assert clean("می\u200cشود \u202eevil\u202c soft\u00adhyphen") == "می\u200cشود evil softhyphen"


# --- what is no page ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"%PDF-1.7 ...", ""),
        (b"<html>", "application/pdf"),
        (b"<html>", "video/mp4"),
        (b"\x00\x00\x00\x20ftypisom", "text/html"),
        (b"\x89PNG\r\n", "text/html"),
        (b'{"@type": "NewsArticle"}', "text/html"),
        (b"<?xml version='1.0'?><rss><channel><description>&lt;p></description>", "text/xml"),
        (b"just words, no markup", "text/plain"),
        (b"", "text/html"),
    ],
)
def test_what_is_no_web_page_is_refused_as_such(body: bytes, content_type: str) -> None:
    assert refused(body, content_type).reason is Reason.NOT_HTML


def test_a_page_without_text_is_refused_with_a_sentence() -> None:
    nothing = refused(b"<html><head></head><body><script>let a = 1</script></body></html>")
    assert nothing.reason is Reason.NO_TEXT
    assert nothing.detail


def test_a_page_beyond_the_limits_is_refused_before_it_costs_anything() -> None:
    assert refused(b"<html>" + b" " * 10_000_001).reason is Reason.PARSE_LIMIT
    assert refused(b"<html><body>" + b"<p>a</p>" * 60_001).reason is Reason.PARSE_LIMIT


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_rubbish_inside_a_page_never_raises(rubbish: bytes) -> None:
    for body in (b"<html><body><p>" + rubbish, rubbish + b"<p>x</p>", b"<html>" + rubbish * 5):
        outcome = extract(body, content_type="text/html", url="http://[bad", fetched_at=NOW)
        assert isinstance(outcome, ArticleText | Dropped)


def test_a_very_long_text_is_cut_at_a_line_and_says_so() -> None:
    long = "".join(
        f"<p>Paragraph {n} " + "of a very long report. " * 40 + "</p>" for n in range(400)
    )
    text = read(page(long))
    assert MAX_TEXT_CHARS // 2 < len(text.body) <= MAX_TEXT_CHARS
    assert text.body.endswith("report.")
    assert "cut at 200,000" in text.extractor


# --- title, author, date --------------------------------------------------------------------

META = (
    '<meta property="og:title" content="The page says">'
    '<meta name="author" content="By Page Author">'
    '<meta property="article:published_time" content="2026-02-20T10:00:00+05:00">'
)


def test_what_the_feed_says_wins_over_what_the_page_says() -> None:
    at = When(at=NOW - timedelta(days=2), original="Fri, 27 Feb", source="feed")
    text = read(page(head=META), feed_title="The feed says", feed_author="Feed", feed_published=at)
    assert (text.title, text.author, text.published) == ("The feed says", "Feed", at)


def test_a_headline_inside_the_article_is_not_told_twice() -> None:
    """The body begins where the headline ends, whoever gave the title; a first sentence stays."""
    body = f"<h1>Convoy  crosses the pass</h1>{SENTENCES}"
    text = read(page(body), feed_title="Convoy crosses the pass")
    assert text.body.startswith("Lorry number 0 crossed")
    assert read(page(), feed_title="Another title").body.startswith("Lorry number 0 crossed")


def test_what_the_feed_left_out_is_taken_from_the_page_with_its_own_words_kept() -> None:
    text = read(page(head=META))
    assert (text.title, text.author) == ("The page says", "Page Author")
    assert text.written == (Written(text="2026-02-20T10:00:00+05:00", place="meta"),)


def test_every_date_a_page_writes_is_handed_on_with_its_place_and_none_is_another_texts() -> None:
    """Whether a date can be believed is asked elsewhere, of all of them together."""
    head = (
        '<meta property="article:published_time" content="soon">'
        '<script type="application/ld+json">{"@type": "NewsArticle",'
        ' "datePublished": "2026-02-20T10:00:00Z"}</script>'
        '<meta name="date" content="2026-02-22">'
    )
    body = (
        "<h1>Convoy crosses the pass</h1><p>By Gul Bano, 21 February 2026</p>"
        f'<time datetime="2026-02-21T09:00">yesterday</time>{SENTENCES}'
        '<div class="comments"><time datetime="2026-02-28">a reader</time></div>'
    )
    assert [(one.place, one.text) for one in read(page(body, head)).written] == [
        ("meta", "soon"),
        ("json-ld", "2026-02-20T10:00:00Z"),
        ("time", "2026-02-21T09:00"),
        ("headline", "By Gul Bano, 21 February 2026"),
        ("search", "2026-02-22"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "کابل، ۱۲ عقرب ۱۴۰۴",
        "عقرب ۱۲، ۱۴۰۴",
        "د ۱۴۰۴ کال د لړم ۱۲مه",
        "۳ نومبر، ۲۰۲۵",
        "نومبر 3، 2025",
    ],
)
def test_a_day_beside_the_headline_is_handed_on_in_every_script_and_calendar(line: str) -> None:
    body = page(f"<h1>Convoy crosses the pass</h1><p>{line}</p>{SENTENCES}")
    assert Written(text=line, place="headline") in read(body).written


def test_a_page_is_searched_for_a_date_only_where_it_and_the_feed_state_none() -> None:
    body = page(f"{SENTENCES}<p>Posted: 14 January 2026</p>", "<title>Convoy</title>")
    assert [one.place for one in read(body).written] == ["search"]
    told = When(at=NOW, original="Sun, 01 Mar 2026", source="feed")
    assert read(body, feed_title="Convoy", feed_published=told).written == ()


def test_the_same_page_gives_the_same_article_on_any_day() -> None:
    body = page("<p>Posted on 1 February 2026</p>" + SENTENCES, META).encode()
    one = extract(body, content_type="text/html", url=URL, fetched_at=NOW)
    two = extract(body, content_type="text/html", url=URL, fetched_at=NOW + timedelta(days=900))
    assert one == two


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("https://herald.example/story/7-convoy", "https://herald.example/story/7-convoy"),
        ("/story/7-convoy", "https://herald.example/story/7-convoy"),
        ("https://www.herald.example/s/7", "https://www.herald.example/s/7"),
        ("https://elsewhere.example/story/7", None),
        ("https://herald.example:8080/story/7", None),
        ("https://herald.example/", None),
        ("javascript:alert(1)", None),
        ("http://[", None),
        ("", None),
    ],
)
def test_a_canonical_address_never_leads_to_another_host_or_the_front_page(
    href: str, expected: str | None
) -> None:
    head = f'<link rel="canonical" href="{href}">'
    assert read(page(head=head)).canonical_link == expected


@pytest.mark.parametrize(
    ("tag", "words", "expected"),
    [
        ("ur-PK", URDU, "ur"),
        ("en", URDU, None),
        ("en_GB", "Lorries crossed the pass.", "en"),
        ("xx-invalid-long", "Lorries crossed.", "xx"),
        ("", "Lorries crossed the pass.", None),
    ],
)
def test_the_language_is_the_pages_own_unless_its_script_says_otherwise(
    tag: str, words: str, expected: str | None
) -> None:
    body = f'<html lang="{tag}"><body><article>' + f"<p>{words}</p>" * 12 + "</article></body>"
    assert read(body).language == expected


# --- the full text in a feed ----------------------------------------------------------------


def fragment(markup: str) -> str:
    text = extract_html_fragment(markup, title="Convoy")
    assert isinstance(text, ArticleText), text
    return text.body


def test_the_text_in_a_feed_keeps_its_paragraphs_and_loses_its_furniture() -> None:
    markup = """<figure><img src=x><figcaption>Lorries. Photo: Herald</figcaption></figure>
    <p>KURRAM: Forty lorries <b>crossed</b> the
    pass.</p><p>A second convoy<br>follows.</p><ul><li>Wheat</li><li>Sugar</li></ul>
    <script>alert(1)</script><style>p{}</style><iframe src="https://v.example">video</iframe>
    <blockquote class="twitter-tweet"><p>A post by somebody</p></blockquote>
    <blockquote>We kept our word.</blockquote>tail
    <p>The post <a href=x>Convoy</a> appeared first on <a href=y>Herald</a>.</p>"""
    assert fragment(markup).split("\n") == [
        "KURRAM: Forty lorries crossed the pass.",
        "A second convoy",
        "follows.",
        "Wheat",
        "Sugar",
        "We kept our word.",
        "tail",
    ]


PARAGRAPH = "<p>The convoy crossed the pass before noon and was met by the elders. </p>"
LONG = PARAGRAPH * 20


@pytest.mark.parametrize(
    ("html", "declared", "carried"),
    [
        (LONG, False, True),
        (LONG + "<p>Continue reading</p>", False, False),
        (LONG + "<p>and then [&#8230;]</p>", True, False),
        (LONG + "<p>The post <a>Convoy</a> appeared first on <a>Herald</a>.</p>", False, True),
        ("<img alt='" + "x" * 3000 + "'><p>Short words.</p>", False, False),
        (LONG[:600], False, False),
        (PARAGRAPH * 8, True, True),
        (PARAGRAPH * 8, False, False),
        (LONG[:600], True, False),
        (PARAGRAPH * 8 + "<p>Published in the Herald, 3 November 2026</p>", True, True),
        (LONG + "<p>Subscribe to continue reading this story</p>", True, False),
        ("<p>Two words.</p>", True, False),
        ("<" * 100_000, True, True),
        (None, True, False),
    ],
)
def test_a_page_is_spared_only_when_the_feed_carries_the_article(
    html: str | None, declared: bool, carried: bool
) -> None:
    assert carries_article(html, declared_full=declared) is carried


def test_an_empty_text_in_a_feed_is_no_text() -> None:
    for markup in ("", "<p> </p>", "<script>x</script>", "<!-- only a comment -->", "\x00"):
        outcome = extract_html_fragment(markup, title="t")
        assert isinstance(outcome, Dropped)
        assert outcome.reason is Reason.NO_TEXT


@settings(deadline=None)
@given(st.text(st.characters(), max_size=200))
def test_any_text_in_a_feed_gives_clean_text_or_a_refusal(markup: str) -> None:
    outcome = extract_html_fragment(f"<p>{markup}", title=markup)
    if isinstance(outcome, ArticleText):
        assert outcome.body == clean(outcome.body)
        assert "\n" not in outcome.title
