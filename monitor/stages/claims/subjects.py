"""Who stands before a verb of saying, and whether it is one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from monitor.stages.claims.sentences import Token, listed, negates

SAYING = listed(
    "said says say told tells claimed claims added adds stated states announced "
    "announces confirmed confirms reported reports noted notes alleged alleges maintained "
    "declared warned warns disclosed revealed reveals informed insisted asserted asserts "
    "emphasised emphasized stressed explained wrote tweeted posted estimated estimates showed "
    "shows show found recorded documented remarked observed urged vowed pledged argued "
    "replied commented asked reiterated underlined underscored acknowledged admitted conceded "
    "regretted condemned expressed hoped denied rejected quoted put puts"
)


OFFICES = listed(
    "minister spokesperson spokesman spokeswoman spokesmen secretary chief adviser advisor "
    "ambassador envoy representative commander governor commissioner director officer "
    "president chairman chairperson leader inspector dpo dc sp sho ig igp dig rpo cm pm dg "
    "mpa mna senator general emir deputy premier aide consul diplomat judge justice "
    "superintendent colonel brigadier captain major lieutenant marshal mayor coordinator head "
    "analyst expert professor mufti administrator lawmaker parliamentarian ccpo aig dsp asp "
    "doctor surgeon mp coo ceo fm eam nsa counselor counsellor counsel"
)


BODIES = listed(
    "police officials official officers sources source residents locals witnesses "
    "eyewitnesses authorities military army government ministry department report reports "
    "statement ispr ctd figures data study survey office rescuers rescue hospital doctors "
    "elders traders emirate un agency mission think-tank analysts experts diplomats navy "
    "force forces organisation organization commission committee court watchdog group groups "
    "channel newspaper media spokespersons administration embassy secretariat bank bureau "
    "institute centre center council team party militants taliban insurgents communique tribe "
    "tribesmen family relatives survivors fund programme assembly villagers agents transporters "
    "lawyers activists exporters importers"
)


_BREAKS = listed(
    "that which while but because as when after although though if and or however meanwhile "
    "where whether than so since was were is are had has have be been later then also on in "
    "with by"
)


_MARKS = frozenset('.;:“”"!?–—|•')


_DAYS = listed("monday tuesday wednesday thursday friday saturday sunday today yesterday")


def subject(words: Sequence[Token], verb: int) -> str:
    """Return the name before a verb, where it is one: "the Houthi movement"; else empty."""
    first, last = named_before(words, verb)
    while first < last and words[first].low in {"the", "a", "an", "banned", "outlawed"}:
        first += 1
    said = words[first:last]
    if not 1 <= len(said) <= 6 or not any(word.text[:1].isupper() for word in said):
        return ""
    return " ".join(word.text for word in said)


def named_before(words: Sequence[Token], verb: int) -> tuple[int, int]:
    """The tokens that name the subject, without what is added to it: "the BLA, a banned group,"."""
    first, last = before_verb(words, verb)
    return first, next((at for at in range(first, last) if words[at].text == ","), last)


_OFTEN_NOUNS = listed("reports claims notes states estimates shows show say")
_BEFORE_NOUNS = listed(
    "the a of these those such media some any all to and confirm confirmed verify deny denied"
    " denying denies dismissed rejected"
)
_PASSIVE = listed(
    "claimed reported alleged told quoted said estimated recorded found confirmed announced "
    "documented"
)
_TOLLS = listed("toll number figure count tally dead")
_BEING = listed("was were been is are be being")


def saying(words: Sequence[Token], verbs: AbstractSet[str] = SAYING) -> Iterator[int]:
    """Yield the places of the verbs by which somebody says something."""
    for at, word in enumerate(words):
        if word.low in verbs and not _is_noun(words, at):
            yield at


def _is_noun(words: Sequence[Token], at: int) -> bool:
    """Whether a word of saying says nothing here: "the reports", "was claimed by", "that said"."""
    low, before = words[at].low, words[at - 1].low if at else ""
    after = words[at + 1].low if at + 1 < len(words) else ""
    if low in _OFTEN_NOUNS and (before in _BEFORE_NOUNS or after in {"of", "by", "about", "from"}):
        return True
    if low in _PASSIVE and before in _BEING:
        return True
    if negates(before):
        return True  # "did not say"
    if low in {"put", "puts"}:  # "officials put the death toll at nine"
        return _TOLLS.isdisjoint(word.low for word in words[at + 1 : at + 5])
    if low == "claimed" and after:  # "the attack claimed 12 lives"
        return after in {"the", "responsibility", "lives"} or words[at + 1].kind == "number"
    return before in {"that", "to", "having"} and low in {"said", "told"}


def before_verb(words: Sequence[Token], verb: int) -> tuple[int, int]:
    """Return the tokens before a verb of saying that can be its subject."""
    last = verb
    while last and (
        words[last - 1].low
        in {
            "also",
            "further",
            "later",
            "has",
            "had",
            "have",
            "then",
            "earlier",
            "on",
            "reportedly",
            "immediately",
        }
        or words[last - 1].low in _DAYS
    ):
        last -= 1
    if last and words[last - 1].low == ")":  # (ISPR) said
        opening = next(
            (k for k in range(last - 1, max(-1, last - 8), -1) if words[k].low == "("), last
        )
        return _back(words, opening, 12)[0], last
    if last and words[last - 1].low == ",":  # Khawaja Asif, the defence minister, said
        inner = next(
            (k for k in range(last - 2, max(-1, last - 22), -1) if words[k].low in _MARKS | {","}),
            -1,
        )
        if inner >= 0 and words[inner].low == ",":
            return _back(words, inner, 8)[0], last - 1
        return last, last
    return _back(words, last, 14)


def _back(words: Sequence[Token], last: int, most: int) -> tuple[int, int]:
    first = last
    while first and last - first < most:
        token = words[first - 1]
        if token.low in _MARKS or token.low in {",", "(", ")", "["}:
            break
        if token.low in _BREAKS and not _inside_office(words, first - 1):
            break
        if token.low in SAYING:
            break
        first -= 1
    return first, last


def _inside_office(words: Sequence[Token], at: int) -> bool:
    """As in "Minister for Information and Broadcasting", "the chief of army staff in Kabul"."""
    if words[at].low not in {"and", "on", "in"} or at == 0 or at + 1 >= len(words):
        return False
    if words[at + 1].low in {"x", "twitter", "facebook", "telegram"} | _DAYS:
        return False
    if words[at].low == "in" and words[at - 1].low in _SEATED:  # "the US embassy in Kabul"
        return words[at + 1].text[:1].isupper()
    return (
        words[at - 1].text[:1].isupper()
        and words[at + 1].text[:1].isupper()
        and any(token.low in OFFICES for token in words[max(0, at - 6) : at + 6])
    )


_SEATED = listed("mission embassy consulate office ministry government administration authorities")


def after_verb(words: Sequence[Token], first: int) -> int:
    """Return where the speaker ends who is named after the verb: “…,” said Zabihullah Mujahid."""
    last = first
    commas = 0
    while last < len(words) and last - first < 18:
        token = words[last]
        if token.low in _MARKS or token.low in {"(", ")"} or token.low in _DAYS:
            break
        if token.low == ",":
            commas += 1
            following = words[last + 1].low if last + 1 < len(words) else ""
            if commas > 1 or following in _BREAKS or following.endswith("ing"):
                break
        if token.low in _BREAKS and not _inside_office(words, last):
            break
        last += 1
    return last
