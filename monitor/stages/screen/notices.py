"""How notices talk that stand in place of a page, in the languages the feeds lead to.

Patterns run over case-folded text with straight apostrophes, sentence by sentence. A phrase alone
decides nothing: ``screen`` weighs it against what else the page says.
"""

from __future__ import annotations

from monitor.stages.screen.kinds import Family, Kind, any_of

NOTICES = (
    Family(
        kind=Kind.MISSING,
        what="the page is gone: the server answers with a notice",
        strong=any_of(
            (
                r"(articolo|contenuto|pagina|indirizzo|articl\w+|conteúdo|página|pagina"
                r")[^.]{0,80}(rimoss\w+|cambiat\w+|removid\w+|mudou|niet (meer|gevonden)"
                r"|verwijderd)"
            ),
            r"(leads?|goes|points) nowhere|(been )?mistyped|non disponibile|(there )?used to be a",
            (
                r"(link|page|story|article|content|item|video|post|address|url)[^.]{0,80}(withdrawn"
                r"|taken down|unpublished|archived|retired|does not exist|broken|out of date"
                r"|renamed|vanished|disappeared)"
            ),
            (
                r"(nothing|no (page|article|story|content|results?)) (was |were |has been )?(found"
                r"|here|exists|matche\w+)"
            ),
            r"not be found|isn't here|is not here|no such (page|article|story|address)",
            r"lost (its|your|the) way|wrong (address|turn|url)",
            (
                r"(seite|inhalt|artikel|beitrag|adresse|link)[^.]{0,80}(gibt es nicht|nicht mehr"
                r"|existiert|umgezogen|verschoben|gelöscht|entfernt|fehlerhaft|veraltet)"
            ),
            (
                r"(page|contenu|article|lien|adresse)[^.]{0,80}(n'existe|n'est plus|supprimé"
                r"|déplacé|introuvable|changé d'adresse|retiré|expiré)"
            ),
            (
                r"(página|noticia|artículo|contenido|enlace|dirección)[^.]{0,80}(borrad|eliminad|ya"
                r" no|no existe|cambiado|movid|mal escrit|caducad|no se (ha )?encontr)"
            ),
            r"no (encontramos|hemos encontrado|se ha encontrado)",
            (
                r"(pagina|articolo|contenuto|indirizzo)[^.]{0,80}(rimoss|non (esiste|è più)|spostat"
                r"|eliminat)"
            ),
            (
                r"(sayfa|haber|içerik|bağlantı|adres)\w*[^.]{0,80}(silin|kaldırıl|taşın|bulunam"
                r"|mevcut değil|ulaşılam|değişmiş)"
            ),
            (
                r"(страниц\w+|материал\w*|статья|новость|ссылк\w+|адрес)[^.]{0,80}(удал[её]н|не"
                r" (найден|существует)|перемещ|устарел|недоступ|снят)"
            ),
            (
                r"(الصفحة|المقال|المحتوى|الرابط|الخبر)[^.]{0,80}(غير موجود|حذف|لم يعد|تعذر|نقل|غير"
                r" متاح|غير صحيح)"
            ),
            r"لم (نتمكن|يتم) [^.]{0,30}العثور",
            (
                r"(صفحہ|خبر|مضمون|پتہ|لنک)[^۔]{0,80}(ہٹا|حذف|موجود نہیں|نہیں (مل|ملی|ملا)|تبدیل ہو"
                r"|منتقل|دستیاب نہیں)"
            ),
            (
                r"(صفحه|خبر|مطلب|پیوند|نشانی)[^.]{0,80}(حذف|یافت نشد|پیدا نشد|وجود ندارد|منتقل"
                r"|موجود نیست)"
            ),
            r"(مخ|پاڼه|خبر|مطلب|پته)[^.]{0,80}(شتون نه|لرې شو|ونه موندل|نه موندل|پاکه? شو|بدله شو)",
            r"(पृष्ठ|पेज|लेख|खबर|लिंक|पता)[^।]{0,80}(नहीं मिल|मौजूद नहीं|हटा|बदल|उपलब्ध नहीं)",
            (
                r"(page|article|story|content|url|address|link|file|resource)[^.]{0,60}(not (be "
                r")?found|cannot be found|can.?t be found|couldn.?t be found|(does not|doesn.?t|no"
                r" longer) exists?|no longer (available|exist)|(has|have) (been )?(moved|removed"
                r"|deleted|expired)|is (missing|gone))"
            ),
            (
                r"(can.?t|cannot|couldn.?t|could not|unable to) (seem to )?find (the|that|this|what"
                r")[^.]{0,20}(page|article|story|looking|for)"
            ),
            r"page (you (were|are|requested|tried|wanted)|not found)|(error|fehler|erreur) 404",
            r"404 (error|not found|page)",
            r"seite[^.]{0,60}(nicht (gefunden|verfügbar)|existiert nicht)|nicht gefunden werden",
            r"page[^.]{0,60}(introuvable|n.existe (pas|plus))",
            r"página[^.]{0,60}(no (encontrada|existe|está disponible)|não (encontrada|existe))",
            r"pagina[^.]{0,60}(non (trovata|esiste|è)|niet gevonden|bestaat niet)",
            r"страниц\w+[^.]{0,40}не (найдена|существует)|nie znaleziono|nie istnieje",
            r"صفحہ[^۔]{0,40}(نہیں مل|موجود نہیں|دستیاب نہیں)",
            r"صفحه[^.]{0,60}(یافت نشد|وجود ندارد|پیدا نشد)|(پاڼه|مخ)[^.]{0,40}ونه موندل",
            r"الصفحة[^.]{0,60}(غير موجودة|لم يتم العثور)|sayfa[^.]{0,40}bulunamadı",
        ),
        weak=any_of(
            r"accueil|portada|homepage|front page|home page|главн\w+|ana sayfa|होम|मुखपृष्ठ",
            r"کور پاڼ|الرئيسية|صفحه (نخست|اصلی)|search|suche|recherche|buscador|búsqueda|поиск",
            r"arama|تلاش|جستجو|بحث|खोज|لټون|not authorized|unpublished|withdrawn|redirected",
            r"(latest|other|these) (stories|news|articles|links)|most (read|popular)|\b404\b",
            r"(go|back|return) (to|home|back)[^.]{0,20}(home|page|homepage)?",
            r"(try|use) (a |the |our )?search|check the (url|address|spelling)|mistyped",
            r"broken link|outdated link|startseite|page d.accueil|página (principal|de inicio)",
            r"ہوم پیج|صفحه اصلی",
        ),
        title=any_of(
            r"oops|hoppla|removed|gone|expired|unavailable|fehlt|supprimé|perdue?|perdido",
            r"bulunamadı|नहीं मिला|موجود نہیں|ونه موندل|پیدا نشد|لم يتم العثور|erreur|fehler",
            r"\b(404|410)\b|not found|page (missing|unavailable)|doesn.t exist|nicht gefunden",
            r"introuvable|no encontrada|non trovata|не найдена|نہیں ملا|یافت نشد|غير موجودة",
        ),
        most_words=250,
        beside=70,
    ),
    Family(
        kind=Kind.MAINTENANCE,
        what="the site is closed for maintenance or out of order",
        strong=any_of(
            r"index of /|parent directory|last modified|(apache|nginx|lighttpd|iis)/\d|on its way",
            r"(new|last touches)[^.]{0,40}(site|website|home|look)|be the first to|stack ?trace",
            r"exception in|notify me|success\w+ installed|further configuration",
            r"default (web ?)?page|it works!|test page|placeholder page",
            r"no (web ?)?site (is )?(configured|here)",
            r"domain( name)?[^.]{0,40}(parked|for sale|expired|registered|available|pending)",
            r"buy this domain",
            (
                r"(this|the) (site|account|domain|service|website)[^.]{0,30}(suspended|expired"
                r"|deactivated|discontinued|offline)"
            ),
            r"data ?base (connection|error|server)|connecting to the database",
            r"establishing a database|(internal|temporary) (server )?error|gateway time-?out",
            r"bandwidth (limit|exceeded)|resource limit",
            r"(coming|launching|opening|returning) (back )?(very )?(soon|shortly)",
            r"under construction|(be|are|is) back (online|soon|shortly|at|by|from|in)",
            r"back (online|up|with you)",
            (
                r"(our|the|this) (site|website|pages|systems?|servers?|platform|portal"
                r")[^.]{0,60}(moving|upgrad\w+|updat\w+|migrat\w+|rebuil\w+|renew\w+|being"
                r" (improved|repaired|rebuilt)|relaunch\w*|overhaul\w*)"
            ),
            r"we are (moving|upgrading|updating|rebuilding|carrying out|working on)|gewartet",
            r"wartung|umbau|gleich wieder|in kürze|momentan nicht|steht[^.]{0,40}zur verfügung",
            r"fait peau neuve|(nous )?(revenons|serons de retour)|mise à jour|momentanément",
            r"(rétabli|remis en ligne)|(en|por) mantenimiento|volve(mos|remos)|mejorando",
            r"in manutenzione|torniamo|bakım(da|ı|a)?\b|geri döneceğiz",
            r"(kısa süre|birazdan|yakında)[^.]{0,40}(döne|hizmet)",
            r"(технические|профилактические|ведутся) работы|скоро верн|صيانة|سنعود|نعمل على",
            r"به ?روز ?رسانی|به ?زودی|در (حال|دست) (تعمیر|ساخت|بروز|به)|اپ گریڈ|عارضی طور|جلد واپس",
            r"تکنیکی خرابی|مرمت|रखरखाव|मेंटेनेंस|जल्द (ही )?(वापस|लौट)|तकनीकी (खराबी|कारण)|ترمیم",
            r"ژر بېرته",
            (
                r"(scheduled|planned|routine|undergoing|under|for|performing|perform)( some|"
                r" scheduled| planned| essential| routine)* maintenance"
            ),
            r"(we will|we.ll|will) be (right )?back (soon|shortly|online|up)",
            r"back online (shortly|soon|as soon)",
            (
                r"(site|website|service|page|server)[^.]{0,30}(temporarily|currently) (unavailable"
                r"|offline|down|closed|unable)"
            ),
            r"(service|server|site)( is)? (temporarily )?unavailable",
            r"experiencing technical (difficulties|problems)|wartungsarbeiten|in kürze wieder",
            r"vorübergehend nicht (erreichbar|verfügbar)|(en|de) maintenance",
            r"de retour (bientôt|sous peu)|en mantenimiento|technisch\w+ (onderhoud|wartung)",
            r"техническ\w+ (работ|обслуж)|(ویب سائٹ|سائٹ)[^۔]{0,40}(مرمت|دیکھ بھال|بند ہے)",
            r"در دست تعمیر|تحت الصيانة",
        ),
        weak=any_of(
            r"thank you|merci|danke|gracias|grazie|teşekkür|спасибо|شکریہ|شكرا|धन्यवाद|تشکر|مننه",
            r"inconvenience|bear(ing)? with us|understanding|désagrément|verständnis|molestias",
            r"disagio|неудобств|زحمت|खेद|अسف|hosting|provider|registrar|owner|nginx|apache|plesk",
            r"cpanel|iis\b|wordpress|configuration|apologi[sz]e|sorry for (the|any)|patience",
            r"try again (later|in)|check back|error 50\d|50[0-4] |unannehmlichkeiten|geduld",
            r"veuillez réessayer|disculpe|معذرت|پوزش",
        ),
        title=any_of(
            r"under construction|coming soon|suspended|for sale|parked",
            r"welcome to (nginx|caddy|apache)|default page|error establishing|database|apache2",
            r"it works|account suspended|index of|entretien|umbau|bakım|технические работы|صيانة",
            r"تعمیر|रखरखाव|maintenance|back (soon|shortly)|unavailable|technical difficulties",
            r"\b50[0-4]\b|bad gateway|wartung|mantenimiento|manutenzione|مرمت",
        ),
    ),
    Family(
        kind=Kind.LEGAL,
        what="the page is closed to visitors from here",
        strong=any_of(
            r"take-?down (notice|request|order)|\bdmca\b|digital millennium|at the request of"
            r" (its|the)",
            r"(copyright|trademark|intellectual property) (act|owner|claim|complaint|infring\w+)",
            r"(banned|blocked|prohibited) (in \w+ )?(as per|by|under|on) (the )?(\w+"
            r" )?(instruction|order"
            r"|direction|law|act|pta|authorit)\w*|\bpta\b",
            r"(not|un)[ -]?(be )?(in|available in|for|outside) (your|this) (area|country|region)",
            r"may be (seen|watched|shown) [^.]{0,80}only",
            r"(cumplimiento|virtud) de[^.]{0,40}(resolución|orden|ley)",
            r"(acceso|dominio)[^.]{0,80}(suspendid|bloquead|restringid)|requerimiento",
            r"autoridad competente|made unavailable|advice of (our|its) lawyers|complaint by",
            (
                r"access to (this|the) (\w+ )?(web ?site|site|page|content|resource|domain|service"
                r"|url)[^.]{0,80}(blocked|restricted|disabled|denied|prohibited|prevented|barred"
                r"|limited|forbidden|suspended)"
            ),
            (
                r"(site|page|content|url|domain|video|programme|article|website|material"
                r")[^.]{0,120}(blocked|prohibited|restricted|withheld|inaccessible|banned|disabled"
                r"|seized|unavailable|not available|removed)[^.]{0,140}(court|order|authorit|law"
                r"|legal|government|directi|regulat|countr|\bact\b|ministry|region|territor"
                r"|jurisdiction|licen|rights|pursuant|viewership|injunction|sanction)"
            ),
            (
                r"(legal|court|government|lawful) (demand|request|order|complaint|notice|process"
                r"|reasons)"
            ),
            r"order of (the|a) [^.]{0,20}court|by order of|in compliance with|pursuant to",
            r"injunction",
            r"(rights|licen[cs]ing|copyright) (agreements?|restrictions?|reasons|holders?|terms)",
            (
                r"(your|this|certain|some) (current )?(location|country|countries|region|territory"
                r"|territories|jurisdiction)"
            ),
            r"outside (the|of the|these|them|your)|geo[- ]?(block|restrict)\w*",
            (
                r"(prohibited|banned|blocked|restricted)[^.]{0,60}(from within|viewership|in (your"
                r"|this) (country|region))"
            ),
            r"seized (by|pursuant)|telecommunication(s)? (authority|regulat)",
            r"department of telecommunications",
            r"доступ[^.]{0,80}(ограничен|заблокирован|запрещ|закрыт)",
            r"(роскомнадзор|реестр\w*|федеральн\w+ закон)",
            r"недоступ\w+ (в|на) (вашем|вашей|территории)|erişim\w*[^.]{0,80}engel\w*",
            r"engellenmiştir|mahkeme[^.]{0,40}karar|ülkeniz\w*",
            r"in (ihrem|deinem|diesem) (land|region|gebiet)|(aus )?(lizenz|urheber)?rechtlichen",
            r"gesperrt|gerichtlich\w*|(dans|depuis) votre (pays|région|zone)",
            r"décision (de justice|judiciaire)|droits de diffusion|raisons (légales|juridiques)",
            r"(en|desde) (tu|su) (país|región|zona)|(orden|resolución|mandato) judicial",
            r"(motivos|razones) legales|derechos de (emisión|autor)|nel (tuo|suo) paese",
            r"ordine (del|dell'autorità)|motivi legali|محجوب|حجب|(في|من) (بلدك|منطقتك|دولتك)",
            r"أمر (قضائي|المحكمة)|أسباب قانونية",
            r"(دسترسی|سایت|وبگاه)[^.]{0,80}(مسدود|محدود|فیلتر|امکان ?پذیر ن)",
            r"(دستور|حکم) (قضایی|دادگاه|مقام)|مصادیق|در (کشور|منطقه)",
            r"رسائی[^۔]{0,80}(روک|بند|محدود|ممکن نہیں|ممنوع)",
            r"(ملک|خطے|علاقے|پاکستان) (میں|سے)[^۔]{0,20}(دستیاب نہیں|ممنوع|بلاک)",
            r"(عدالت|اتھارٹی|پی ٹی اے|حکومت)[^۔]{0,40}(حکم|ہدایت)|بلاک کر|قانونی وجوہات",
            r"(अवरुद्ध|ब्लॉक|प्रतिबंधित)|(देश|क्षेत्र|इलाके) में उपलब्ध नहीं",
            r"(न्यायालय|अदालत|सरकार|विभाग)[^।]{0,40}(आदेश|निर्देश)",
            r"(لاسرسی|پاڼه|سایټ)[^.]{0,60}(بند|محدود|منع)|(محکمې|حکومت)[^.]{0,30}(امر|حکم)",
            (
                r"(un|not )available (in|to|for|from)( users| visitors| readers)?[^.]{0,20} (your"
                r"|most|this) (country|region|location|area|european)"
            ),
            r"(unavailable|blocked|restricted)[^.]{0,30} (for|due to) legal reasons",
            (
                r"(european economic area|european union|\beea\b|\beu\b)[^.]{0,160}(access"
                r"|unavailable|not available|cannot)"
            ),
            r"access cannot be granted|general data protection regulation",
            r"(cannot|can.?t|unable to) (be )?(grant|provide|offer|serve)[^.]{0,40}(access|eu)",
            r"in (ihrem|deinem) land nicht verfügbar|rechtlichen gründen",
            r"pas (disponible|accessible) dans votre (pays|région)",
            r"no (está )?disponible en su (país|región)|آپ کے (ملک|علاقے|خطے) میں دستیاب نہیں",
            r"در (کشور|منطقه) شما",
        ),
        weak=any_of(
            r"proxy|vpn|private network|copyright|licen[cs]e|rights|\bact\b|section \d+",
            r"article \d+|law no|кодекс|закон\w*|kanun\w*|قانون|कानून|اتھارٹی|block(ed|ing)?",
            r"restrict\w+|withheld|prohibit\w+|censor\w*|seized|filtered",
            r"(high|supreme|district|federal|civil) court|authority|regulator|ministry|department",
            r"government|\bgdpr\b|\bdsgvo\b|\brgpd\b|\b451\b|your (country|region|location)",
            r"legal reasons|european (economic|union)",
        ),
        title=any_of(
            r"block(ed|ing)|restrict|withheld|unavailable|legal|seized|forbidden|surf safely|court",
            r"region|your (country|location)|gesperrt|nicht verfügbar|indisponible|no disponible",
            r"erişim|доступ|ограничен|رسائی|دسترسی|مسدود|محجوب|अवरुद्ध|دستیاب نہیں|\b451\b",
            r"legal reasons|not available in|geo.?block|gdpr",
        ),
    ),
    Family(
        kind=Kind.SCRIPT,
        what="the page shows nothing without JavaScript",
        strong=any_of(
            r"scripts?[^.]{0,40}(switched|turned|blocked|disabled|enabled|off\b|on\b)",
            r"(switch|turn)(ed)?[^.]{0,20}(java ?)?scripts?",
            (
                r"(java ?script|js)\b[^.]{0,80}(enable|activ|einschalt|ausgeschalt|aktiv|activ"
                r"|désactiv|désactivé|autoris|habilit|fonctionn|désactivado|gerek|etkin|включ"
                r"|отключ|abilit)"
            ),
            (
                r"(enable|activate|turn on|allow|aktiv\w+|activ\w+|habilit\w+|abilit\w+|включ\w+"
                r"|etkinleştir\w*)[^.]{0,40}(java ?script|js\b|scripts?)"
            ),
            r"besoin de java ?script",
            (
                r"browser[^.]{0,60}(out ?-?of ?-?date|not support|unsupported|outdated|too old|does"
                r" not have|old version|veraltet|nicht unterstützt)"
            ),
            (
                r"(current|latest|modern|newer|recent|supported) (version of )?(\w+ )?(browser"
                r"|chrome|firefox|edge|safari)"
            ),
            (
                r"(navigateur|navegador|tarayıcı\w*|браузер\w*)[^.]{0,60}(obsol|trop ancien|pas (à"
                r" jour|pris)|no es compatible|desactualizad|antigu|desteklen|güncel|устарел|не"
                r" поддержива)"
            ),
            r"جاوا ?اس?ک?ر?ی?پ?ٹ?ت? ?(فعال|کو)|(تفعيل|تمكين|فعل) [^.]{0,20}(جافا|javascript)",
            r"جافا ?سكريبت|जावास्क्रिप्ट|جاواسکریپت|ब्राउज़र[^।]{0,40}(पुराना|समर्थ)",
            r"^\W*(still )?loading|(please wait|one moment|hang on)[^.]{0,30}|chargement",
            r"wird geladen|cargando|yükleniyor|загрузка|لوڈ ہو|در حال بارگ|جاري التحميل|लोड हो",
            r"something went wrong",
            r"(page|content|app) (failed|could not|couldn't|did not|didn't) (to )?load",
            r"(try|please) (reloading|refreshing)|reload the page|an (unexpected )?error occurred",
            r"(enable|activate|turn on|allow) java ?script",
            (
                r"java ?script (is |to be |must be |has been |appears to be )?(enabled|required"
                r"|disabled|turned off|needed|not enabled)"
            ),
            r"(requires|require|needs|need|without) java ?script",
            r"(aktivieren sie|bitte aktiviere|aktivier\w+) (bitte )?java ?script",
            r"java ?script (aktivieren|muss|ist (deaktiviert|erforderlich))",
            r"(activer|activez) (le )?java ?script|(habilit|activ)\w+ java ?script",
            r"(update|upgrade) (your|to a (modern|newer|different)) (web )?browser",
            r"(your )?browser (is )?(not supported|out ?dated|unsupported|too old)|جاوا ?اسکرپٹ",
            r"جاوا ?اسکریپت|включите javascript",
        ),
        weak=any_of(
            r"extensions?|ad ?block\w*|\bapp\b|application|scripts?\b|java ?script|\bbrowser\b",
            r"\bloading\b|wird geladen|chargement|cargando|لوڈ ہو|refresh|reload",
        ),
        title=any_of(
            r"java ?script|unsupported browser|^loading",
        ),
        most_words=150,
        beside=35,
    ),
)
