"""In which language is a text? What is sure beats what a feed declares; what is not does not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.stages.language import ENOUGH, Tongue, checked, chosen, identify

SAID = {
    "ar": "قال شيوخ القبائل إن القافلة وصلت إلى الوادي بعد ثلاثة أشهر من إغلاق الطريق، ورحب بها"
    " السكان ترحيبا كبيرا وطلبوا من الحكومة المحلية إصلاح الجسر قبل حلول الشتاء.",
    "ckb": "شاندێکی بازرگانان لە گوندەکانی سەرەوەی دۆڵەکە گەیشتنە شار و داوایان لە حکومەت کرد"
    " پردەکە پێش هاتنی زستان چاک بکاتەوە بۆ ئەوەی ڕێگاکە داخراو نەمێنێتەوە.",
    "de": "Nach drei Monaten ist der erste Lastwagen über den Pass gekommen, und die Ältesten des"
    " oberen Tals haben die Fahrer mit Tee und Brot empfangen.",
    "en": "The first lorry in three months has crossed the pass, and the elders of the upper valley"
    " met the drivers with tea and bread before the snow came back.",
    "fa": "نخستین کامیون پس از سه ماه از گردنه گذشت و بزرگان دره بالا با چای و نان از رانندگان"
    " پذیرایی کردند. آنان از دولت خواستند که پل را پیش از رسیدن زمستان بازسازی کند.",
    "fr": "Le premier camion depuis trois mois a franchi le col, et les anciens de la haute vallée"
    " ont reçu les chauffeurs avec du thé et du pain avant le retour de la neige.",
    "hi": "तीन महीने बाद पहला ट्रक दर्रे से गुज़रा और ऊपरी घाटी के बुज़ुर्गों ने चालकों का चाय और रोटी से"
    " स्वागत किया। उन्होंने सरकार से कहा कि सर्दी आने से पहले पुल की मरम्मत कराई जाए ताकि रास्ता"
    " फिर बंद न हो और बाज़ार में आटा पहुँचता रहे, क्योंकि पिछली बार लोग भूखे रहे थे।",
    "ps": "له دریو میاشتو وروسته لومړنۍ لارۍ له غاښي تېره شوه او د پورتنۍ درې مشرانو د چلوونکو"
    " ښه راغلاست وکړ. هغوی له حکومت نه وغوښتل چې پل تر ژمي مخکې بیا ورغوي.",
    "ru": "Первый за три месяца грузовик прошёл перевал, и старейшины верхней долины встретили"
    " водителей чаем и хлебом, пока не вернулся снег и дорогу не закрыли снова.",
    "sd": "ٽن مهينن کان پوءِ پهرين ٽرڪ لڪ مان گذري وئي ۽ مٿئين وادي جي وڏڙن ڊرائيورن جو چانهه ۽"
    " مانيءَ سان آڌرڀاءُ ڪيو. هنن سرڪار کي چيو ته سياري کان اڳ پل ٺاهيو وڃي.",
    "tr": "Üç ay sonra ilk kamyon geçitten geçti ve yukarı vadinin yaşlıları sürücüleri çay ve"
    " ekmekle karşıladı; kar geri gelmeden köprünün onarılmasını istediler.",
    "ug": "ئۈچ ئايدىن كېيىن تۇنجى يۈك ماشىنىسى داۋاندىن ئۆتتى، يۇقىرى جىلغىنىڭ ئاقساقاللىرى"
    " شوپۇرلارنى چاي ۋە نان بىلەن كۈتۈۋالدى، ئۇلار كۆۋرۈكنى ئوڭشاشنى تەلەپ قىلدى.",
    "ur": "تین ماہ بعد پہلا ٹرک درے سے گزرا اور بالائی وادی کے عمائدین نے ڈرائیوروں کا چائے اور"
    " روٹی سے استقبال کیا۔ انہوں نے حکومت سے کہا کہ سردیوں سے پہلے پل کی مرمت کرائی جائے۔",
    "zh": "三个月来第一辆卡车驶过山口，上游山谷的长老们用茶和面包迎接司机。他们要求政府在冬天到来"
    "之前修好那座桥，让道路不再关闭，让面粉能够运到集市上，因为去年村民们挨了饿。老人们还说，如果大雪再次"
    "封山，孩子们就无法去学校，病人也无法到城里的医院去看病，所以修桥的事情不能再拖下去了。",
}  # fmt: skip


@pytest.mark.parametrize("code", sorted(SAID))
def test_each_language_of_the_region_and_of_the_wires_is_known(code: str) -> None:
    """Also against what a feed declares, be it another language in the same script."""
    assert len([char for char in SAID[code] if char.isalpha()]) >= ENOUGH - 20
    for declared in (None, "en" if code != "en" else "ur", "ar" if code != "ar" else "fa"):
        assert chosen(SAID[code], declared=declared) == code
    assert chosen(SAID[code], declared=code) == code


def test_dari_is_called_what_its_feed_calls_it() -> None:
    """No library parts it from Persian: whoever publishes it knows."""
    assert chosen(SAID["fa"], declared="prs") == "prs"
    assert chosen(SAID["fa"], declared=None) == "fa"
    assert chosen(SAID["fa"], declared="ps") == "fa"


def test_a_headline_in_latin_letters_is_too_short_to_contradict_its_feed() -> None:
    assert chosen("Torkham reopens", declared="de") == "de"
    assert checked("Torkham reopens", declared="de") == "de"


@pytest.mark.parametrize(
    ("headline", "declared", "code"),
    [
        ("طورخم سرحد ٹرکوں کے لیے کھول دی گئی", "en", "ur"),
        ("په کابل کې ښوونځي بېرته پرانیستل شول", "fa", "ps"),
        ("نخستین کامیون از گردنه گذشت", "en", None),
        ("First lorry crosses the pass", "ur", None),
        ("Первый грузовик прошёл перевал", "en", None),
        ("First lorry crosses the pass", None, None),
    ],
)
def test_a_headline_is_told_by_its_letters_alone_or_left_open(
    headline: str, declared: str | None, code: str | None
) -> None:
    """In a script the declared language is not written in, the declaration is not believed."""
    assert checked(headline, declared=declared) == code


def test_an_english_quotation_does_not_make_an_urdu_text_english() -> None:
    quoted = f"“The first lorry in three months has crossed the pass.” {SAID['ur']}"
    assert chosen(quoted, declared="ur") == "ur"


@pytest.mark.parametrize("declared", ["", "x-invalid", "english", "1", None])
def test_rubbish_for_a_declaration_counts_for_nothing(declared: str | None) -> None:
    assert chosen(SAID["ur"], declared=declared) == "ur"
    assert chosen("12.50 – 7", declared=declared) is None


@settings(deadline=None)
@given(st.text(max_size=300), st.none() | st.text(max_size=8))
def test_any_text_has_some_language_or_none(text: str, declared: str | None) -> None:
    found = identify(text)
    assert isinstance(found, Tongue)
    assert (found.code is None) == (found.letters == 0)
    code = chosen(text, declared=declared)
    assert code is None or code.isascii()


def test_the_weights_are_loaded_only_where_texts_are_read() -> None:
    """Whoever classifies a text given to them does not wait for them, nor for the library."""
    program = (
        "import json, sys; import monitor.cli.main, monitor.cli.judging, monitor.articles.records,"
        " classifiers.registry;"
        "print(json.dumps([name for name in sys.modules if 'py3langid' in name]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == []


# --- measured on real news ------------------------------------------------------------------

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("TORKHAM_SHARED", str(ROOT.parent / "shared"))) / "data"


@pytest.mark.skipif(not DATA.is_dir(), reason=f"the private texts are not at {DATA}")
@pytest.mark.parametrize(
    ("file", "code"),
    [("urdu_news", "ur"), ("urdu_voa_bbc", "ur"), ("pashto_news", "ps")],
)
def test_real_urdu_and_pashto_are_never_taken_for_another_language(file: str, code: str) -> None:
    lines = (DATA / f"scripts/{file}.jsonl").read_text(encoding="utf-8").strip().split("\n")
    texts = [row["text"] for row in map(json.loads, lines) if row["text"]]
    assert {chosen(text, declared="en") for text in texts} == {code}
