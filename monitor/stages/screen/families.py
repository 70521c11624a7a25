"""How pages that are no articles talk, kind by kind, in the languages the feeds lead to.

Patterns run over case-folded text with straight apostrophes, sentence by sentence. A phrase alone
decides nothing: ``screen`` weighs it against what else the page says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One kind of page that is no article, and how it talks. Patterns run over folded text."""

    what: str
    strong: re.Pattern[str]  # one of these gives a short page away
    weak: re.Pattern[str]  # two of these do
    title: re.Pattern[str]
    most_words: int = 250  # a longer text is no such page, whatever it says
    beside: int = 60  # words a page of this kind may have besides the phrases
    under_news: bool = False  # stands under the first lines of a real article


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(phrases) or r"(?!)")


FAMILIES = (
    Family(
        what="a bot check stands in front of the page",
        strong=_any(
            r"check(ing)? (if the site connection is secure|your browser)",
            r"needs? to review the security of your connection",
            r"verif(y|ying) (that )?(you are|you're|youre) (a |not a )?(human|robot|bot)",
            r"(are you|you are|you're) (a|not a) robot",
            r"confirm (that )?(you are|you're) (a )?human",
            r"using automation tools to browse",
            r"unusual (traffic|activity) (from|detected)",
            r"complete the (captcha|security check|challenge)",
            r"solve (this|the) captcha",
            r"performance (&|and) security by cloudflare",
            r"ddos protection by",
            r"request unsuccessful\. incapsula",
            r"made us think (that )?you (are|were) a bot",
            r"kein roboter|sicherheitsüberprüfung|überprüf\w+ (ihren|deinen) browser",
            r"(je ne suis|vous n.êtes) pas un robot|vérifi\w+ que vous êtes (un )?humain",
            r"no (soy|eres|es usted) un robot|verifi\w+ que (eres|es) (un )?humano",
            r"روبوٹ نہیں ہیں|ربات نیستید|لست روبوت|подтвердите, что вы (не робот|человек)",
        ),
        weak=_any(
            r"captcha",
            r"ray id",
            r"reference id",
            r"enable (javascript and )?cookies",
            r"browser will redirect",
            r"security (check|service|solution)",
            r"automated (access|requests)",
            r"access (to this page )?(has been |is )?denied",
            r"been blocked",
            r"ihr zugriff",
        ),
        title=_any(
            r"^just a moment",
            r"attention required",
            r"access (to this page has been )?denied",
            r"are you a robot",
            r"pardon our interruption",
            r"security check",
            r"human verification|bot verification",
            r"^(ddos-guard|captcha|robot check)",
            r"^(nur einen moment|einen moment|un momento|un instant)",
        ),
    ),
    Family(
        what="a consent wall stands in front of the page",
        strong=_any(
            r"we (and our|and \d+|value your|care about your|use cookies and)[^.]{0,40}"
            r"(partners|privacy|vendors|store)",
            r"store and/?or access information on (a|your) device",
            r"before you continue to",
            r"wir und (unsere|\d+)[^.]{0,20}(partner|drittanbieter)",
            r"mit werbung (und tracking )?(weiterlesen|lesen)",
            r"(nous et|avec) nos [\d ]*partenaires",
            r"nosotros y nuestros [\d ]*socios",
            r"noi e i nostri [\d ]*partner",
            r"wij en onze [\d ]*partners",
            r"ہم اور ہمارے (شراکت|پارٹنر)",
        ),
        weak=_any(
            r"cookies?",
            r"(your|give|withdraw|manage|without) consent",
            r"accept( all)?( cookies)?",
            r"reject all|decline all",
            r"(manage|more|cookie) (options|preferences|settings|choices)",
            r"legitimate interest",
            r"personali[sz]ed (ads|advertising|content)",
            r"privacy (policy|choices|settings|matters)",
            r"alle akzeptieren|zustimm|einwillig|datenschutz",
            r"(tout )?accepter|consentement|confidentialité",
            r"aceptar|consentimiento|privacidad",
            r"accetta|consenso",
            r"کوکیز|رضامندی|پرائیویسی",
            r"کوکی|حریم خصوصی|ملفات تعريف الارتباط",
            r"файлы cookie|согласи",
        ),
        title=_any(
            r"consent|privacy (settings|choices)|your privacy|cookie",
            r"before you continue|datenschutz|zustimmung",
        ),
        most_words=900,
        beside=120,
    ),
    Family(
        what="a login stands in front of the page",
        strong=_any(
            r"(log|sign) ?in to (continue|read|view|access|your account|see)",
            r"(please|you (must|need to)) (be )?(log(ged)?|sign(ed)?) ?in",
            r"forgot(ten)? (your )?(password|username)",
            r"(don.?t|do not) have an account",
            r"(melden sie sich|bitte) (an|anmelden|einloggen)",
            r"passwort vergessen",
            r"mot de passe oublié|connectez-vous pour",
            r"olvid(ó|aste|é) (su|tu|mi) contraseña|inicia(r)? sesión para",
            r"password dimenticata|забыли пароль",
            r"پاس ورڈ بھول|لاگ ان (کریں|کیجیے|کیجئے)|رمز عبور (خود )?را فراموش|نسيت كلمة",
        ),
        weak=_any(
            r"password",
            r"user ?name",
            r"e-?mail address",
            r"remember me",
            r"(log|sign) ?in",
            r"(create|register)( for)? (an |your )?(free )?account",
            r"sign ?up|register( now)?$",
            r"passwort|anmelde|konto (erstellen|anlegen)|registrier",
            r"mot de passe|connexion|identifiant",
            r"contraseña|iniciar sesión",
            r"پاس ورڈ|لاگ ان|اکاؤنٹ",
            r"رمز عبور|نام کاربری|ورود|تسجيل الدخول|пароль",
        ),
        title=_any(
            r"^(log|sign) ?in\b|\b(log|sign) ?in( page)?$",
            r"^(anmelden|anmeldung|login|connexion|iniciar sesión|accedi|вход)\b",
            r"لاگ ان|ورود به",
        ),
        most_words=200,
        beside=45,
    ),
    Family(
        what="only a teaser stands before a paywall",
        strong=_any(
            r"(subscribe|sign up|register|log in|join)[^.]{0,30} to (continue|keep|unlock|read)"
            r"[^.]{0,20}(reading|article|story|more|now|it)?",
            r"(continue|keep) reading (your article )?(with|by|for|this (article|story) with)",
            r"this (article|story|content|post|page) is (only )?(available )?(for|to|exclusive(ly)?"
            r"( for| to)?|reserved for)[^.]{0,20}(subscribers|members|paying)",
            r"already (a |have a |an )?(subscriber|subscription|member)",
            r"(you have|you.ve) (reached|used|read)[^.]{0,30}(free )?(articles?|limit)",
            r"to (read|continue|access|unlock)[^.]{0,30}(become a|subscribe|start (a|your))",
            r"unlock (this|the full) (article|story)",
            r"(weiterlesen|jetzt lesen|lesen sie (weiter|den))[^.]{0,30}(mit|abo|plus|testen)",
            r"(nur|exklusiv) für (abonnent|mitglieder|plus)",
            r"(sie haben|du hast) (bereits )?(ein|noch kein) \w{0,12}abo",
            r"(cet )?article (est )?réservé aux abonn|il vous reste [\d.,]+ ?% de cet article",
            r"(contenido|artículo) exclusivo para (suscriptores|socios)|suscríbete para",
            r"contenuto riservato agli abbonati|abbonati per continuare",
            r"مکمل (مضمون|خبر)[^۔]{0,30}(سبسکرائب|رکنیت)|для подписчиков",
        ),
        weak=_any(
            r"subscri(be|ption)",
            r"unlimited (digital )?access",
            r"cancel any ?time",
            r"(per|a|/) ?(week|month|year)\b",
            r"free trial|start your trial",
            r"\babo\b|abonnement|monatlich kündbar|jederzeit kündbar",
            r"s.abonner|sans engagement|suscríbete|abbonati",
            r"سبسکر|رکنیت",
        ),
        title=_any(r"(?!)"),
        under_news=True,
        most_words=180,
        beside=100,
    ),
    Family(
        what="the page is gone: the server answers with a notice",
        strong=_any(
            r"(page|article|story|content|url|address|link|file|resource)[^.]{0,60}"
            r"(not (be )?found|cannot be found|can.?t be found|couldn.?t be found"
            r"|(does not|doesn.?t|no longer) exists?|no longer (available|exist)"
            r"|(has|have) (been )?(moved|removed|deleted|expired)|is (missing|gone))",
            r"(can.?t|cannot|couldn.?t|could not|unable to) (seem to )?find "
            r"(the|that|this|what)[^.]{0,20}(page|article|story|looking|for)",
            r"page (you (were|are|requested|tried|wanted)|not found)",
            r"(error|fehler|erreur) 404|404 (error|not found|page)",
            r"seite[^.]{0,60}(nicht (gefunden|verfügbar)|existiert nicht)|nicht gefunden werden",
            r"page[^.]{0,60}(introuvable|n.existe (pas|plus))",
            r"página[^.]{0,60}(no (encontrada|existe|está disponible)|não (encontrada|existe))",
            r"pagina[^.]{0,60}(non (trovata|esiste|è)|niet gevonden|bestaat niet)",
            r"страниц\w+[^.]{0,40}не (найдена|существует)|nie znaleziono|nie istnieje",
            r"صفحہ[^۔]{0,40}(نہیں مل|موجود نہیں|دستیاب نہیں)",
            r"صفحه[^.]{0,60}(یافت نشد|وجود ندارد|پیدا نشد)|(پاڼه|مخ)[^.]{0,40}ونه موندل",
            r"الصفحة[^.]{0,60}(غير موجودة|لم يتم العثور)|sayfa[^.]{0,40}bulunamadı",
        ),
        weak=_any(
            r"\b404\b",
            r"(go|back|return) (to|home|back)[^.]{0,20}(home|page|homepage)?",
            r"(try|use) (a |the |our )?search",
            r"check the (url|address|spelling)",
            r"mistyped|broken link|outdated link",
            r"startseite|page d.accueil|página (principal|de inicio)|ہوم پیج|صفحه اصلی",
        ),
        title=_any(
            r"\b(404|410)\b",
            r"not found|page (missing|unavailable)|doesn.t exist",
            r"nicht gefunden|introuvable|no encontrada|non trovata|не найдена",
            r"نہیں ملا|یافت نشد|غير موجودة",
        ),
        most_words=250,
        beside=70,
    ),
    Family(
        what="the site is closed for maintenance or out of order",
        strong=_any(
            r"(scheduled|planned|routine|undergoing|under|for|performing|perform)"
            r"( some| scheduled| planned| essential| routine)* maintenance",
            r"(we will|we.ll|will) be (right )?back (soon|shortly|online|up)",
            r"back online (shortly|soon|as soon)",
            r"(site|website|service|page|server)[^.]{0,30}(temporarily|currently) "
            r"(unavailable|offline|down|closed|unable)",
            r"(service|server|site)( is)? (temporarily )?unavailable",
            r"experiencing technical (difficulties|problems)",
            r"wartungsarbeiten|in kürze wieder|vorübergehend nicht (erreichbar|verfügbar)",
            r"(en|de) maintenance|de retour (bientôt|sous peu)|en mantenimiento|in manutenzione",
            r"technisch\w+ (onderhoud|wartung)|техническ\w+ (работ|обслуж)",
            r"(ویب سائٹ|سائٹ)[^۔]{0,40}(مرمت|دیکھ بھال|بند ہے)|در دست تعمیر|تحت الصيانة",
        ),
        weak=_any(
            r"apologi[sz]e|sorry for (the|any)",
            r"inconvenience",
            r"patience",
            r"try again (later|in)|check back",
            r"error 50\d|50[0-4] ",
            r"unannehmlichkeiten|verständnis|geduld|veuillez réessayer|disculpe|معذرت|پوزش",
        ),
        title=_any(
            r"maintenance|back (soon|shortly)|unavailable|technical difficulties",
            r"\b50[0-4]\b|bad gateway|wartung|mantenimiento|manutenzione|مرمت",
        ),
    ),
    Family(
        what="the page is closed to visitors from here",
        strong=_any(
            r"(un|not )available (in|to|for|from)( users| visitors| readers)?[^.]{0,20} "
            r"(your|most|this) (country|region|location|area|european)",
            r"(unavailable|blocked|restricted)[^.]{0,30} (for|due to) legal reasons",
            r"(european economic area|european union|\beea\b|\beu\b)[^.]{0,160}"
            r"(access|unavailable|not available|cannot)",
            r"access cannot be granted",
            r"general data protection regulation",
            r"(cannot|can.?t|unable to) (be )?(grant|provide|offer|serve)[^.]{0,40}(access|eu)",
            r"in (ihrem|deinem) land nicht verfügbar|rechtlichen gründen",
            r"pas (disponible|accessible) dans votre (pays|région)",
            r"no (está )?disponible en su (país|región)",
            r"آپ کے (ملک|علاقے|خطے) میں دستیاب نہیں|در (کشور|منطقه) شما",
        ),
        weak=_any(
            r"\bgdpr\b|\bdsgvo\b|\brgpd\b",
            r"\b451\b",
            r"your (country|region|location)",
            r"legal reasons",
            r"european (economic|union)",
        ),
        title=_any(r"\b451\b|legal reasons|not available in|geo.?block|gdpr"),
    ),
    Family(
        what="the page shows nothing without JavaScript",
        strong=_any(
            r"(enable|activate|turn on|allow) java ?script",
            r"java ?script (is |to be |must be |has been |appears to be )?"
            r"(enabled|required|disabled|turned off|needed|not enabled)",
            r"(requires|require|needs|need|without) java ?script",
            r"(aktivieren sie|bitte aktiviere|aktivier\w+) (bitte )?java ?script",
            r"java ?script (aktivieren|muss|ist (deaktiviert|erforderlich))",
            r"(activer|activez) (le )?java ?script|(habilit|activ)\w+ java ?script",
            r"(update|upgrade) (your|to a (modern|newer|different)) (web )?browser",
            r"(your )?browser (is )?(not supported|out ?dated|unsupported|too old)",
            r"جاوا ?اسکرپٹ|جاوا ?اسکریپت|включите javascript",
        ),
        weak=_any(
            r"java ?script",
            r"\bbrowser\b",
            r"\bloading\b|wird geladen|chargement|cargando|لوڈ ہو",
            r"refresh|reload",
        ),
        title=_any(r"java ?script|unsupported browser|^loading"),
        most_words=120,
        beside=30,
    ),
)
