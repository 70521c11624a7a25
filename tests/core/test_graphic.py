"""What the desk folds until it is asked: what it describes, and what only sounds like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.stages.graphic import is_graphic

GRAPHIC = """
Militants beheaded two policemen and left them by the road.
The charred bodies of four miners were found at dawn.
Their bodies lay in pools of blood, a witness said.
The suicide bomber’s head was found on a roof.
He blew himself up at the gate of the mosque.
Bullet-riddled corpses were dumped outside the village.
The man was publicly executed in a stadium in Khost.
Three men were flogged in public, 39 lashes each.
They tortured him for three days before he died.
His throat was slit.
The group executed two captured soldiers on camera.
Passengers were shot in the head at point-blank range.
A court ordered death by stoning for the pair.
Body parts were scattered over the road.
Rescuers pulled the mangled body from the car.
دہشت گردوں نے دو اہلکاروں کے سر قلم کر دیے۔
مسخ شدہ لاشیں سڑک کنارے سے برآمد ہوئیں۔
حملہ آور نے خود کو دھماکے سے اڑا لیا۔
مجرم کو سرِ عام پھانسی دی گئی۔
اسے بہیمانہ تشدد کا نشانہ بنایا گیا۔
جسمانی اعضا دور تک بکھر گئے۔
ملزمان کو کوڑے مارے گئے۔
وسله والو د هغه سر پرې کړ.
بریدګر ځان والوځاوه.
درې تنه په درو ووهل شول.
اجساد سوخته در محل یافت شد.
دو تن در ملای عام تیرباران شدند.
""".strip().splitlines()

PLAIN = """
The executive committee met in Kabul to execute the trade plan.
The chief executive was executed with a handshake and a smile.
Lake Kajaki is the largest body of water in the province.
The governing body of cricket found no fault.
A UN body found that aid had fallen.
The killer app of the year was found in Lahore.
The gardener beheaded the flowers at dusk.
A beheaded rose lay on the table.
Police executed search warrants in three districts.
Twelve people were killed and nineteen wounded in the attack.
A death sentence was handed down in Peshawar.
The minister refused point-blank to talk.
It was a tortured negotiation over transit.
Pakistan signed the Convention against Torture.
Security forces carried out an intelligence-based operation.
The body language of the envoys was cold.
Hangouts and hanging gardens opened in Lahore.
The bodies of the soldiers were flown to Rawalpindi.
A suicide bomber attacked the checkpost, killing five.
The budget was executed in full.
عید پر لاکھوں جانور ذبح کیے گئے۔
لاشعور کا علم ایک مشکل مضمون ہے۔
عدالت نے مجرم کو سزائے موت سنائی۔
بارہ افراد ہلاک اور انیس زخمی ہوئے۔
انسانی اعضا کی پیوندکاری کا پہلا مرکز کھل گیا۔
د پارلمان غړي نن په کابل کې سره کښېناستل.
دادگاه حکم اعدام صادر کرد.
وزیر نے پریس کانفرنس سے خطاب کیا۔
""".strip().splitlines()


@pytest.mark.parametrize("sentence", GRAPHIC)
def test_what_describes_it_is_folded(sentence: str) -> None:
    assert is_graphic(sentence)


@pytest.mark.parametrize("sentence", PLAIN)
def test_what_only_sounds_like_it_stays_open(sentence: str) -> None:
    assert not is_graphic(sentence)


@pytest.mark.parametrize("sentence", [GRAPHIC[0], GRAPHIC[15]])
def test_a_harmless_sense_beside_it_hides_nothing(sentence: str) -> None:
    assert is_graphic(f"The executive spoke of a body of water; {sentence}")


def test_other_letters_and_vowel_marks_of_the_same_word_are_the_same() -> None:
    assert is_graphic("حملہ آور نے خُود کو دھماکے سے اُڑا لیا۔")
    assert is_graphic("مجرم كو پھانسي دي گئی")


@given(st.text(max_size=300))
def test_any_text_has_an_answer(text: str) -> None:
    assert is_graphic(text) in {True, False}
