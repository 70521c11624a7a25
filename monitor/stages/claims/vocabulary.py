"""The words by which news counts: who is counted, what befell them, and what happened how often."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.stages.claims.sentences import listed
from monitor.stages.claims.values import Population, Unit, Who

MILITANTS = listed(
    "militants militant terrorists terrorist khawarij khwarij khariji kharijis kharjis "
    "insurgents insurgent fighters fighter gunmen attackers attacker assailants assailant "
    "bombers bomber rebels rebel extremists infiltrators commanders commander jihadists "
    "combatants outlaws ringleaders ringleader taliban talibs militiamen miscreants "
    "suspects suspect operatives operative khawariji accused abductors hostage-takers"
)
FORCES = listed(
    "sepoys sepoy servicemen soldiers soldier troops troopers personnel policemen policeman "
    "policewomen cops cop police constables constable officers officer guards guard jawans "
    "jawan servicemen levies martyrs guardsmen officials official watchmen security-men "
    "lawmen rangers scouts forces"
)
CIVILIANS = listed(
    "passers-by passersby civilians civilian villagers women woman children child girls girl "
    "boys boy students student residents labourers labourer laborers laborer workers worker "
    "miners miner passengers passenger pilgrims worshippers worshipper tribesmen tribesman "
    "elders elder journalists journalist teachers teacher doctors doctor drivers driver "
    "minors minor pedestrians shopkeepers traders shoppers families infants engineers "
    "vaccinators volunteers cricketers players patients schoolchildren pupils toddlers "
    "lawyers citizens shepherds farmers tourists"
)
PEOPLE = listed(
    "people persons person individuals others men man victims lives dead wounded injured "
    "members member casualties fatalities deaths death injuries bodies hostages prisoners "
    "detainees inmates activists leaders relatives brothers sisters locals nationals "
    "foreigners pakistanis indians palestinians returnees soldiers"
)
REFUGEES = listed(
    "refugees refugee migrants migrant afghans returnees deportees immigrants settlers "
    "evacuees displaced nationals idps"
)
ACTS: Mapping[str, Population] = {
    **dict.fromkeys(listed(
    "attacks attack incidents incident bombings bombing blasts explosions ambushes "
    "assaults clashes violations infiltrations skirmishes bombardments massacres "
    "shootings kidnappings abductions incursions intrusions"
), "attacks"),
    **dict.fromkeys(listed("operations operation ibos raids"), "operations"),
    **dict.fromkeys(listed("strikes airstrikes air-strikes sorties"), "strikes"),
}  # fmt: skip
DISTRICTS = listed("districts provinces tehsils")
VEHICLES = listed("trucks containers lorries trailers vehicles tankers")
COUNTED: Mapping[str, Population] = {
    "deaths": "killed", "death": "killed", "fatalities": "killed", "killings": "killed",
    "dead": "killed", "martyrdoms": "killed", "casualties": "casualties",
    "injuries": "injured", "arrests": "arrested", "deportations": "deported",
                "expulsions": "deported",
    "repatriations": "returned", "returnees": "returned", "deportees": "deported",
                "hostages": "abducted",
    "evictions": "deported",
}  # fmt: skip
HEADS = MILITANTS | FORCES | CIVILIANS | PEOPLE | REFUGEES
PERSONS = HEADS - {"lives"}


def who(head: str, words: frozenset[str]) -> Who:
    """Which group a noun belongs to; the words before it decide where the noun alone does not."""
    if "afghans" in words or words & {"refugees", "refugee", "migrants", "returnees", "deportees"}:
        return "refugees"
    if "afghan" in words and head in {"nationals", "citizens", "families", "migrants"}:
        return "refugees"
    if (
        words & {"terrorist", "militant", "ttp", "khwarij", "khawarij", "taliban"}
        or head in MILITANTS
    ):
        return "militants"
    if head in FORCES or words & {"security", "army", "fc", "police", "military"}:
        return "security forces"
    if head in CIVILIANS or "civilian" in words:
        return "civilians"
    return "people" if head in PEOPLE else "refugees" if head in REFUGEES else ""


def _cues(population: Population, *said: str) -> dict[tuple[str, ...], Population]:
    return {tuple(words.split()): population for words in said}


# What follows the counted: "twelve people (were) killed".
AFTER: Mapping[tuple[str, ...], Population] = {
    **_cues("casualties", "killed or injured", "killed and injured", "killed or wounded",
            "killed and wounded", "dead or injured", "dead and injured"),
    **_cues("killed", "killed", "dead", "died", "die", "martyred", "perished", "slain",
                "gunned down",
            "shot dead", "lost their lives", "lose their lives", "lost lives", "embraced martyrdom",
            "embrace martyrdom", "embracing martyrdom", "eliminated", "neutralised", "neutralized",
            "sent to hell", "succumbed", "beheaded", "executed", "assassinated", "drowned",
            "attained martyrdom", "laid down their lives", "burnt alive", "lost their life",
            "shot and killed", "electrocuted", "lost life", "embraced shahadat", "killed in"),
    **_cues("injured", "injured", "wounded", "hurt", "sustained injuries", "suffered injuries",
            "sustain injuries", "sustaining injuries", "received injuries", "sustained wounds",
            "critically injured", "were injured", "suffered wounds", "suffered burns"),
    **_cues("arrested", "arrested", "detained", "apprehended", "taken into custody", "nabbed",
            "rounded up", "captured", "held", "in custody", "under arrest", "behind bars",
            "picked up"),
    **_cues("abducted", "abducted", "kidnapped", "taken hostage"),
    **_cues("released", "released", "freed", "set free", "recovered safely"),
    **_cues("surrendered", "surrendered", "laid down arms", "laid down their arms"),
    **_cues("displaced", "displaced", "fled", "forced to flee", "evacuated"),
    **_cues("missing", "missing", "gone missing"),
    **_cues("deported", "deported", "expelled", "evicted", "forcibly returned", "forced out",
            "forcibly repatriated", "sent back", "pushed back"),
    **_cues("returned", "returned", "repatriated", "return", "returned to", "gone back",
                "went back", "gone home", "went home",
            "have left", "left", "crossed", "already back", "back", "sent home"),
}  # fmt: skip
# What stands before the counted: "killing (at least) twelve people".
BEFORE: Mapping[tuple[str, ...], Population] = {
    **_cues("casualties", "killed or injured", "killing or injuring", "killing and injuring",
            "killed and injured", "killing and wounding", "killed and wounded"),
    **_cues("killed", "killed", "kill", "kills", "killing", "killing of", "killings of",
            "gunned down", "gunning down", "eliminated", "eliminating", "elimination of",
            "neutralised", "neutralising", "neutralized", "neutralizing", "martyred", "martyring",
            "martyrdom of", "deaths of", "death of", "shot dead", "claimed", "claiming", "took",
            "taking", "sent", "cost", "murdered", "bodies of", "slaughtered", "assassinated",
            "executed", "neutralise", "eliminate", "neutralises", "eliminates", "lost", "losing"),
    **_cues("injured", "injured", "injuring", "wounded", "wounding", "injures", "injury to",
            "injuries to", "wounds", "hurting"),
    **_cues("arrested", "arrested", "arresting", "arrests", "arrest of", "detained", "detaining",
            "detention of", "apprehended", "apprehending", "apprehension of", "nabbed", "captured",
            "capturing", "arrest", "rounded up", "held", "picked up"),
    **_cues("abducted", "abducted", "kidnapped", "abducting", "kidnapping", "abduction of",
            "kidnapping of"),
    **_cues("released", "released", "freed", "release of", "releasing", "freeing", "rescued",
            "rescuing"),
    **_cues("displaced", "displaced", "displacing", "displacement of"),
    **_cues("deported", "deported", "deporting", "deportation of", "expelled", "expelling",
            "expulsion of", "evicted", "eviction of", "deports", "expels"),
    **_cues("returned", "repatriated", "repatriating", "repatriation of", "return of",
                "repatriates"),
}  # fmt: skip
NEEDS_LIVES = frozenset({"claimed", "claiming", "took", "taking", "cost", "lost", "losing"})
AUXILIARY = listed(
    "was were have has had been being are is be also reportedly allegedly so far more who "
    "that later now known confirmed critically seriously severely grievously others both all people"
)
STOPPING = listed(
    "in on at by from to with for after before was were is are had have has been who that "
    "which when while during as into against between near since until but said including "
    "not will would could can may might across over under within through where because "
    "and or nor"
)
MEASURES = listed(
    "seconds minutes hours days nights weeks months years decades metres meters kilometres"
    " kilometers km miles feet acres kg kilograms kilogrammes tonnes tons rounds times"
)
VERBS = listed(
    "sustained sustain sustaining suffered suffer received got embraced embrace lost laid "
    "fell attained become became took carried launched"
)  # fmt: skip

CURRENCIES: Mapping[str, Unit] = {
    "dollars": "USD", "dollar": "USD", "usd": "USD", "rupees": "PKR", "rupee": "PKR", "pkr": "PKR",
    "afghanis": "AFN", "afghani": "AFN", "euros": "EUR", "euro": "EUR", "pounds": "GBP",
}  # fmt: skip
MONEY_OF = listed(
    "loss losses trade exports imports export import aid assistance grant grants damage "
    "damages revenue duty duties spending spent cost costs worth compensation ransom "
    "budget reserves monthly month funding bilateral investment debt loan loans weapons "
    "equipment extortion smuggling exchange settling relocation relocate"
)
STRONG = listed("loss losses trade exports imports aid assistance damage damages revenue ransom")
ALONE = listed("loss losses damage damages ransom")
PER_CENT = listed("percent pc % per-cent")
RISING = listed(
    "increase rise surge jump spike uptick increased rose surged jumped spiked soared up "
    "climbed growth grew higher"
)  # fmt: skip
FALLING = listed(
    "decrease decline drop fall reduction decreased declined dropped fell reduced down "
    "plunged lower dip dipped plummeted"
)  # fmt: skip
