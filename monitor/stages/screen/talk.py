"""How a page speaks of itself and to its reader, in the languages the feeds lead to.

A wall or a notice says "this page", "your browser", "please": news speaks of others. The words
here are families of meaning, not phrases, and run over case-folded text with straight apostrophes.
"""

from __future__ import annotations

import re

SENTENCE = re.compile(r"[.!?。۔؟।\n|•…]+")

_YOU = re.compile(  # it speaks to its reader ("us", "sie", "su" are left out: the USA, she, his)
    r"\b(you|your|yours|you're|please|we|we're|we'll|our|bitte|wir|unsere?[mnrs]?|dein\w*|vous"
    r"|votre|vos|veuillez|nous|notre|nos|usted|nuestr[oa]s?|nosotros|tus?|puedes|quieras|eres"
    r"|tienes"
    r"|inténtalo|vuelve|pulsa|haz|noi|nostr[oiae]|tuo|tua|stai|puoi|torna|accedi|wij|onze|uw"
    r"|jouw|você|seus?|suas?|nosso|lütfen|siz\w*|мы|наш\w*|вы|вас|вам|ваш\w*|пожалуйста|нажмите"
    r"|попробуйте|вернитесь|включите|введите|войдите|зайдите|воспользуйтесь|обновите|подождите"
    r"|проверьте|подтвердите|оформите)\b"
    r"|\b(?!chez\b|assez\b)\w{3,}ez\b"
    r"|آپ|براہ (کرم|مہربانی)|ہماری|ہمارے|ہمیں|ہم |کیجیے|کیجئے|کریں|جائیں|دیکھیں|شما|لطفا"
    r"|کاربر گرامی"
    r"|(^|\s)ما\s|(کنید|شوید|دهید|بنویسید|گردید|هستید|بروید|باشید|بزنید|برگردید)|تاسو|مهرباني"
    r"|موږ|ستاسو"
    r"|زموږ|وکړئ|وګورئ|ولیکئ|ننوځئ|کوو|شئ|يرجى|يمكنك|عليك|عذرا|عفوا|جهازك|نعتذر|نشكركم|اضغط"
    r"|أدخل|نحن"
    r"|आप|कृपया|हमारी|हमारे|(कर|जाए|देख|आए|बनाए)[ेए]?ं(?!ग)|हम "
)
_YOU_TURKISH = re.compile(  # endings that speak to somebody; slow, so only where its letters are
    r"\w(ınız|iniz|unuz|ünüz)(d?[ae]n?|[ıiuü]n?)?\b|\w[ıiuü]m[ıiuü]z|\w(leyin|layın)\b"
    r"|\b(olun|yapın|girin|deneyin|bekleyin|tıklayın)\b|\w(ederiz|acağız|eceğiz|[ıiuü]yoruz)\b"
)
_THIS = re.compile(  # it speaks of itself
    r"\b(this|requested) (web ?)?(page|site|website|content|article|story|video|url|domain|link"
    r"|account|resource|server|application|app|material|item|address)\b"
    r"|\b(diese[rs]?|cette|cet|ce|est[ae]|quest[ao]|bu|эт\w+|данн\w+) (\w+ )?(seite|inhalt|beitrag"
    r"|artikel|page|site|contenu|article|página|sitio|contenido|pagina|contenuto|sayfa|site|içerik"
    r"|internet sitesi|страниц\w+|сайт\w*|материал\w*|ресурс\w*)\b"
    r"|(یہ|اس) (صفحہ|ویب|مواد|سائٹ|ایپ)|این (صفحه|سایت|محتوا|وب)|هذ[اه] (ال)?(صفحة|موقع|محتوى)"
    r"|यह (पृष्ठ|पेज|सामग्री|वेबसाइट)|इस (पृष्ठ|पेज|वेबसाइट)"
)
_POLITE = re.compile(r"(?<=[a-zäöüß,] )(Sie|Ihr|Ihre[nmrs]?|Ihnen)\b")
_TOLD_TO = re.compile(  # a sentence that begins by telling its reader what to do
    r"^\W*(check|try|return|go|contact|refresh|reload|enable|disable|click|tap|enter|sign|log"
    r"|create"
    r"|accept|choose|select|subscribe|visit|use|update|install|turn|switch|allow|wait|press|hold"
    r"|complete|become|join|read more|continue|retry|download|watch|vote|listen|see|type|supply"
    r"|compare|restore|leave|keep|write|send|ask|tell|show|print|start|follow|drag|tick|solve"
    r"|confirm"
    r"|prove|notify|let (me|us)|buy|pay|get|find|call|email|upgrade|manage|support|help|hang)\b"
)
_SITE = re.compile(  # what a page consists of and stands on
    r"\b(pages?|(web ?)?sites?|websites?|browsers?|links?|urls?|domains?|servers?|accounts?"
    r"|devices?"
    r"|cookies?|content|connections?|networks?|ips?|requests?|apps?|passwords?|subscri\w+"
    r"|javascript"
    r"|scripts?|privacy|search|home ?page|proxy|vpn|reload|refresh|extensions?|host(ing)?|error"
    r"|(log|sign)(ing|ged|ned)? ?(in|on|up)|members?(hip)?|registration|advertis\w+|partners"
    r"|vendors"
    r"|data ?base|webmaster|administrator|maintenance|access|index"
    r"|seiten?|konto|gerät\w*|inhalte?|verbindung|anfragen?|passwort|abo\w*|startseite|suche"
    r"|anmeld\w+"
    r"|datenschutz\w*|werbung|navigateur|compte|appareil|contenus?|connexion|requêtes?|mot de passe"
    r"|abonn\w+|accueil|liens?|traceurs?|página|sitio|navegador|cuenta|dispositivos?|contenidos?"
    r"|conexión|contraseña|suscri\w+|enlaces?|portada|web|pagina|sito|contenut[oi]|account|sayfa\w*"
    r"|site\w*|tarayıcı\w*|hesa[bp]\w*|cihaz\w*|içeri[kğ]\w*|bağlantı\w*|şifre\w*|abone\w*|çerez\w*"
    r"|страниц\w*|сайт\w*|браузер\w*|аккаунт\w*|кабинет\w*|подключени\w+|запрос\w*|парол\w*"
    r"|подписк\w*"
    r"|подписчик\w*|ссылк\w*|адрес\w*|доступ\w*|ресурс\w*)\b"
    r"|الصفحة|الموقع|المتصفح|حساب|الجهاز|المحتوى|الاتصال|كلمة (المرور|السر)|الاشتراك|الرابط|العنوان"
    r"|صفح[ہہےه]|ویب|سائٹ|براؤزر|اکاؤنٹ|آلے|مواد|درخواست|پاس ورڈ|سبسکر|لنک|پتہ|رسائی|کوکیز|اشتہار"
    r"|سایت|مرورگر|دستگاه|محتوا|رمز|اشتراک|پیوند|لینک|آدرس|دسترسی|پاڼ[هې]|سایټ|لاسرسی|پټنوم|مخ "
    r"|पृष्ठ|पेज|साइट|ब्राउज़र|ब्राउजर|खात[ाे]|डिवाइस|सामग्री|कनेक्शन|पासवर्ड|लिंक|पहुंच|कुकी"
)
_STATE = re.compile(  # what is the matter with it
    r"\b(un?available|not available|block(ed|s)?|restrict\w*|deni\w+|disabled|removed|deleted|moved"
    r"|expired|suspend\w+|prohibit\w+|required?|temporar\w+|not found|missing|broken"
    r"|no longer|sorry"
    r"|apologi\w+|inconvenience|verif\w+|oops|went wrong|unable|cannot|can't|couldn't|must|invalid"
    r"|nicht|leider|nécessaire|désolé|indisponible|introuvable|supprimé\w*|disculp\w+|borrad\w+"
    r"|eliminad\w+|necesari\w+|engel\w+|maalesef|üzgünüz|silin\w+|удален\w*|ограничен\w*"
    r"|недоступ\w*"
    r"|необходимо|заблокирован\w*)\b"
    r"|معذرت|دستیاب نہیں|موجود نہیں|ضروری|بند|روک|ہٹا|پوزش|متاسفانه|مسدود|یافت نشد|بخښنه"
    r"|شتون نه|عذرا|غير"
    r"|محظور|क्षमा|खेद|उपलब्ध नहीं|नहीं मिल|हटा"
)
_REPORTED = re.compile(
    r"\b(said|says|told|denied|officials?|spokes\w+|according to|sources|reported|announced|sagte"
    r"|teilte|mitteilte|angaben|laut|a (déclaré|indiqué|annoncé)|selon|según|dijo|afirmó|informó"
    r"|ha (detto|dichiarato)|secondo|söyledi|açıkladı|belirtti|bildirdi|по словам|сообщил\w*"
    r"|заявил\w*)"
    r"\b|نے کہا|کہا ہے|نے بتایا|کا کہنا|کے مطابق|حکام|وویل|ویلي|گفت|به گفته|گزارش|اعلام کرد"
    r"|خبر داد|اعلان کیا|اعلان وکړ|وقال|قال |أعلن"
    r"|ने कहा|बताया|के अनुसार"
)
_DATED = re.compile(
    r"\b(on|last|since|by|until) (mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(yester|to)day\b"
    r"|\b(mon|tues|wednes|thurs|fri|satur|sun)day (morning|evening|night|afternoon)\b"
    r"|\bam (montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag)\b"
    r"|\b(lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\b"
    r"|\bel (lunes|martes|miércoles|jueves|viernes|sábado|domingo)\b"
    r"|\b(pazartesi|salı|çarşamba|perşembe|cuma|cumartesi|pazar) günü\b"
    r"|\bв(о)? (понедельник|вторник|среду|четверг|пятницу|субботу|воскресенье)\b"
    r"|پیر کو|منگل کو|بدھ کو|جمعرات کو|جمعہ کو|جمعے کو|ہفتے کو|ہفتہ کو|اتوار کو"
    r"|(روز )?(یک|دو|سه|چهار|پنج)?[ ‌]?شنبه|روز جمعه|دیروز|پرون|کل رات|گزشتہ روز|د (دوشنبې"
    r"|جمعې|شنبې)|يوم (الاثنين|الثلاثاء|الأربعاء|الخميس|الجمعة|السبت|الأحد)"
    r"|(सोम|मंगल|बुध|गुरु|शुक्र|शनि|रवि)वार"
)
_DATELINE = re.compile(r"^\W*[A-Z][A-Z .'’/-]{3,40}(?: ?\([A-Z][A-Za-z]+\))? ?[:—–-]")
_CLOSE = re.compile("[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff]")
_QUOTED = re.compile(r"[“\"„«][^”\"»]{0,400}[”\"»]")


def folded(text: str) -> str:
    """Return ``text`` for the patterns of this package: folded, straight apostrophes, one line."""
    return " ".join(straight(text).split())


def straight(text: str) -> str:
    """Return ``text`` case-folded with straight apostrophes, its lines kept."""
    return text.casefold().replace("’", "'")


def counted(text: str) -> int:
    """Count words; where a language writes none apart, two characters make one."""
    return len(text.split()) + len(_CLOSE.findall(text)) // 2


def to_reader(body: str) -> int:
    """Count how often a text speaks to its reader, outside quotations."""
    own = _QUOTED.sub(" ", body)
    bidden = sum(1 for part in SENTENCE.split(straight(own)) if _TOLD_TO.search(part))
    return len(_spoken_to(straight(own))) + len(_POLITE.findall(own)) + bidden


def _spoken_to(sentence: str) -> list[object]:
    turkish = _YOU_TURKISH.findall(sentence) if "ı" in sentence or "ş" in sentence else []
    return [*_YOU.findall(sentence), *turkish]


def of_page(body: str) -> int:
    """Count how often a text says "this page" or the like, outside quotations."""
    return len(_THIS.findall(straight(_QUOTED.sub(" ", body))))


def reported(body: str) -> int:
    """Count how often a text names who said something."""
    return len(_REPORTED.findall(straight(body)))


def dated(body: str) -> int:
    """Count the days of events a text names, and its dateline."""
    return len(_DATED.findall(straight(body))) + bool(_DATELINE.search(body))


def of_itself(sentence: str) -> bool:
    """Return whether a folded sentence speaks of the page and to its reader."""
    return bool(
        (_spoken_to(sentence) or _THIS.search(sentence) or _TOLD_TO.search(sentence))
        and (_SITE.search(sentence) or _STATE.search(sentence))
    )


def share_of_itself(body: str) -> float:
    """Return which share of a text's words stands in sentences about the page itself."""
    parts = [(part, counted(part)) for part in SENTENCE.split(straight(body))]
    words = sum(count for _, count in parts)
    return sum(count for part, count in parts if of_itself(part)) / words if words else 0.0
