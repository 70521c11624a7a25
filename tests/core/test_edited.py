"""A page read again: the same, edited, cut, or something else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.stages import addresses, edited

TEXT = "\n".join(
    f"The {who} of the valley said on Tuesday that the {what} would open again before the winter."
    for who, what in (
        ("elders", "upper road"), ("teachers", "small school"), ("drivers", "old depot"),
        ("growers", "fruit market"), ("doctors", "night clinic"), ("millers", "water mill"),
    )
)  # fmt: skip


def fate(body: str, title: str = "A headline") -> str:
    return edited.weigh("A headline", TEXT, title, body).fate


def test_furniture_that_moves_is_no_edit() -> None:
    assert fate(TEXT) == "same"
    assert fate("3 hours ago\n" + TEXT.replace("\n", "\n\n  ") + "\n7 comments") == "same"
    assert fate("\n".join(reversed(TEXT.split("\n")))) == "same", "whatever the order"


def test_one_word_is_an_edit_and_so_is_the_headline() -> None:
    assert fate(TEXT.replace("upper road", "lower road")) == "changed"
    assert fate(TEXT, "Another headline") == "changed"
    assert fate(TEXT + "\nTwo people were hurt, officials said later.") == "changed"


def test_a_part_of_it_is_cut_and_another_text_is_another() -> None:
    whole = edited.weigh("A", TEXT, "A", TEXT.split("\n")[0] + "\nSubscribe to read on.")
    assert whole.fate == "cut"
    assert whole.why == "The page shows 22 of the 108 words it had."
    other = "\n".join(
        f"Our shop sells {what} of brass and glass, made by hand, and mends whatever is broken."
        for what in ("lamps", "bowls", "bells", "hinges", "mirrors", "ladles")
    )
    assert fate(other) == "another"


def test_a_rewritten_short_notice_is_an_edit_of_it() -> None:
    """Too little to tell another article by."""
    assert edited.weigh("A", "The road is shut now.", "A", "All is well in town.").fate == "changed"


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_two_texts_are_weighed_and_one_is_the_same_as_itself(one: str, other: str) -> None:
    assert edited.weigh("", one, "", other).fate in {"same", "changed", "cut", "another"}
    assert edited.weigh("", one, "", one).fate == "same"
    assert edited.holds(one, one)


def test_a_page_holds_what_the_feed_carried_only_word_for_word() -> None:
    assert edited.holds(TEXT, "Home\n" + TEXT + "\nMore")
    assert not edited.holds(TEXT, TEXT.replace("upper road", "lower road"))
    assert edited.mark(TEXT) == edited.mark(TEXT + "\n2 comments")
    assert edited.mark(TEXT) != edited.mark(TEXT.replace("upper", "lower"))


# --- lists of addresses ---------------------------------------------------------------------


def read(text: str) -> list[addresses.Given]:
    lines = [line for line in text.split("\n") if line.strip() and not line.startswith("#")]
    head = addresses.heading(lines[0])
    told = (addresses.given(line, head) for line in (lines[1:] if head.first else lines))
    return [one for one in told if one]


def test_every_form_of_a_list_gives_the_same_addresses() -> None:
    plain = "https://a.example/x\nhttps://a.example/y  a note\n"
    comma = 'id,URL,"Title"\n1,https://a.example/x,"On, and on"\n2,https://a.example/y,\n'
    semi = "title;link;date\nOne;https://a.example/x;2025-01-02\nTwo;https://a.example/y;\n"
    lines = '{"url": "https://a.example/x"}\n{"link": "https://a.example/y", "title": 7}\n'
    for text in (plain, comma, semi, lines):
        found = read("\ufeff" + text)
        assert [one.url for one in found] == ["https://a.example/x", "https://a.example/y"], text
        assert all(one.canonical_url and one.title and not one.refused for one in found)
    assert read(comma)[0].title == "On, and on"
    assert read(semi)[0].published == "2025-01-02T12:00:00+00:00"


def test_what_is_no_address_is_named_and_costs_only_itself() -> None:
    found = read('https://a.example/1\nftp://a.example/2\nnonsense\n{"url": 1}\n')
    assert [bool(one.refused) for one in found] == [False, True, True, True]
    assert len({one.canonical_url for one in found}) == 4
    assert read('{"url": "https://a.example/1"}\n[1]\n{}\n{"url"\n')[3].refused == (
        "The line is no JSON."
    )


@given(st.text(max_size=200))
def test_any_line_gives_an_address_or_says_why_not(line: str) -> None:
    for head in map(addresses.heading, ("https://x.example", "url,title", '{"url": ""}')):
        one = addresses.given(line, head)
        assert one is None or bool(one.refused) != bool(one.url and not one.refused)
