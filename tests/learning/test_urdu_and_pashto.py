"""Urdu, Pashto and Dari news is judged like English: the topic above the rest, sport below."""

import pytest

from classifiers.registry import load
from classifiers.types import Text

MODEL = load()

ON_TOPIC = {
    "ur": [
        "پاکستان اور افغانستان کے درمیان طورخم بارڈر پر مذاکرات",
        "کابل میں پاکستانی وفد کی افغان طالبان سے بات چیت",
        "کالعدم تحریک طالبان پاکستان کے دہشت گرد شمالی وزیرستان میں ہلاک",
        "پاکستان سے افغان مہاجرین کی وطن واپسی جاری",
    ],
    "ps": [
        "د پاکستان او افغانستان ترمنځ د تورخم لاره بیرته پرانیستل شوه",
        "په کابل کې د پاکستان او طالبانو خبرې پیل شوې",
        "ټي ټي پي په پاکستان کې د برید مسوولیت ومانه",
    ],
    "fa": [
        "مذاکرات پاکستان و افغانستان در باره مرز تورخم",
        "حمله هوایی پاکستان به پکتیکا؛ طالبان واکنش نشان داد",
    ],
}
OFF_TOPIC = {
    "ur": [
        "کراچی میں بارش سے سڑکیں زیر آب",
        "پاکستان نے افغانستان کو ٹی ٹوئنٹی کرکٹ میچ میں چھ وکٹوں سے شکست دے دی",
        "سونے کی قیمت میں کمی",
        "پاکستان تحریک انصاف کا جلسہ اسلام آباد میں",
        "پاکستان کی خارجی پالیسی پر سیمینار",
    ],
    "ps": ["په کابل کې د کرېکټ لوبډله اعلان شوه", "په کراچۍ کې باران وشو"],
    "fa": ["تیم فوتبال ایران برنده شد", "زلزله در ایران"],
}


@pytest.mark.parametrize("language", ["ur", "ps", "fa"])
def test_the_topic_ranks_above_the_rest(language: str) -> None:
    on = [v.score for v in MODEL.judge([Text(title=t, body="") for t in ON_TOPIC[language]])]
    off = [v.score for v in MODEL.judge([Text(title=t, body="") for t in OFF_TOPIC[language]])]
    assert min(on) > 0.5
    assert max(off) < min(on)


def test_ordinary_urdu_news_stays_out_of_the_queue() -> None:
    for verdict in MODEL.judge(
        [Text(title=t, body="") for t in OFF_TOPIC["ur"] if "کرکٹ" not in t]
    ):
        assert verdict.score < 0.1
