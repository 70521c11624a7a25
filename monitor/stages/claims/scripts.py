"""Urdu, Pashto and Dari: the few words that say what befell those who are counted."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.stages.claims.numbers import MORE
from monitor.stages.claims.sentences import Token
from monitor.stages.claims.spelled import begins, folded
from monitor.stages.claims.values import Population, Who

REACH = 10  # words from the number to the verb, which stands last in all three
_NOUN = 3  # words between the number and those whom it counts
_Counted = tuple[Population, Who, str, int]


def _words(said: str) -> frozenset[str]:
    return frozenset(folded(word) for word in said.replace("\u200c", "").split())


_DONE: dict[Population, str] = {
    "killed": "ہلاک جاں‌بحق جاں شہید مارے قتل واصل جابحق جانبحق وژل ووژل مړه شهیدان کشته"
    " جان‌باخته شهید",
    "injured": "زخمی زخمیان ټپیان ټپي مجروح ژوبل",
    "arrested": "گرفتار نیول نیولي بازداشت دستگیر",
    "deported": "بےدخل دخل ملک‌بدر بدر ایستل اخراج",
    "returned": "واپس ستانه بازگشته بازگشتند",
}
_CUES = {word: name for name, said in _DONE.items() for word in _words(said)}
_HALF = {
    "دخل": "بے",
    "بدر": "ملک",
    "واصل": "جہنم",
}  # the second words of two; the first stands before
_FIRST = {"مارے": _words("گئے گئی جا جانے"), "جاں": _words("بحق")}  # first words; what follows
_NEEDS_NOUN = _words("قتل واپس ستانه بازگشته بازگشتند")  # "302 قتل" is a section of the law
_WHO: dict[Who, str] = {
    "militants": "دہشت دہشتگرد دہشتگردوں خوارج خارجی شدت عسکریت عسکریت‌پسند عسکریت‌پسندوں جنگجو"
    " جنگجوؤں طالبان ترهګر وسله‌وال تروریست شورشی",
    "security forces": "اہلکار اہلکاروں فوجی فوجیوں جوان جوانوں سپاہی سپاہیوں پولیس سیکیورٹی پوځي"
    " پوځیان سرتیري سرباز سربازان نظامی نظامیان",
    "civilians": "شہری شہریوں بچے بچوں خواتین مزدور مزدوروں ملکي ماشومان غیرنظامی غیرنظامیان کودک"
    " کودکان زن",
    "people": "افراد لوگ لوگوں شخص کسان تنه کس تن نفر",
    "refugees": "مہاجرین مہاجر افغانوں کډوال مهاجر مهاجرین پناهجو",
}
_GROUPS = {word: name for name, said in _WHO.items() for word in _words(said)}
_AFGHANS = _words("باشندے باشندوں شہری شہریوں خاندان خاندانوں وګړي اتباع شهروند شهروندان")
_GOES_ON = _words("گرد گردوں پسند پسندوں")  # the other half of "دہشت گرد", "شدت پسند"
_OTHERS = _words("نور نورو دیگر دیگران مزید")
# What follows a number that counts no people: years of age, months, measures, money, the clock.
_NO_PEOPLE = _words(
    "سالہ ساله کلن کلنی سال سالوں سالو کال کلونو سنہ ماہ مہینے مہینوں میاشت میاشتې دن دنوں روز روزہ"
    " روزه ورځ ورځې گھنٹے گھنٹوں ساعت ساعته منٹ دقیقه بجے بجکر فیصد فیصدی سلنه درصد کلو کلومیٹر"
    " کیلومتر کیلومتره میٹر متر فٹ میل ایکڑ روپے روپوں ڈالر ډالر ډالره افغانی افغانۍ بار مرتبہ ځلې"
    " جنوری فروری مارچ اپریل مئی می مې جون جولائی جولای اگست ستمبر اکتوبر نومبر دسمبر جنوري فبروري"
    " اپرېل اګست سپټمبر سپتمبر اکټوبر ډسمبر دسمبر ژانویه فوریه مارس ژوئن ژوئیه اوت سپتامبر اکتبر"
    " نوامبر دسامبر گنا برابر چند حمل ثور جوزا سرطان اسد سنبله میزان عقرب قوس جدی دلو حوت وری"
    " غویی غبرګولی چنګاښ زمری وږی تله لړم لیندۍ مرغومی سلواغه کب محرم صفر رمضان شعبان رجب شوال"
)
_OF = _words("کا کی کے")
_LABELS = _words("دفعہ دفعات آرٹیکل ماده مادې نمبر شق فیصلہ شماره صفحہ مادر پدر")
# After a noun: it is who did it, or with or against whom it was done; before one: another noun's.
_DOER = _words("نے سے ساتھ خلاف علیه پر")
_LINKING = _words(
    "کو نے میں سے پر کے کی کا تک په له د تر ته در از به را که چې کہ اور و او سمیت شمول"
)
_BUT = _words("لیکن مگر جبکہ جب اما ولی خو جس جن")  # another clause
_NOT = _words("نہیں نہ نه ندي نشدند نشد نشده نشده‌اند نیستند ندارد ناکام ناکامه")
_DENIED = _words("غلط تردید تکذیب مسترد بې‌بنسټه جھوٹ جھوٹا جھوٹی افواہ شایعه")
_TOLL = _words("تعداد شمېر شمیر شمار")
_DEATHS = _words(
    "ہلاکتوں ہلاکتیں اموات مرنے ہلاک شہدا شہداء هلاک‌شدگان کشته‌شدگان قربانیان وژل‌شویو جانبحق مړو"
)
_HURT = _words("زخمیوں زخمیان زخمیانو ټپیانو مجروحان مجروحین زخمی ژوبلو")
_STOP = frozenset("،۔؛.!؟,;?")


def counted(words: Sequence[Token], first: int, last: int) -> _Counted | None:
    """Return what befell the number at ``first`` .. ``last``: population, group, words, last token.

    None for a sentence in another script, where no verb is near, and where what happened is denied.
    """
    if not any(not word.text.isascii() for word in words[max(0, first - 6) : last + REACH]):
        return None
    start = last + (2 if [word.low for word in words[last : last + 2]] in MORE else 0)
    if _word(words, first - 1) in _LABELS or _word(words, start) in _NO_PEOPLE:
        return None
    found = _befallen(words, start) or _toll(words, first, last)
    if found and any(_word(words, at) in _DENIED for at in range(len(words))):
        return None
    return found


def _befallen(words: Sequence[Token], start: int) -> _Counted | None:
    group, head = _noun(words, start)
    if not group:
        cue = start + (_word(words, start) in _OTHERS)
        population = _cue(words, cue)
        if population is None or _word(words, cue) in _NEEDS_NOUN:
            return None
        return None if _denied(words, start, cue) else (population, "people", "", cue)
    if _word(words, head) in _OF and _cue(words, head + 1) is None:
        return None  # "the father of three children was killed"
    for at in range(head, min(len(words), start + REACH)):
        if _word(words, at) in _STOP | _BUT or words[at].kind in {"number", "money"}:
            return None
        population = _cue(words, at)
        if population is not None:
            fits = population != "returned" or group == "refugees"
            subject = " ".join(token.text for token in words[start:head])
            good = fits and not _denied(words, head, at)
            return (population, group, subject, at) if good else None
        if _word(words, at) in _DOER or _is_another(words, at, head):
            return None
    return None


def _noun(words: Sequence[Token], start: int) -> tuple[Who, int]:
    """Who is counted, and the token after the noun; nobody where another word stands between."""
    for at in range(start, min(len(words), start + _NOUN + 1)):
        word = _word(words, at)
        if word in _STOP | _LINKING | _NO_PEOPLE or begins(word) or words[at].kind == "number":
            break
        if _cue(words, at) is not None:
            break
        group = _group(words, at)
        if group:
            head = at + 1
            while _word(words, head) in _GOES_ON or _group(words, head):
                group = _group(words, head) or group if group == "people" else group
                head += 1
            return group, head
    return "", start


def _group(words: Sequence[Token], at: int) -> Who:
    word = _word(words, at)
    if word in _AFGHANS and _word(words, at - 1) in {"افغان", "افغانستان"}:
        return "refugees"
    return _GROUPS.get(word, "")


def _is_another(words: Sequence[Token], at: int, head: int) -> bool:
    """Whether somebody else is named before the verb: the verb is theirs."""
    joined = _word(words, at - 1) in {"اور", "و", "او"}
    return at > head and not joined and bool(_group(words, at)) and _cue(words, at) is None


def _cue(words: Sequence[Token], at: int) -> Population | None:
    word = _word(words, at)
    if word in _HALF and _word(words, at - 1) != _HALF[word]:
        return None
    if word in _FIRST and _word(words, at + 1) not in _FIRST[word]:
        return None
    return _CUES.get(word)


def _denied(words: Sequence[Token], start: int, cue: int) -> bool:
    """Whether it did not happen: "نہیں" behind the verb, "نه" before it."""
    return any(_word(words, at) in _NOT for at in range(start, min(len(words), cue + 5)))


def _toll(words: Sequence[Token], first: int, last: int) -> _Counted | None:
    """Deaths where the number ends "ہلاک ہونے والوں کی تعداد", "شمار کشته‌شدگان به"."""
    before = [_word(words, at) for at in range(max(0, first - 7), first)]
    tolls = [at for at, word in enumerate(before) if word in _TOLL]
    joined = any(
        _word(words, at) in {"سے", "تر", "تا", "له", "از"} for at in range(first, last + 1)
    )
    if not tolls or joined:
        return None
    near = set(before[max(0, tolls[-1] - 5) :])
    if bool(near & _DEATHS) == bool(near & _HURT):
        return None
    return ("killed" if near & _DEATHS else "injured"), "people", "", last


def _word(words: Sequence[Token], at: int) -> str:
    return folded(words[at].low) if 0 <= at < len(words) else ""
