"""What counts as a mention: the right words, whole, in their context, at their exact place."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.lexicon import load_lexicon
from classifiers.types import Part

LEXICON = load_lexicon()


def concepts(title: str, lead: str = "", side: str | None = None) -> set[str]:
    counted, _ = LEXICON.find({"title": title, "lead": lead}, side=side)
    return {match.concept for match in counted}


def ignored(title: str) -> set[str]:
    return {match.text for match in LEXICON.find({"title": title})[1]}


def test_a_match_stands_exactly_where_it_says() -> None:
    title = "Kabul’s envoy — at the Pak\u00adistan–Afghan\u00adistan border, again"
    counted, _ = LEXICON.find({"title": title})
    assert counted
    for match in counted:
        assert title[match.start : match.end] == match.text
        assert match.part == "title"
    assert "Pak\u00adistan–Afghan\u00adistan border" in {m.text for m in counted}


@pytest.mark.parametrize(
    "spelling",
    [
        "Tehreek-e-Taliban Pakistan",
        "Tehrik-i-Taliban Pakistan",
        "tehreek e taliban pakistan",
        "Tehreek Taliban Pakistan",
        "TEHREEK-I-TALIBAN PAKISTAN",
    ],
)
def test_joiners_are_interchangeable(spelling: str) -> None:
    assert "ttp" in concepts(f"Fighters of {spelling} named in report")


@pytest.mark.parametrize("spelling", ["Jamaat-ul-Ahrar", "Jamaatul Ahrar", "Jama’at ul Ahrar"])
def test_a_joiner_may_grow_into_its_neighbour(spelling: str) -> None:
    assert "jamaat_ul_ahrar" in concepts(f"{spelling} claims it")


def test_short_capitals_count_only_as_capitals_and_whole() -> None:
    assert "ttp" in concepts("TTP and Pakistan")
    assert "ttp" in concepts("The TTP’s men in Pakistan")
    assert "ttp" in concepts("T.T.P. and Pakistan")
    for other in ("ttp and Pakistan", "HTTP and Pakistan", "Ttp and Pakistan", "TTPs and Pakistan"):
        assert "ttp" not in concepts(other), other


@pytest.mark.parametrize(
    "written",
    [
        "TTP\u200f", "TTP\u200e", "TTP\u200b", "TTP\u2060", "T\u00adTP", "TTP’s\u200f",
        "TTPʼs", "TTP`s", "ＴＴＰ", "\u2066TTP\u2069",
    ],
)  # fmt: skip
def test_marks_that_nobody_sees_leave_capitals_what_they_are(written: str) -> None:
    assert "ttp" in concepts(f"{written} claims attack on Pakistan army")
    assert "ttp" not in concepts(f"{written.lower()} claims attack on Pakistan army")


def test_a_possessive_before_a_mark_of_direction_is_its_owner() -> None:
    assert "kabul" in concepts("Kabul’s\u200f envoy")


@pytest.mark.parametrize(
    "written",
    [
        "#تحریک_طالبان_پاکستان", "تحریک \u200fطالبان \u200fپاکستان",
        "تحریک\u200f \u200fطالبان\u200f پاکستان",
        "تحریک\u202c \u202bطالبان پاکستان", "#Tehreek_e_Taliban_Pakistan",
        "Tehreek\u202fTaliban\u2009Pakistan",
        "#ٹی_ٹی_پی", "ٹی\u200f \u200fٹی \u2067پی",
    ],
)  # fmt: skip
def test_hashtags_and_marks_of_direction_do_not_part_a_name(written: str) -> None:
    assert "ttp" in concepts(f"{written} پاکستان")


def test_an_ambiguous_name_needs_its_context() -> None:
    assert "ttp" not in concepts("TTP diagnosed in a patient of forty")
    assert "ttp" in concepts("TTP diagnosed as the threat", "Militants of the group said")
    assert "islamic_emirate" not in concepts("IEA sees oil demand falling")
    assert "islamic_emirate" in concepts("IEA spokesman in Kabul denies it")
    assert "ghulam_khan" not in concepts("Ghulam Khan wins poetry prize")
    assert "ghulam_khan" in concepts("Ghulam Khan crossing: Pakistan and Afghanistan resume trade")


def test_the_press_of_a_country_is_a_context() -> None:
    assert "khyber_pakhtunkhwa" not in concepts("KP cabinet meets")
    assert "khyber_pakhtunkhwa" in concepts("KP cabinet meets", side="pakistan")


def test_medicine_and_malware_are_not_the_ttp() -> None:
    assert "ttp" not in concepts("TTP: plasma exchange saves patients in Pakistan")
    assert "ttp" not in concepts("MITRE lists TTP of a Pakistani threat actor")


@pytest.mark.parametrize(
    ("title", "seen"),
    [
        ("Justice Naeem Akhtar Afghan joins the bench", "Naeem Akhtar Afghan"),
        ("Order by Justice Malik Afghan stands", "Afghan"),
        ("Kabul River swells at Nowshera", "Kabul River"),
        ("Fire in Afghan Basti of Karachi", "Afghan Basti"),
        ("Hussain Haqqani writes a book", "Hussain Haqqani"),
    ],
)
def test_traps_are_seen_and_set_aside(title: str, seen: str) -> None:
    assert seen in ignored(title)
    assert "afghanistan" not in concepts(title)
    assert "kabul" not in concepts(title)


def test_a_minister_of_justice_is_no_trap() -> None:
    assert "afghanistan" in concepts("Justice minister meets Afghan delegation")


@pytest.mark.parametrize(
    "title", ["A Kabul think tank warns", "Taliban show off a tank's turret", "Fish tank imports"]
)
def test_a_tank_is_no_district(title: str) -> None:
    assert "tank_district" not in concepts(title, "Pakistan and Afghanistan")


@pytest.mark.parametrize("title", ["Tank's police lines attacked", "Two killed in Tank operation"])
def test_the_district_is_known_by_its_capital(title: str) -> None:
    assert "tank_district" in concepts(title)


def test_parties_are_not_the_ttp() -> None:
    for party in ("Tehreek-e-Insaf", "Tehreek-e-Labbaik Pakistan", "Pakistan Tehreek-i-Insaf"):
        found = concepts(f"{party} calls a long march")
        assert "home_politics" in found
        assert "ttp" not in found


def test_the_two_fitnas_are_told_apart() -> None:
    assert "fitna_al_khawarij" in concepts("Fitna al-Khawarij men killed in Pakistan")
    hindustan = concepts("Fitna-ul-Hindustan men killed in Pakistan")
    assert "fitna_al_hindustan" in hindustan
    assert "fitna_al_khawarij" not in hindustan


def test_a_comma_parts_two_names() -> None:
    assert "pak_afghan_talks" in concepts("Pakistan-Afghanistan talks resume")
    assert "pak_afghan_talks" not in concepts("Pakistan, Afghanistan, talks")


def test_a_short_name_is_not_bent_into_another() -> None:
    assert "kurram" in concepts("Kurram, Pakistan: road closed")
    assert "kurram" not in concepts("Khurram, Pakistan: man wins race")


def test_afghan_refugees_elsewhere_name_afghanistan_only() -> None:
    title = "Iran returns Afghan refugees"
    assert concepts(title) >= {"elsewhere", "afghanistan", "refugee_words"}
    assert "afghans_in_pakistan" not in concepts(title)
    assert "Afghan refugees" in ignored(title)


@pytest.mark.parametrize(
    ("title", "whole", "named"),
    [
        ("Kunar cut off as border with Pakistan closes", "border with Pakistan", "Pakistan"),
        ("Pakistan counts its Afghan refugees", "Afghan refugees", "Afghan"),
        ("Traders ask for more Pak-Afghan trade", "Pak-Afghan trade", "Pak"),
        ("Traders ask for more Pak-Afghan trade", "Pak-Afghan trade", "Afghan"),
        ("Moscow on recognition of the Taliban", "recognition of the Taliban", "Taliban"),
        ("اسلام آباد میں پاک افغان مذاکرات", "پاک افغان مذاکرات", "افغان"),
    ],
)
def test_a_phrase_names_its_country_in_its_own_words(title: str, whole: str, named: str) -> None:
    counted, _ = LEXICON.find({"title": title})
    assert {whole, named} <= {m.text for m in counted}
    for match in counted:
        assert title[match.start : match.end] == match.text


def test_a_relation_needs_both_its_countries() -> None:
    assert "pak_afghan_border" not in concepts("India tightens its border with Pakistan")
    assert "pakistan" in concepts("India tightens its border with Pakistan")
    assert "pak_afghan_border" in concepts("Kandahar: border with Pakistan stays shut")
    assert "pak_afghan_border" in concepts("Border with Pakistan stays shut", side="afghanistan")


def test_the_name_of_a_group_speaks_of_no_country() -> None:
    assert concepts("Tehreek-e-Taliban Pakistan issues a statement") == {"ttp"}


def test_a_place_counts_once_however_many_spellings_it_has() -> None:
    counted, _ = LEXICON.find({"title": "Kandahar hears Tehreek-e-Taliban Pakistan commander"})
    assert len(counted) == len({(m.concept, m.start) for m in counted})


def test_ordinary_words_are_not_bent_into_names() -> None:
    assert concepts("Sultan after a crushing defeat") == set()


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("ټي ټي پي او پاکستان", "ttp"),
        ("ٹی ٹی پی اور پاکستان", "ttp"),
        ("کالعدم تحریک طالبان پاکستان کا دعویٰ", "ttp"),
        ("هبت‌الله آخوندزاده", "hibatullah_akhundzada"),
        ("هبت الله آخوندزاده", "hibatullah_akhundzada"),
        ("هبتالله آخوندزاده", "hibatullah_akhundzada"),
        ("د تورخم لاره", "torkham"),
        ("طورخم بارڈر", "torkham"),
        ("كابل", "kabul"),
    ],
)
def test_arabic_script_is_matched_in_its_variants(text: str, concept: str) -> None:
    assert concept in concepts(text)


def test_urdu_foreign_is_no_khariji() -> None:
    assert "fitna_al_khawarij" not in concepts("پاکستان کی خارجی پالیسی")


def test_aliases_are_found_by_id_and_by_any_spelling() -> None:
    assert "Torkham" in LEXICON.aliases("torkham")
    assert LEXICON.aliases("TURKHAM") == LEXICON.aliases("torkham")
    assert LEXICON.aliases("طورخم") == LEXICON.aliases("torkham")
    with pytest.raises(KeyError):
        LEXICON.aliases("no such thing")


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=300))
def test_any_text_is_read_and_every_place_is_real(text: str) -> None:
    parts: dict[Part, str] = {"title": text, "body": f"Kabul and Islamabad {text}"}
    counted, aside = LEXICON.find(parts)
    assert {"kabul", "islamabad_rawalpindi"} <= {m.concept for m in [*counted, *aside]} or text
    for match in [*counted, *aside]:
        assert parts[match.part][match.start : match.end] == match.text


def test_every_alias_is_found_by_the_pass_that_looks_for_it() -> None:
    missed = []
    for concept in LEXICON.concepts.values():
        for alias in LEXICON.aliases(concept.id):
            found = {hit.match.concept for hit in LEXICON.read(alias, "title")}
            if concept.id not in found:
                missed.append((concept.id, alias, found))
    assert not missed


def test_texts_of_long_words_are_read_to_their_end() -> None:
    """German compounds are longer than most words; an alias behind them is found in its place."""
    text = "Bundesverfassungsgerichtspräsidentschaftskandidatur " * 40 + "Afghanistan"
    (match,), _ = load_lexicon().find({"body": text})
    assert text[match.start : match.end] == "Afghanistan"
