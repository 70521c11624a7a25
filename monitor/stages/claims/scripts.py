"""Urdu, Pashto and Dari: the few words that say what befell those who are counted."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.stages.claims.sentences import Token, listed
from monitor.stages.claims.values import Population, Who

REACH = 8  # words from the number to the verb, which stands last in all three


def _words(population: Population, said: str) -> dict[str, Population]:
    return dict.fromkeys(said.split(), population)


_CUES: dict[str, Population] = {
    **_words(
        "killed", "ہلاک جاں‌بحق جاں شہید مارے قتل جابحق وژل ووژل مړه شهیدان کشته جان‌باخته شهید"
    ),
    **_words("injured", "زخمی ټپیان ټپي زخمي مجروح"),
    **_words("arrested", "گرفتار نیول نیولي بازداشت دستگیر"),
    **_words("deported", "بےدخل ملک‌بدر ایستل اخراج"),
    **_words("returned", "واپس ستانه بازگشته بازگشتند"),
}
_GROUPS: dict[str, Who] = {
    **dict.fromkeys(
        [
            "دہشت",
            "دہشتگرد",
            "دہشتگردوں",
            "خوارج",
            "شدت",
            "عسکریت",
            "ترهګر",
            "وسله\u200cوال",
            "تروریست",
            "شورشی",
        ],
        "militants",
    ),
    **dict.fromkeys(
        [
            "اہلکار",
            "اہلکاروں",
            "فوجی",
            "جوان",
            "سپاہی",
            "پولیس",
            "پوځي",
            "سرتیري",
            "سرباز",
            "نظامی",
        ],
        "security forces",
    ),
    **dict.fromkeys(
        ["شہری", "شہریوں", "بچے", "خواتین", "مزدور", "ملکي", "ماشومان", "غیرنظامی", "کودک", "زن"],
        "civilians",
    ),
    **dict.fromkeys(["افراد", "لوگ", "شخص", "کسان", "تنه", "کس", "تن", "نفر"], "people"),
    **dict.fromkeys(
        ["مہاجرین", "مہاجر", "افغانوں", "کډوال", "مهاجر", "مهاجرین", "پناهجو"], "refugees"
    ),
}
_TOLL = frozenset({"تعداد", "شمېر", "شمیر", "شمار"})
_DEATHS = listed("ہلاکتوں اموات مرنے هلاک‌شدگان کشته‌شدگان قربانیان وژل‌شویو جانبحق")
_STOP = frozenset("،۔؛.!؟")


def counted(
    words: Sequence[Token], first: int, last: int
) -> tuple[Population, Who, str, int] | None:
    """Return what befell the number at ``first`` .. ``last``: population, group, words, last token.

    None for a sentence in another script, and where no verb is near.
    """
    group: Who = ""
    head = last
    for at in range(last, min(len(words), last + REACH)):
        word = _bare(words[at])
        if word in _STOP or words[at].kind in {"number", "money"}:
            break
        if word in _GROUPS and not group:
            group, head = _GROUPS[word], at + 1
        if word in _CUES and (group or at - last <= 2):
            subject = " ".join(token.text for token in words[last:head])
            return _CUES[word], group or "people", subject, max(head, last)
    before = {_bare(word) for word in words[max(0, first - 6) : first]}
    if before & _TOLL and before & _DEATHS:
        return "killed", "people", "", last
    return None


def _bare(word: Token) -> str:
    return word.text
