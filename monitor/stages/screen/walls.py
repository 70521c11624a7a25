"""How walls talk that stand in front of a page, in the languages the feeds lead to.

Patterns run over case-folded text with straight apostrophes, sentence by sentence. A phrase alone
decides nothing: ``screen`` weighs it against what else the page says.
"""

from __future__ import annotations

from monitor.stages.screen.kinds import Family, Kind, any_of

WALLS = (
    Family(
        kind=Kind.CHALLENGE,
        what="a bot check stands in front of the page",
        strong=any_of(
            r"type the (letters|characters|words|numbers)|virtual queue",
            r"(waiting|queue) (room|number)|kutuyu işaretle\w*|çok sayıda istek|insan olduğun\w*",
            r"مرورگر شما[^.]{0,30}(بررسی|تایید)|برنامج\w* آلي|طلبات كثيرة|not an? (ro)?bot",
            r"(pas|no|nicht|kein) (un |ein )?(robot|bot)|robot (olmad|değil)",
            r"prove (that )?(you're|you are)",
            r"(a )?(real|human) (person|being|visitor|reader|user)s?|human (check|verification)",
            r"proof of work|browser (check|verification)|checking (the|your)",
            (
                r"automat(ed|ic|ische[nr]?|iques?|izad[oa]s?|isierte[nr]?) (program|software"
                r"|request|traffic|access|quer|zugriff|anfragen|requêtes|solicitudes)"
            ),
            (
                r"(many|unusual|suspicious|high) (number of |amount of |volume of )?(requests"
                r"|traffic|activity|visits)"
            ),
            r"(sehr|zu|ungewöhnlich) viele anfragen|(trop|nombre (inhabituel|anormal)) de requêtes",
            r"(demasiadas|muchas) solicitudes|vérifi\w+ (de )?(votre|le) navigateur",
            r"comprob\w+ (tu|su|el) navegador|prüf\w+ (ihre|deine) verbindung",
            r"(провер\w+|проверяем) (ваш\w* )?(браузер|подключени)|вы не (робот|бот)",
            r"güvenlik (kontrol|doğrula)\w*|خودکار (پروگرام|درخواست|سافٹ)|آپ انسان|انسان ہیں",
            r"انسان هستید|ربات نیست|(أنك|لست) (إنسان|روبوت)|आप (रोबोट|इंसान|मानव)",
            (
                r"(press|slide|drag|tick|solve) [^.]{0,40}(hold|box|puzzle|slider|circle|image"
                r"|picture|sum|problem)"
            ),
            r"check(ing)? (if the site connection is secure|your browser)",
            r"needs? to review the security of your connection",
            r"verif(y|ying) (that )?(you are|you're|youre) (a |not a )?(human|robot|bot)",
            r"(are you|you are|you're) (a|not a) robot|confirm (that )?(you are|you're) (a )?human",
            r"using automation tools to browse|unusual (traffic|activity) (from|detected)",
            r"complete the (captcha|security check|challenge)|solve (this|the) captcha",
            r"performance (&|and) security by cloudflare|ddos protection by",
            r"request unsuccessful\. incapsula|made us think (that )?you (are|were) a bot",
            r"kein roboter|sicherheitsüberprüfung|überprüf\w+ (ihren|deinen) browser",
            r"(je ne suis|vous n.êtes) pas un robot|vérifi\w+ que vous êtes (un )?humain",
            r"no (soy|eres|es usted) un robot|verifi\w+ que (eres|es) (un )?humano|روبوٹ نہیں ہیں",
            r"ربات نیستید|لست روبوت|подтвердите, что вы (не робот|человек)",
        ),
        weak=any_of(
            r"(incident|block|request|event|support|trace) ?id\b",
            r"(your|ihre|votre|su|tu) (ip|ip-adresse|adresse ip)|آئی پی|ваш ip|\bip\b address",
            r"cloudflare|ddos|firewall|imperva|sucuri|akamai|datadome|waf\b|few seconds",
            r"(quelques|unos|algunos) (secondes|segundos)|einige sekunden|несколько секунд",
            r"چند سیکنڈ|चند ثانی|\bbots?\b|robots?\b|روبوٹ|ربات|रोबोट|(cookies?|javascript)",
            r"captcha|ray id|reference id|enable (javascript and )?cookies|browser will redirect",
            r"security (check|service|solution)|automated (access|requests)",
            r"access (to this page )?(has been |is )?denied|been blocked|ihr zugriff",
        ),
        title=any_of(
            r"(ro)?bot\b|human|captcha|firewall|ddos|browser (check|verification)|checking",
            r"verif(y|ication|ying)|sicherheits(prüfung|check|kontrolle)|vérification|verificación",
            r"проверка|doğrulama|تصدیق|تحقق|सत्यापन|^just a moment|attention required",
            r"access (to this page has been )?denied|are you a robot|pardon our interruption",
            r"security check|human verification|bot verification|^(ddos-guard|captcha|robot check)",
            r"^(nur einen moment|einen moment|un momento|un instant)",
        ),
    ),
    Family(
        kind=Kind.CONSENT,
        what="a consent wall stands in front of the page",
        strong=any_of(
            (
                r"(cookies?|çerez\w*|کوک[یي]\w*|کوکیز|कुकी\w*|ملفات تعريف|куки)[^.]{0,200}(partner"
                r"|advert|annonc|publicid|pubblic|reklam|anuncio|reclame|sponsor|تبلیغ|اشتہار|إعلان"
                r"|विज्ञापन|реклам|apparat|dispositiv|gerät|keuze|escolha|story|stories)"
            ),
            (
                r"(partner\w*|شرکا\w*|شركا\w*|parceiros)[^.]{0,200}(cookies?|کوک[یي]|gegevens|dados"
                r"|داده)"
            ),
            r"cookies? on the|toestemming|consentimento",
            r"(advertisers?|sponsors?)[^.]{0,80}(profile|learn|look at|pay us)",
            (
                r"(partners?|vendors|third[ -]part(y|ies)|compan(y|ies)|advertisers|suppliers"
                r")[^.]{0,160}(cookies?|personal (data|information)|your (data|device|information)"
                r"|identif|trackers?|information such as|legitimate interest|store)"
            ),
            (
                r"(cookies?|trackers?|small files|similar technolog\w+|tracking)[^.]{0,120}(you"
                r"|your|consent|accept|agree|refuse|reject|allow|choice|preferences|settings"
                r"|experience|device|phone)"
            ),
            (
                r"(respect|protection|importan\w+|value|care)[^.]{0,40}(privacy|vie privée"
                r"|privacidad|privatsphäre)"
            ),
            (
                r"(vie privée|privacidad|privatsphäre|gizlilik\w*|رازداری|конфиденциальност\w*|حریم"
                r" خصوصی|خصوصيتك|निजता|गोपनीयता)"
            ),
            r"(traceurs?|cookies?)[^.]{0,120}(accord|refus|accept|consent|personnalis|continuer)",
            r"données personnelles|personenbezogene daten|datos personales|dati personali",
            r"kişisel veri|(biz|ve) [^.]{0,20}(iş )?ortağ?\w+[^.]{0,60}(çerez|veri)",
            r"çerez\w*[^.]{0,80}(kabul|izin|tercih)|noi e [^.]{0,40}(terze parti|partner)",
            r"(мы|наши)[^.]{0,60}(партн[её]р\w*|файлы cookie|куки)",
            r"(نحن|شركا\w+)[^.]{0,80}(بيانات|ملفات|شريك)|(ما و|شرکای)[^.]{0,60}(داده|کوکی)",
            r"हम और हमारे[^।]{0,40}(साझेदार|भागीदार)|कुकी",
            (
                r"we (and our|and \d+|value your|care about your|use cookies and"
                r")[^.]{0,40}(partners|privacy|vendors|store)"
            ),
            r"store and/?or access information on (a|your) device|before you continue to",
            r"wir und (unsere|\d+)[^.]{0,20}(partner|drittanbieter)",
            r"mit werbung (und tracking )?(weiterlesen|lesen)|(nous et|avec) nos [\d ]*partenaires",
            r"nosotros y nuestros [\d ]*socios|noi e i nostri [\d ]*partner",
            r"wij en onze [\d ]*partners|ہم اور ہمارے (شراکت|پارٹنر)",
        ),
        weak=any_of(
            r"kabul et|reddet|tercih|çerez|rifiut|acconsent|rechazar|refuser|ablehnen|принять",
            r"отклонить|قبول|مسترد|रद्द|स्वीकार|رفض|رد کردن|پذیرش|vendors?|partners?|purposes",
            r"traceurs|tracking|socios|partenaires|drittanbieter|ads?\b|advertis\w+|publicité",
            r"werbung|anuncios|reklam|اشتہار|реклам|i (accept|agree)|agree|disagree|more options",
            r"got it|no,? thanks|cookies?|(your|give|withdraw|manage|without) consent",
            r"accept( all)?( cookies)?|reject all|decline all",
            r"(manage|more|cookie) (options|preferences|settings|choices)|legitimate interest",
            r"personali[sz]ed (ads|advertising|content)|privacy (policy|choices|settings|matters)",
            r"alle akzeptieren|zustimm|einwillig|datenschutz|(tout )?accepter|consentement",
            r"confidentialité|aceptar|consentimiento|privacidad|accetta|consenso|کوکیز|رضامندی",
            r"پرائیویسی|کوکی|حریم خصوصی|ملفات تعريف الارتباط|файлы cookie|согласи",
        ),
        title=any_of(
            r"privacy|einwilligung|consentement|consentimiento|consenso|çerez|gizlilik|رازداری",
            r"کوکی|конфиденциальност|vie privée|privacidad|privatsphäre|consent",
            r"privacy (settings|choices)|your privacy|cookie|before you continue|datenschutz",
            r"zustimmung",
        ),
        most_words=600,
        beside=120,
    ),
    Family(
        kind=Kind.LOGIN,
        what="a login stands in front of the page",
        strong=any_of(
            r"(valid|your) credentials",
            r"(continue|sign in|log in|go on) with (google|apple|facebook|e-?mail|microsoft|x\b)",
            r"by continuing you agree|(code|password) (of|by|via) (six|sms|text|e-?mail|\d)",
            r"session (has )?(ended|expired|timed out)|accreditation",
            r"(resource|page|area) is protected",
            r"(log|sign)(ged|ned)? ?(in|on)\b[^.]{0,40}(to|with|using|or|before|first|required)",
            r"(log|sign) ?in or",
            r"(members?|subscribers|registered (users|readers|members)|staff|students) only",
            r"for (registered )?(members|users|staff|students) (of|only)",
            (
                r"(your|enter|the) (user ?name|pass ?(word|phrase|code)|credentials|institution"
                r"|subscriber number|membership number|library card|pin)"
            ),
            r"forgot(ten)? (your |my )?(account|pin|details|user ?name)|no account( yet)?",
            r"(create|open|need) an account|new (here|user)\\?|not (yet )?(registered|a member)",
            r"connectez-vous|identifiez-vous|pas encore (de compte|inscrit)",
            r"créez (un|votre) compte|identifíca(te|rse)|identificarte|accede a (tu|su) cuenta",
            r"inici(a|e) sesión|regístr(ate|ese)|melden sie sich an|einloggen|noch kein konto",
            r"benutzername|zugangsdaten|войдите|вход в (личный|систему)|зарегистрируйтесь",
            r"giriş yap\w*|oturum aç\w*|şifre(ni|mi)|accedi|credenziali|تسجيل الدخول|سجل الدخول",
            r"ليس لديك حساب|اسم المستخدم|लॉग ?इन|साइन इन|पासवर्ड|ننوت|پټنوم|وارد (شوید|حساب)",
            r"ثبت ?نام کنید|حساب کاربری|داخل ہوں|نیا اکاؤنٹ|لاگ ان",
            r"(log|sign) ?in to (continue|read|view|access|your account|see)",
            r"(please|you (must|need to)) (be )?(log(ged)?|sign(ed)?) ?in",
            r"forgot(ten)? (your )?(password|username)|(don.?t|do not) have an account",
            r"(melden sie sich|bitte) (an|anmelden|einloggen)|passwort vergessen",
            r"mot de passe oublié|connectez-vous pour|olvid(ó|aste|é) (su|tu|mi) contraseña",
            r"inicia(r)? sesión para|password dimenticata|забыли пароль|پاس ورڈ بھول",
            r"لاگ ان (کریں|کیجیے|کیجئے)|رمز عبور (خود )?را فراموش|نسيت كلمة",
        ),
        weak=any_of(
            r"password|user ?name|e-?mail address|remember me|(log|sign) ?in",
            r"(create|register)( for)? (an |your )?(free )?account|sign ?up|register( now)?$",
            r"passwort|anmelde|konto (erstellen|anlegen)|registrier|mot de passe|connexion",
            r"identifiant|contraseña|iniciar sesión|پاس ورڈ|لاگ ان|اکاؤنٹ|رمز عبور|نام کاربری|ورود",
            r"تسجيل الدخول|пароль",
        ),
        title=any_of(
            r"members?('| )|welcome back|sign[- ]?on|access your|mein konto|mon compte|mi cuenta",
            r"personal(er)? bereich|вход|giriş|oturum|تسجيل الدخول|लॉग ?इन|ورود|ننوتل",
            r"^(log|sign) ?in\b|\b(log|sign) ?in( page)?$",
            r"^(anmelden|anmeldung|login|connexion|iniciar sesión|accedi|вход)\b|لاگ ان|ورود به",
        ),
        most_words=200,
        beside=45,
    ),
    Family(
        kind=Kind.PAYWALL,
        what="only a teaser stands before a paywall",
        strong=any_of(
            r"(remainder|rest) of (this|the) (report|story|article|piece|text)",
            r"(keep|go on|continue) reading (for|with|from)|last free (story|article)",
            r"(need|choose|compare)[^.]{0,30}\bplans?\b|corporate clients",
            r"(haberin|yazının) (devamı|tamamı)\w*|riservat[oa] agli abbonati",
            r"(continuar|continuare) (a )?(lendo|leggere)",
            r"become (a|our) (paying )?(member|subscriber|supporter|patron)",
            r"(is|are) (only )?(for|open to) (our )?(paying )?(members|subscribers|supporters)",
            r"(day|week|month|monthly|annual|digital|all[- ]access|season) pass",
            r"(buy|purchase) (this|today's|the) (issue|article|edition|story)",
            (
                r"(read|unlock|see|finish) (the )?(rest|full|whole|remainder|complete"
                r")[^.]{0,80}(subscri|pass|member|buy|regist|account|app\b|support|donat|pay)"
            ),
            r"free (articles|stories|reads)|(articles|stories) (left|remaining|this (month|week))",
            r"create a free account|(subscri|regist)\w+ (now|today|for free|and read|to read)",
            r"réservée? (à nos|aux) (abonn|membres)|(la suite|lire la suite)[^.]{0,40}abonn",
            r"déjà abonn|nur (für|mit) (abonnent|abo|plus)|weiter ?lesen (mit|im)",
            r"exklusiv(er)? inhalt|(exclusivo|solo|sólo) (para|a) (suscriptores|socios|abonados)",
            r"ya eres suscriptor|seguir leyendo|solo per (gli )?abbonati|già abbonato",
            r"(только|доступен)[^.]{0,20}подписчик\w+|оформите подписку|yalnızca aboneler",
            r"aboneler[^.]{0,20}özel|abone ol\w*|للمشتركين|اشترك (الآن|لقراءة|للقراءة)",
            r"(केवल|सिर्फ) (सदस्य|सब्सक्राइबर)|सब्सक्राइब|सदस्यता (लें|लेकर)",
            r"سبسکر(پشن|ائب)[^۔]{0,30}(حاصل|کریں|لیں|خرید)",
            r"(صرف|فقط) (اراکین|ممبران|مشترکین|صارفین)|رکنیت حاصل",
            r"برای (خواندن|ادامه)[^.]{0,40}(اشتراک|مشترک)|د (بشپړ|پوره)[^.]{0,40}(ګډون|غړی)",
            (
                r"(subscribe|sign up|register|log in|join)[^.]{0,30} to (continue|keep|unlock|read"
                r")[^.]{0,20}(reading|article|story|more|now|it)?"
            ),
            r"(continue|keep) reading (your article )?(with|by|for|this (article|story) with)",
            (
                r"this (article|story|content|post|page) is (only )?(available )?(for|to"
                r"|exclusive(ly)?( for| to)?|reserved for)[^.]{0,20}(subscribers|members|paying)"
            ),
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
        weak=any_of(
            r"(€|\$|£|₹|rs\.? ?|pkr ?)\d",
            r"\d+([.,]\d+)? ?(€|euros?|rs\b|rupees|rubel|рубл\w+|tl\b|روپے|रुपये|eur\b|cents)",
            r"(a|per) month|im monat|par mois|al mes|al mese|ayda|в месяц|ماہانہ|प्रति माह|شهري",
            r"(first|one|1) month|trial|monatlich|premier mois|primer mes|cancel|member(ship)?s?\b",
            r"guest passes|abonn\w+|abbona\w+|suscri\w+|подписк\w+|abone\w*|رکن|اشتراک|ممبر|सदस्य",
            r"(log|sign) in|anmelden|se connecter|inicia sesión|accedi|войдите|لاگ ان|लॉग इन",
            r"subscri(be|ption)|unlimited (digital )?access|cancel any ?time",
            r"(per|a|/) ?(week|month|year)\b|free trial|start your trial|\babo\b|abonnement",
            r"monatlich kündbar|jederzeit kündbar|s.abonner|sans engagement|suscríbete|abbonati",
            r"سبسکر|رکنیت",
        ),
        title=any_of(
            r"(?!)",
        ),
        under_news=True,
        most_words=180,
        beside=100,
    ),
)
