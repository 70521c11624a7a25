"""Which sentences describe gore, bodies, beheadings, torture or a killing as punishment.

The desk folds them until the reader asks; nothing is judged, dropped or counted by them. So the
list is small and errs towards folding, but what it names must be described: a toll ("twelve were
killed") is news and stays open, and so do "executive", "body of water" and a sentence of death.

The words are data: rows of a pattern, and what beside it makes it harmless.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

# What else Urdu, Pashto and Dari write for the same letter; marks of vowels are left out.
_LETTERS: Final = str.maketrans(
    {
        **dict.fromkeys("يىېۍئێ", "ی"),
        **dict.fromkeys("كڪ", "ک"),
        **dict.fromkeys("ۀةۃہھۂە", "ه"),
        **dict.fromkeys("أإٱ", "ا"),
        **dict.fromkeys("ړ", "ڑ"),
        **dict.fromkeys("‐‑‒–—-\u200c\u00a0", " "),
        **dict.fromkeys("’‘ʼ", "'"),
        **dict.fromkeys((*map(chr, range(0x064B, 0x0660)), "\u0670", "\u200d", "\u00ad", "ـ")),
    }
)
_PEOPLE: Final = (
    r"(?:(?:two|three|four|five|six|seven|eight|nine|ten|a dozen|dozens of|scores of|several|many|"
    r"\d+|the|a|an|some|his|her|their|him|her|them|alleged|accused|suspected|young|local|captured|"
    r"kidnapped|abducted|unarmed)\s+){0,4}"
    r"(?:men|man|women|woman|people|persons?|prisoners?|captives?|hostages?|soldiers?|policem[ae]n|"
    r"troops|civilians?|spies|spy|informers?|villagers?|labou?rers?|workers?|boys?|girls?|"
    r"teachers?|"
    r"elders?|convicts?|murderers?|killers?|fighters?|militants?|officers?|miners?|passengers?|him|"
    r"her|them)\b"
)
_HARMED: Final = (
    r"mutilat|charred|burn[te]|decompos|mangled|bullet ?riddled|riddled|dismember|headless|"
    r"tortured|"
    r"dumped|strewn|scattered|litter|lay |lying|hung|hang(?:ed|ing)|torn|blown|beyond recognition|"
    r"trapped|pulled|dragged|found|recovered|exhumed|piled|stacked|displayed|paraded"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A pattern over folded text; where ``also`` is given the sentence must have both.

    What ``harmless`` finds is passed over; ``beside`` makes the whole sentence harmless.
    """

    words: str
    also: str = ""
    harmless: str = ""
    beside: str = ""


ENGLISH: Final = (
    Row(
        words=r"behead\w*|decapitat\w*",
        harmless=r"(?:behead|decapitat)\w*\s+(?:\w+\s+){0,2}(?:flower|rose|tulip|dahlia|poppy|"
        r"poppies|stalk|statue|bush|weeds?|organi[sz]ation|network|leadership|economy)|"
        r"(?:flower|rose|tulip|dahlia|poppy|poppies|statue|stalk|bush)\w*\s+(?:\w+\s+){0,2}"
        r"(?:behead|decapitat)",
    ),
    Row(words=r"dismember\w*|disembowel\w*|eviscerat\w*", harmless=r"dismember\w* (?:of )?the "
        r"(?:state|country|union|federation|empire|province)|eviscerat\w* (?:the )?(?:budget|"
        r"argument|rights|protections?|opposition)"),
    Row(words=r"mutilat\w*|castrated", harmless=r"mutilat\w* (?:the )?(?:text|history|law|language|"
        r"banknotes?|currency|notes?)|(?:banknotes?|currency|currency notes?) (?:\w+ )?mutilat"),
    Row(words=r"(?:severed|chopped off|cut off|blown off|amputated|missing) (?:\w+ ){0,2}(?:heads?|"
        r"limbs?|hands?|legs?|arms?|fingers?|ears?|feet)\b|"
        r"(?:heads?|limbs?|hands?|legs?|arms?|ears?) (?:was|were|had been|been|being) (?:\w+ )?"
        r"(?:severed|chopped|cut off|blown off|hacked)"),
    Row(words=r"\b(?:bod(?:y|ies)|corpses?)\b", also=rf"\b(?:{_HARMED})",
        harmless=r"\b(?:governing|student|regulatory|legislative|elected|statutory|public|apex|"
        r"oversight|umbrella|world|trade|advisory|professional|investigative|electoral|sports|"
        r"cricket|un|constitutional|autonomous|independent|monitoring|rights|local|watch)\s+"
        r"bod(?:y|ies)\b|\bbod(?:y|ies) of (?:water|work|law|evidence|research|literature|"
        r"knowledge|opinion|experts|elders)|\bbody ?(?:language|armou?r|guards?|builders?|"
        r"building|camera|work|weight|politic|clock|search)|(?:water|local|celestial) bod(?:y|"
        r"ies)"),
    Row(words=r"\bdead bod(?:y|ies)\b|\bbody parts\b|\bbody bags?\b|\bhuman (?:remains|flesh)\b|"
        r"\bpieces of flesh\b|\bsevered\b.{0,20}\bflesh\b|\bmass graves?\b",
        harmless=r"body parts (?:shop|store|maker|factory|of (?:a |the )?(?:car|vehicle|truck))"),
    Row(words=r"\bblood ?(?:soaked|spattered|splattered|stained|drenched)\b|\bpools? of blood\b|"
        r"\bin (?:his|her|their) own blood\b|\bcovered (?:in|with) blood\b|\bblood (?:was|lay|ran) "
        r"(?:everywhere|all over|on the)"),
    Row(words=r"\bthroats? (?:was |were |had been |been |being )?(?:slit|cut|slashed)\b|\b(?:slit|"
        r"slitting|slash(?:ed|ing)|cut|cutting) (?:\w+ ){0,2}throats?\b", harmless=r"cut ?throat"),
    Row(words=r"\bgoug(?:ed|ing) (?:\w+ )?(?:out|eyes)\b|\beyes (?:were |had been )?gouged\b|"
        r"\bentrails\b|\bintestines\b|\bbrain matter\b|\bskulls? (?:was |were )?(?:crushed|smashed|"
        r"fractured|shattered)"),
    Row(words=r"\bblown to (?:pieces|bits|shreds)\b|\btorn (?:limb from limb|to shreds by the "
        r"(?:blast|explosion))|\b(?:burn(?:ed|t)|buried|skinned|flayed) alive\b|\bburn(?:ed|t) to "
        r"death\b|\bhacked to (?:death|pieces)\b|\bbeaten to death\b|\bclubbed to death\b|"
        r"\btrampled to death\b|\blynch(?:ed|ing|ings)\b|\bbullet ?riddled\b|\bpoint ?blank\b",
        harmless=r"refus\w* point ?blank|point ?blank (?:refus|denied|denial)|"
        r"(?:denied|rejected) (?:\w+ )?point ?blank"),
    Row(words=r"\bshot (?:\w+ ){0,3}in the (?:head|face|back of the head|neck|mouth)\b|"
        r"\bbullets? (?:in|to|into) (?:the |his |her |their )(?:head|face|skull)"),
    Row(words=r"\bblew (?:himself|herself|themselves|itself|myself) up\b|\bblow(?:ing|"
        r"n)? (?:himself|"
        r"herself|themselves) up\b|\bdetonat\w+ (?:his|her|their|an?|the) (?:\w+ ){0,2}(?:vest|"
        r"jacket|belt)|\bexplosives? (?:laden )?(?:vest|belt|jacket)s? (?:\w+ ){0,2}(?:strapped|"
        r"detonat|worn|attached)|\bstrapped to (?:his|her|their) (?:body|bodies|chest|waist)|"
        r"\b(?:suicide )?(?:bomber|attacker)s?'?s? (?:\w+ )?(?:head|legs?|limbs?|torso|body|"
        r"remains|skull)\b|\b(?:head|legs?|limbs?|torso|remains|skull|body) of the (?:\w+ )?"
        r"(?:suicide )?(?:bomber|attacker)"),
    Row(words=r"\btortur(?:e|ed|es|ing)\b|\bwaterboard\w*|\belectrocut\w*|\belectric shocks?\b|"
        r"\bflog(?:ged|ging|gings)?\b|\b(?:\d+|\w+ty|\w+een|\w+ty \w+) lashes\b|"
        r"\blashes (?:each|in public)|\bpublicly (?:lashed|whipped|caned)|\bwhipped in public",
        harmless=r"convention against (?:\w+ ){0,3}torture|committee against torture|anti ?torture|"
        r"rapporteur on torture|(?:prevention of|ban on|prohibition of) torture|"
        r"tortur(?:ed|ing) (?:\w+ )?(?:prose|logic|syntax|history|relationship|metaphors?|"
        r"sentences?|"
        r"grammar|path|process|negotiations?|reasoning|statistics|numbers|data|ties|past)|"
        r"sweet torture|torture (?:to|of) (?:watch|listen|wait\w*)|flog(?:ged|ging)? (?:a |the |"
        r"his |their )?(?:dead horse|tickets?|wares|goods|books?|merchandise)"),
    Row(words=rf"\bexecut(?:ed|es|ing|e)\s+{_PEOPLE}|{_PEOPLE}\s+(?:\w+ ){{0,3}}(?:was|were|been|"
        rf"be|"
        r"being) (?:\w+ ){0,2}executed\b|\b(?:publicly|summarily|later|then) executed\b|\bexecuted "
        r"(?:in public|publicly|by (?:a )?(?:firing squad|hanging|stoning|shooting|the (?:group|"
        r"militants|taliban))|in front of|inside|at dawn|one by one)|\b(?:public|summary|mass|mock|"
        r"extrajudicial|field|on camera) executions?\b|\bexecution ?style\b|\bexecutions? by "
        r"(?:hanging|stoning|shooting|firing)|\bfiring squads?\b|\bexecutioners?\b|"
        r"\bexecution of (?:\w+ )?"
        r"(?:prisoners?|captives?|hostages?|soldiers?|civilians?|women|men|policem[ae]n|convicts?)",
        harmless=r"circular firing squad|execut(?:ed|e|ing) (?:the |a |an |this |its |his |their )?"
        r"(?:\w+ )?(?:plan|plans|order|orders|project|projects|warrants?|budget|agreement|deal|"
        r"strategy|policy|contract|works?|operation|mandate|duties|scheme)\b"),
    Row(words=r"\bhanged (?:in public|publicly|by|from|at|on|until|in the)|\b(?:was|were|"
        r"been) hanged"
        r"\b|\bhang(?:ed|ing) (?:\w+ ){0,3}from (?:a |the )?(?:crane|pole|tree|bridge|gallows|"
        r"poles|"
        r"trees|lamp ?posts?)|\bgallows\b|\bston(?:ed|ing) (?:\w+ )?to death\b|"
        r"\bdeath by stoning\b|"
        r"\bsentenced to (?:be )?ston|\bslaughter(?:ed|ing) (?:the |two |three |four |\d+ )?(?:men|"
        r"women|people|soldiers|captives|hostages|civilians|children|passengers)",
        harmless=r"gallows humou?r|hanged man tarot|(?:picture|portrait|poster|banner|"
        r"flag)s? (?:was|"
        r"were|been) hanged"),
)  # fmt: skip

# Letters as folded above: ہ ھ ة are ه, every yeh is ی.
ARABIC: Final = (
    # Urdu
    Row(words=r"\bسر قلم|\bسر (?:تن|دهڑ) سے (?:جدا|الگ)|\bگلا کاٹ|\bگلے کاٹ|\bگلا ریت"),
    Row(words=r"\bذبح (?:کر|کی|هو|شده)", beside=r"قربانی|جانور|بکر|گائے|اونٹ|دنب|بهیڑ|مرغ|عید|"
        r"مویشی|گوشت"),
    Row(words=r"\b(?:لاش|لاشیں|لاشوں|نعش|نعشیں|نعشوں)\b", also=r"\b(?:برآمد|ملی|ملیں|مل گئ|پهینک|"
        r"لٹک|بکهر|مسخ|سوخت|جلی|جل کر|جهلس|گلی سڑی|سر کٹی|تشدد|گولی|نکال)"),
    Row(words=r"\b(?:جسمانی|انسانی|جسم کے|حمله آور کے) (?:اعضا|اعضاء|ٹکڑے|چیتهڑے)|\bچیتهڑے اڑ|"
        r"\bخون میں لت پت|\bخون آلود|\bٹکڑے ٹکڑے هو",
        harmless=r"انسانی اعضاء? (?:کی )?(?:پیوندکاری|عطیه|ٹرانسپلانٹ)|"
        r"اعضاء? (?:عطیه|کی پیوندکاری)"),
    Row(words=r"\bخود کو (?:\S+ ){0,4}اڑا|\b(?:بمبار|حمله آور) (?:کا سر|کے سر|کی ٹانگ|کے جسم|"
        r"کا دهڑ)"),
    Row(words=r"\b(?:بهیمانه|وحشیانه|بدترین|غیر انسانی) تشدد|\bتشدد (?:کا نشانه|کر کے|کرکے|"
        r"کے نشان)|"
        r"\bکوڑے (?:مار|لگا|لگائے|برسا)|\bکوڑوں کی سزا|\bبجلی کے جهٹکے|\bناخن (?:نکال|کهینچ)|"
        r"\bزنده جل"),
    Row(words=r"\bپهانسی (?:دے|دی|دیدی|پر لٹک|پر چڑها|دیئے|دیے)|\bتخته دار|\bسنگسار|"
        r"\bسزائے موت پر عمل|\bسرعام (?:قتل|گولی|پهانسی)|\bسر عام (?:قتل|گولی|پهانسی)|"
        r"\bفائرنگ اسکواڈ|\bسر میں گولی"),
    # Pashto
    Row(words=r"\bسر(?:ونه|ونو)? (?:\S+ ){0,3}(?:پری|پریک|غوڅ)|\bغوڅ(?:ی|و)? (?:سر|سرونه|لاس|"
        r"لاسونه)"),
    Row(words=r"\bځان (?:\S+ ){0,3}(?:والوز|الوز|والوځ|الوځ|چاود)|\bځانمرگی (?:بریدگر|"
        r"برید کوونکی) (?:سر|بدن)|"
        r"\bد بدن (?:غڑی|غڑو|ٹوٹ)"),
    Row(words=r"\b(?:جسد|جسدونه|جسدونو|مڑی|مڑو)\b", also=r"\b(?:موندل|پیدا شو|سوځ|غورځ|ټوٹه|زوڑند|"
        r"په وینو|بی سره)"),
    Row(words=r"\b(?:په دار|زوڑند) (?:\S+ ){0,2}(?:وځڑ|ځڑول|ځڑاو|کڑ|شو)|\bسنگسار|\bسنګسار|"
        r"\bپه (?:درو|دورو|متروکو) و? ?وه|\b(?:درې|دری|دوری) (?:وهل|ووه|ووهل)"),
    Row(words=r"\b(?:شکنجه|شکنجی|شکنجو)\b|\bربړ(?:ول|ولی)|\bپه وینو (?:لژند|ککڑ|رنگ)|"
        r"\bاعدام (?:کڑ|شو)"),
    # Dari
    Row(words=r"\bسر(?:های|ش| او| آنان| آنها)? (?:\S+ ){0,2}(?:برید|بریده|از تن جدا)|\bسربرید|"
        r"\bسر برید|"
        r"\bگردن (?:زد|زدند|زده)"),
    Row(words=r"\b(?:جسد|اجساد|جسدها|جسدهای|پیکر)\b", also=r"\b(?:یافت|پیدا شد|سوخته|مثله|متلاشی|"
        r"تکه|"
        r"پرتاب|آویخت|آویزان)"),
    Row(words=r"\bتکه تکه شد|\bمثله کرد"),
    Row(words=r"\bحلق ?آویز|\bبه دار (?:آویخت|کشید|زد)|\bتیرباران|\bشلاق (?:زد|خورد)|"
        r"\bضربه شلاق|\b(?:دره|تازیانه) (?:زد|زدند)|\bاعدام (?:شد|شدند|کرد|کردند|صحرایی|در ملا)|"
        r"\bخود را (?:\S+ ){0,3}(?:منفجر|انفجار)|\bغرق (?:در|به) خون|\bزنده زنده"),
)  # fmt: skip

_FLAGS: Final = re.IGNORECASE
_NEVER: Final = r"(?!)"
_EASTERN: Final = re.compile("[\u0620-\u06d3]")
# A word that begins so must stand in an English sentence before its rows are tried: a quick look.
_TELLTALES: Final = frozenset(
    (
        *("amput", "attac", "beate", "behea", "bleed", "blew", "blood", "blow", "blowi", "blown"),
        *("bodie", "body", "bombe", "brain", "bulle", "burie", "burne", "burnt", "caned", "castr"),
        *("chopp", "clubb", "corps", "cut", "decap", "deton", "disem", "disme", "elect", "entra"),
        *("evisc", "execu", "explo", "firin", "flaye", "flesh", "flog", "flogg", "gallo", "gouge"),
        *("gougi", "grave", "hacke", "hange", "hangi", "human", "intes", "lashe", "lynch", "missi"),
        *("mutil", "point", "sever", "shot", "skinn", "skull", "slash", "slaug", "slit", "slitt"),
        *("ston", "stone", "stoni", "strap", "throa", "torn", "tortu", "tramp", "water", "whipp"),
    )
)
_WORDS: Final = re.compile(r"[a-z]+")


class _Tried:
    """A row, ready to be tried."""

    def __init__(self, row: Row) -> None:
        self._words = re.compile(row.words, _FLAGS)
        self._also = re.compile(row.also, _FLAGS)
        self._harmless = re.compile(row.harmless or _NEVER, _FLAGS)
        self._beside = re.compile(row.beside or _NEVER, _FLAGS)

    def tells(self, folded: str) -> bool:
        """Whether the text says it, and not in a harmless sense."""
        if not (self._words.search(folded) and self._also.search(folded)):
            return False
        if self._beside.search(folded):
            return False
        left = self._harmless.sub(" ", folded)
        return bool(self._words.search(left) and self._also.search(left))


_ENGLISH_ROWS: Final = tuple(map(_Tried, ENGLISH))
_ARABIC_ROWS: Final = tuple(map(_Tried, ARABIC))


def is_graphic(sentence: str) -> bool:
    """Say whether a sentence describes gore, bodies, torture or a killing as punishment.

    Any text is taken; only its first 1,000 code points are read.
    """
    text = sentence[:1000]
    folded = text.translate(_LETTERS)
    begun = {word[:5] for word in _WORDS.findall(folded.lower())}
    if not begun.isdisjoint(_TELLTALES) and _told(_ENGLISH_ROWS, folded):
        return True
    return bool(_EASTERN.search(text)) and _told(_ARABIC_ROWS, folded)


def _told(rows: Sequence[_Tried], folded: str) -> bool:
    """Whether a row tells something that its harmless sense does not explain."""
    return any(row.tells(folded) for row in rows)
