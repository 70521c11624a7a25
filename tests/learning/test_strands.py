"""The first strand is what a story is about, so that a day of talks shows as a day of talks.

The queue and the digest share their places among first strands; a strand that is merely named on
the way (a group, a crossing) must not take the place of the event.
"""

import pytest

from classifiers.registry import load
from classifiers.types import Text

MODEL = load()

STORIES = [
    (
        "talks",
        "Pakistan and Kabul return to the table in Tashkent",
        (
            "Delegations of Pakistan and the Afghan Taliban open a third round of talks on "
            "Monday. Islamabad wants written assurances against the TTP, whose fighters "
            "attacked two posts last week and killed five soldiers."
        ),
    ),
    (
        "talks",
        "TTP tops the agenda as Pakistani delegation flies to Kabul",
        "The delegation is to negotiate over the militants for two days, the foreign office said.",
    ),
    (
        "talks",
        "Ceasefire between Pakistan and Afghanistan holds for a second week",
        "The truce, reached after clashes along the border, has held, officials said.",
    ),
    (
        "talks",
        "Elders of Khyber and Nangarhar call a jirga on the Torkham fence",
        "The jirga would bring elders from Pakistan and Afghanistan together.",
    ),
    (
        "talks",
        "Mediators hand Islamabad and Kabul a draft accord on TTP sanctuaries",
        "Qatar and Turkiye put a text before both sides.",
    ),
    (
        "talks",
        "What Islamabad will ask of Kabul when negotiators meet",
        "An end to safe havens for the TTP, a list of wanted commanders, and a fatwa.",
    ),
    (
        "strikes",
        "Pakistani jets hit suspected TTP hideouts in Paktika, Kabul says",
        "Jets crossed into Afghanistan before dawn; the Taliban said nine civilians were killed.",
    ),
    (
        "strikes",
        "Kabul protests after air strikes kill villagers in Khost",
        "The Afghan foreign ministry summoned the Pakistani envoy.",
    ),
    (
        "border",
        "Artillery fire across the Durand Line kills three in Kunar",
        "Pakistani and Afghan forces exchanged mortar fire while talks went on in Doha.",
    ),
    (
        "strikes",
        "Taliban drones hit Pakistani posts in Chitral",
        "Afghan officials called it retaliation for a raid on Kabul.",
    ),
    (
        "border",
        "Torkham reopens to trucks after five days",
        "The border crossing between Pakistan and Afghanistan opened on Saturday.",
    ),
    (
        "border",
        "Chaman crossing with Afghanistan shut for a third week",
        "Pakistan closed the gate after a quarrel over permits; traders wait.",
    ),
    (
        "border",
        "Afghan villagers say Pakistan's fence has moved by forty metres",
        "Islamabad denies that its border fence was touched.",
    ),
    (
        "militancy",
        "Eleven TTP militants killed in North Waziristan operation",
        "Security forces raided a hideout on intelligence, the army said.",
    ),
    (
        "militancy",
        "Two policemen martyred in attack on post in Bannu, TTP claims it",
        "Gunmen opened fire on the post near the Afghan border at night and fled.",
    ),
    (
        "militancy",
        "Suicide bomber strikes mosque in Peshawar",
        "The TTP denied that it was behind the blast, which killed thirty. Pakistan blamed Kabul.",
    ),
    (
        "sanctuaries",
        "UN monitors say TTP has grown inside Afghanistan",
        "The group has six thousand fighters and trains in camps, the report said.",
    ),
    (
        "militancy",
        "Noor Wali Mehsud names new TTP commanders",
        "The Pakistani Taliban chief announced it in a recording from Afghanistan.",
    ),
    (
        "refugees",
        "Pakistan deports Afghan musicians through Torkham",
        "Eleven singers who had sought asylum were put on a bus to the border and sent across.",
    ),
    (
        "refugees",
        "Haripur camp empties as Afghans leave before the deadline",
        "Families went home to Afghanistan by way of Torkham under Pakistan's repatriation plan.",
    ),
    (
        "refugees",
        "Court asks why holders of Afghan cards are being expelled",
        "The Peshawar High Court heard a petition against deportations from Pakistan.",
    ),
    (
        "refugees",
        "UNHCR urges Pakistan to halt returns of Afghans after the Kunar quake",
        "Returnees find no houses, the refugee agency said.",
    ),
    (
        "trade",
        "4,000 Afghan transit containers stand in Karachi port",
        "Importers pay demurrage while the border between Pakistan and Afghanistan is closed.",
    ),
    (
        "trade",
        "Pakistan's cement exports to Afghanistan fall to nothing",
        "Exporters blame the closure of Torkham and Chaman.",
    ),
    (
        "trade",
        "Islamabad and Kabul sign tariff cut on eight farm goods",
        "The trade agreement covers tomatoes and apples.",
    ),
    (
        "diplomacy",
        "Pakistan upgrades its mission in Kabul to embassy",
        "An ambassador will replace the chargé d'affaires; the Taliban welcomed better ties.",
    ),
    (
        "diplomacy",
        "Muttaqi arrives in Islamabad on three-day visit",
        "The Afghan foreign minister will call on his Pakistani counterpart.",
    ),
    (
        "diplomacy",
        "Pakistan summons Afghan envoy over attack in Wana",
        "The Foreign Office handed over a protest note about TTP men who crossed from Paktika.",
    ),
]


@pytest.mark.parametrize(("strand", "title", "lead"), STORIES)
def test_the_first_strand_is_what_the_story_is_about(strand: str, title: str, lead: str) -> None:
    verdict = MODEL.judge([Text(title=title, body=lead)])[0]
    assert verdict.score >= 0.1
    assert verdict.topics[:1] == (strand,), verdict.topics
