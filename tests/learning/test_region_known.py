"""What a reader who knows the region would tell from a headline alone, whoever is named in it."""

import pytest

from classifiers.registry import load
from classifiers.types import Text

MODEL = load()


def score(title: str, outlet: str) -> float:
    return MODEL.judge([Text(title=title, body="", outlet=outlet)])[0].score


@pytest.mark.parametrize(
    ("title", "outlet"),
    [
        ("Muttaqi arrives in Islamabad for talks on border trade", "dawn"),
        ("Mullah Yaqoob rejects Pakistani charge of harbouring militants", "Example Times"),
        ("Army kills six Jamaatul Ahrar men near Afghan border", "Example Times"),
        ("Hafiz Gul Bahadur group claims Mir Ali attack", "dawn"),
        ("Ittehadul Mujahideen fighters ambush convoy in Kurram", "tribune"),
        ("Nizamani escapes attack on Pakistani mission in Kabul", "Example Times"),
        ("Angoor Adda and Kharlachi opened for stranded Afghan trucks", "thenews"),
        ("FO summons Afghan charge d'affaires over Chitral raid", "geo"),
        ("Holders of PoR cards told to leave by August", "dawn"),
        ("Thousands of Afghans deported through Torkham in a week", "Example Times"),
        ("Ghazab lil-Haq: jets strike camps in Paktika, says Tarar", "dawn"),
        ("Pakistan and Afghanistan sign preferential trade deal", "Example Times"),
        ("Fazlullah killed in Kunar drone strike, Islamabad told", "Example Times"),
        ("ملا یعقوب کا اسلام آباد کو جواب، طورخم بند", "express"),
        ("د تورخم دروازه د سوداګرۍ پر مخ پرانیستل شوه", "pajhwok"),
        ("حمله هوایی پاکستان بر پکتیکا چند کشته برجا گذاشت", "Hasht-e Subh"),
    ],
)
def test_the_topic_is_known_by_its_names(title: str, outlet: str) -> None:
    assert score(title, outlet) >= 0.5


@pytest.mark.parametrize(
    ("title", "outlet"),
    [
        ("Karachi port workers end strike over wages", "dawn"),
        ("Lahore smog closes schools for a third day", "thenews"),
        ("Serena hotel hosts wheelchair cricket awards", "thenews"),
        ("Haqqani wins prize for a novel set in Karachi", "Example Times"),
        ("Swat orchards lose peach crop to hail", "dawn"),
        ("Gandapur opens hospital wing in Dera Ismail Khan", "tribune"),
        ("Peace talks on Gaza resume in Doha", "Example Times"),
        ("Tajik president meets Chinese counterpart in Beijing", "Example Times"),
        ("K-P revenue board sells seized vehicles", "tribune"),
        ("Rashid Khan leads Afghanistan past Pakistan in T20 final", "dawn"),
        ("نیب کا غور: نئے مقدمات پر بند کمرہ اجلاس", "express"),
        ("شام میں سیلاب، سردی کی لہر", "jang"),
    ],
)
def test_other_news_of_the_same_places_stays_out_of_the_queue(title: str, outlet: str) -> None:
    assert score(title, outlet) < 0.1
