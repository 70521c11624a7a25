"""Two spellings of an address are one article; two articles are never one address."""

from __future__ import annotations

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.model import Dropped, Reason
from monitor.stages.urls import canonical, host, place, unwrapped, wrapped

STORY = "https://valleypost.example/news/1790001/border-reopens"


@pytest.mark.parametrize(
    "spelling",
    [
        "http://valleypost.example/news/1790001/border-reopens",
        "HTTPS://WWW.ValleyPost.Example:443/news/1790001/border-reopens/",
        "https://m.valleypost.example//news/./1790001/x/../border-reopens",
        "https://valleypost.example/news/1790001/border-reopens?utm_source=rss&utm_medium=feed",
        "https://valleypost.example/news/1790001/border-reopens?amp;utm_source=rss&fbclid=Iw0",
        "https://valleypost.example/news/1790001/border-reopens#comments",
        "https://valleypost.example/news/1790001/border-reopens#:~:text=Torkham",
        "https://valleypost.example/news/1790001/border-reopens/amp/",
        "https://valleypost.example/news/1790001/border-reopens?amp=1",
        "https://amp.valleypost.example/news/1790001/border-reopens?outputType=amp",
        "https://valleypost.example/news/1790001/border%2Dreopens;jsessionid=A1B2",
        "  https://valleypost.example/news/1790001/border-\nreopens ",
        "https://reader:secret@valleypost.example/news/1790001/border-reopens",
        "https://www.google.com/amp/s/www.valleypost.example/news/1790001/border-reopens",
        "https://valleypost-example.cdn.ampproject.org/c/s/valleypost.example/news/1790001/border-reopens/amp",
        "https://www.google.com/url?rct=j&sa=t&ct=ga&url=https://valleypost.example/news/1790001/border-reopens",
        "https://valleypost.example/news/1790001/border-reopens?traffic_source=rss&ref=rss",
        "https://valleypost.example/news/1790001/border-reopens/print",
        "https://valleypost.example/news/1790001/border-reopens?print=1&from=feed",
        "https://valleypost.example/news/1790001/border-reopens?view=print",
        "https://www.bing.com/news/apiclick.aspx?aid=&url=https%3a%2f%2fvalleypost.example%2fnews%2f1790001%2fborder-reopens&c=9",
    ],
)
def test_spellings_of_one_address_are_one_identity(spelling: str) -> None:
    assert canonical(spelling) == STORY


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/?p=1", "https://a.example/?p=2"),
        ("https://a.example/story.php?story_fbid=1&id=7", "https://a.example/story.php?id=7"),
        ("https://a.example/News/1", "https://a.example/news/1"),
        ("https://en.m.a.example/x", "https://en.a.example/x"),
        ("https://a.example/#!/story/1", "https://a.example/#!/story/2"),
        ("https://a.example:8080/x", "https://a.example/x"),
        ("https://a.example/a%2Fb", "https://a.example/a/b"),
        ("https://a.example/s?source=reuters", "https://a.example/s?source=afp"),
        ("https://a.example/amp/12", "https://a.example/12"),
        ("https://a.example/s?cid=12", "https://a.example/s?cid=13"),
        ("https://a.example/sections/print", "https://a.example/sections"),
        ("https://a.example/print/12345-x", "https://a.example/12345-x"),
        ("https://a.example/s?view=map", "https://a.example/s"),
        # A host nobody knows: its numbers may be anything.
        ("https://a.example/news/1790001/one-story", "https://a.example/news/1790001/another"),
        # A live page and its entries, and what only looks like a number of an article.
        ("https://www.dawn.com/news/1790001/x", "https://www.dawn.com/news/1790002/x"),
        ("https://www.dawn.com/live/1790001/x", "https://www.dawn.com/live/1790001/y"),
        (
            "https://www.thenews.com.pk/print/1315407-a",
            "https://www.thenews.com.pk/latest/1315407-a",
        ),
    ],
)
def test_what_may_be_two_articles_stays_two(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://www.dawn.com/news/1946992/old-words", "http://dawn.com/news/1946992"),
        ("https://www.thenews.com.pk/print/1315407-a-b", "https://thenews.com.pk/print/1315407-c"),
        ("https://tribune.com.pk/story/2512345/a", "https://tribune.com.pk/story/2512345/b/"),
        ("https://www.geo.tv/latest/612345-a", "https://www.geo.tv/latest/612345-b?x=y&utm_id=1"),
        ("https://www.dw.com/en/words/a-78464406", "https://www.dw.com/en/others/a-78464406"),
        ("https://www.voanews.com/a/words/4783151.html", "https://www.voanews.com/a/4783151.html"),
    ],
)
def test_where_an_outlet_finds_articles_by_number_a_new_headline_is_no_new_article(
    one: str, other: str
) -> None:
    assert str(canonical(one)) == str(canonical(other)).replace("?x=y", "")


def wrapper(inner: bytes, size: bytes | None = None) -> str:
    """A Google News link as they were made: a small number, then what is inside."""
    length = bytes([len(inner)]) if len(inner) < 128 else bytes([len(inner) & 127 | 128, 1])
    made = b"\x08\x13\x22" + (size or length) + inner + b"\xd2\x01\x00"
    number = base64.urlsafe_b64encode(made).decode().rstrip("=")
    return f"https://news.google.com/rss/articles/{number}?oc=5&hl=en-PK"


@pytest.mark.parametrize("tail", ["", "/" + "x" * 150])
def test_an_older_google_news_link_is_unwrapped_without_asking_anybody(tail: str) -> None:
    link = wrapper(f"http://www.valleypost.example/news/7{tail}?utm_source=g".encode())
    assert canonical(link) == f"https://valleypost.example/news/7{tail}"
    assert unwrapped(link) == f"http://www.valleypost.example/news/7{tail}?utm_source=g"
    assert not wrapped(link)


@pytest.mark.parametrize(
    "inner",
    [
        b"AU_yqLOnlyGoogleCanReadThis0123456789",
        b"javascript:alert(1)//https://a.example/",
        b"https://a.example/\x01x",
        b"https://",
        "https://a.example/\u00e9".encode(),
    ],
)
def test_what_only_google_can_read_keeps_its_number_as_identity(inner: bytes) -> None:
    link = wrapper(inner)
    assert wrapped(link)
    assert unwrapped(link) == link
    assert canonical(link) == link.partition("?")[0]
    assert canonical(link.replace("/rss/articles/", "/read/")) == canonical(link)
    assert wrapped(wrapper(b"https://a.example/x", size=b"\x7f"))


def test_a_place_is_an_address_without_its_server() -> None:
    assert place("http://old.example:8801/?p=12&utm_source=x") == "/?p=12"
    assert place("https://www.new.example/?p=12") == "/?p=12"
    assert place("tag:valley.example,2026:1") == "tag:valley.example,2026:1"


def test_the_order_of_parameters_is_kept() -> None:
    assert canonical("https://a.example/s?b=2&utm_id=9&a=1") == "https://a.example/s?b=2&a=1"


def test_a_google_news_wrapper_keeps_its_own_identity() -> None:
    wrapper = "https://news.google.com/rss/articles/CBMiAB_c-D?oc=5"
    assert canonical(wrapper) == wrapper


def test_urdu_paths_and_hosts_have_one_spelling() -> None:
    spelled = canonical("https://مثال.example/خبر/ایک")
    assert spelled == canonical("https://xn--mgbh0fb.example/%d8%ae%d8%a8%d8%b1/ایک")
    assert str(spelled).isascii()


def test_a_relative_address_is_completed_by_its_base() -> None:
    assert canonical("../2", base="https://a.example/news/x/1") == "https://a.example/news/2"


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "data:text/html,x",
        "ftp://a.example/x",
        "//a.example/x",
        "https://",
        "https:///x",
        "https://a.example:99999/",
        "https://[::1",
        "https://a..example/",
        "https://a.example\\@b.example/",
        "https://a.example/\x00x",
        "https://a.example/\x1b[31m",
        "https://exa mple.example/",
        "java\nscript:alert(1)",
        "https://" + "a" * 64 + ".example/",
        "https://a.example/" + "x" * 9_000,
    ],
)
def test_what_is_no_web_address_is_refused_with_a_sentence(bad: str) -> None:
    refused = canonical(bad)
    assert isinstance(refused, Dropped)
    assert refused.reason is Reason.BAD_URL
    assert refused.detail.endswith(".")


def test_wrappers_within_wrappers_end() -> None:
    url = "https://a.example/x"
    for _ in range(30):
        url = "https://www.google.com/amp/s/" + url.removeprefix("https://")
    assert isinstance(canonical(url), Dropped)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://WWW.Valley.Example:8080/x", "www.valley.example"),
        ("https://u:p@valley.example./", "valley.example"),
        ("http://[::1]:80/", "[::1]"),
        ("mailto:a@b.example", ""),
        ("nonsense", ""),
    ],
)
def test_host_names_the_server_alone(url: str, name: str) -> None:
    assert host(url) == name


URLISH = st.one_of(
    st.text(),
    st.text("htps:/.?&=#!%@[]\\;aAmMpPwW019~ \té\u202eß。/").map(
        lambda tail: "https://a.b/" + tail
    ),
    st.text("amp.wWmM/:%2eEfF[]@é0ß。\ud800").map(lambda tail: "http://" + tail),
    st.from_regex(r"https?://[\w.-]+(/[\w%.-]*)*(\?[\w=&%;]*)?(#!?\S*)?", fullmatch=True),
)


@pytest.mark.slow
@given(URLISH)
@example("https://a.b/%2541/%%34%31/%2e%2E/x.amp/amp/amp")
@example("https://www.www.m.a.b:80/")
@example("http://a.b:443/?amp&amp=1&&=")
@example("https://www.google.com/url?q=https://www.google.com/url?q=https://a.b/amp")
def test_identity_is_idempotent_and_never_raises(url: str) -> None:
    once = canonical(url)
    if not isinstance(once, Dropped):
        assert canonical(once) == once
        assert once.isascii()
        assert once.startswith("https://")
        assert host(once)
    host(url)
