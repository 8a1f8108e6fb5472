"""Words by which people say when something was: the present, a day in the past, an order."""

import re
from typing import Final

#: What somebody changed, so that things are before or after it.
_CHANGE: Final = (
    r"(?:\w*(?:change|upgrade|update|migration|cut-?over|maintenance|patch|reboot|restart|failover"
    r"|switch|replacement|renewal|firewall|rollout|move|rule|proxy|fix|outage)\w*)"
)
_AENDERUNG: Final = (
    r"\w*(?:update|upgrade|umstellung|[aä]nderung|wechsel|umzug|neustart|migration|umbau|wartung"
    r"|freischaltung|anpassung|austausch|firewall|regel|patch|einspielen)\w*"
)
_CHANGEMENT: Final = (
    r"\w*(?:mise [àa] jour|mise [àa] niveau|changement|migration|red[ée]marrage|bascule|maintenance"
    r"|modification|remplacement|pare-feu|proxy)\w*"
)
_CAMBIO: Final = (
    r"\w*(?:cambio|actualizaci[óo]n|migraci[óo]n|reinicio|mantenimiento|atualiza[çc][ãa]o|mudan[çc]a"
    r"|migra[çc][ãa]o|troca|manuten[çc][ãa]o|altera[çc][ãa]o|firewall|cortafuegos|proxy|rein[íi]cio)\w*"
)
_HENKOU: Final = (
    r"(?:変更|更新|アップグレード|アップデート|移行|切り?替え?|再起動|メンテナンス|交換|導入)"
)

#: It is so, or has been so since then.
NOW: Final = re.compile(
    r"\b(?:today|now|nowadays|currently|at (?:the moment|present)|these days|meanwhile"
    r"|since (?!then\b)(?:\w+ ){0,3}?\w+|as of|ever since"
    rf"|after (?:the|our|your|this|that|an?|last night's|yesterday's) (?:[\w-]+ ){{0,3}}?{_CHANGE}"
    r"|jetzt|nun|aktuell|derzeit|momentan|inzwischen|mittlerweile|seit(?:dem)?"
    rf"|nach (?:de[mrn]|einem|einer|unsere[mr]|diese[mr]) (?:[\w-]+ ){{0,2}}?{_AENDERUNG}"
    r"|aujourd'hui|maintenant|actuellement|d[ée]sormais|[àa] pr[ée]sent|depuis"
    rf"|apr[èe]s (?:la |le |les |l'|notre |une? )(?:[\w-]+ ){{0,2}}?{_CHANGEMENT}"
    r"|hoy|ahora|actualmente|hoje|agora|atualmente|oggi|adesso|ora"
    r"|desde (?:ayer|ontem|hoy|hoje|hace|h[áa]|que|entonces|ent[ãa]o"
    rf"|(?:el|la|o|a) (?:lunes|martes|mi[ée]rcoles|jueves|viernes|segunda|ter[çc]a|quarta|quinta"
    rf"|sexta|semana|{_CAMBIO}))"
    rf"|(?:despu[ée]s de(?:l| la)?|tras (?:el|la)|depois d[aeo]|ap[óo]s [ao]) (?:[\w-]+ ){{0,2}}?"
    rf"{_CAMBIO})\b"
    r"|\bheute\b(?! (?:fr[üu]h|morgen|vormittag))"
    r"|今日|本日|現在|今は|いまは|(?:昨日|先週|今朝|月曜日?|火曜日?|水曜日?|木曜日?|金曜日?)(?:から|以降)"
    rf"|{_HENKOU}(?:後|の後|してから)",
    re.IGNORECASE,
)  # fmt: skip
#: So it is, unless the sentence names a time that is over.
STILL: Final = re.compile(
    r"\b(?:still|immer noch|weiterhin|toujours|encore|todav[íi]a|a[úu]n|ainda)\b|まだ|依然",
    re.IGNORECASE,
)
#: The day itself, so that a date beside it is today's.
TODAY: Final = re.compile(r"\b(?:today|heute|aujourd'hui|hoy|hoje|oggi)\b|今日|本日", re.IGNORECASE)
#: These reach from a time that is over into the present.
SINCE: Final = re.compile(r"since|as of|seit|depuis|desde", re.IGNORECASE)
#: It stands alone before a colon, as the head of a comparison.
AFTER: Final = re.compile(
    r"^\W*(?:after(?:wards)?|new|nachher|danach|neu|apr[èe]s|despu[ée]s|depois|dopo|現状|変更後)"
    r"\W*$",
    re.IGNORECASE,
)
BEFORE: Final = re.compile(
    r"^\W*(?:before|old|vorher|zuvor|davor|alt|avant|antes|prima|変更前)\W*$"
    r"|\bbefore (?:the|our|your|this|that|an?|yesterday's|last week's) "
    rf"(?:[\w-]+ ){{0,3}}?{_CHANGE}\b"
    rf"|\bvor (?:de[mrn]|einem|einer|unsere[mr]|diese[mr]) (?:[\w-]+ ){{0,2}}?{_AENDERUNG}\b"
    rf"|\bavant (?:la |le |les |l'|notre |une? )(?:[\w-]+ ){{0,2}}?{_CHANGEMENT}\b"
    rf"|\bantes de(?:l| la)? (?:[\w-]+ ){{0,2}}?{_CAMBIO}\b"
    rf"|\bantes d[ao] (?:[\w-]+ ){{0,2}}?{_CAMBIO}\b|{_HENKOU}(?:の)?前"
    r"|\b(?:earlier|previously|formerly|recently|used to|in the past|a while ago|back then"
    r"|until (?!now\b)\w+|up to (?:yesterday|last)|originally|fr[üu]her|zuvor|vorher|damals"
    r"|ehemals|neulich|k[üu]rzlich|bis (?:gestern|vorgestern|letzte\w*|vor|zum|zur|vorige\w*)"
    r"|auparavant|pr[ée]c[ée]demment|autrefois|r[ée]cemment"
    r"|jusqu'(?:[àa] |au |en )?(?:hier|la|lundi|mardi|mercredi|jeudi|vendredi)"
    r"|anteriormente|antes|hasta (?:ayer|el|la|hace)|at[ée] (?:ontem|a|o)|recentemente)\b"
    r"|以前|前回|先日|この前|昨日まで|先週まで",
    re.IGNORECASE,
)  # fmt: skip
#: A part of today that is over.
MORNING: Final = re.compile(
    r"\bthis morning\b|\bheute (?:fr[üu]h|morgen|vormittag)\b|\bce matin\b|\besta (?:ma[ñn]ana"
    r"|manh[ãa])\b|\bhoje (?:cedo|de manh[ãa])\b|今朝",
    re.IGNORECASE,
)
#: French "hier" is German for "here": only beside French words, or with a part of the day.
_HIER: Final = (
    r"\bhier (?:soir|matin|apr[èe]s-midi)\b|\bhier\b(?= ?[,:(]?[^\n]{0,60}\b(?:[çc]a|cela"
    r"|(?:c')?[ée]tait|marchait|fonctionnait|encore|tout|avec|nous|le|la|les|depuis|sur)\b)"
)
#: Days back, for words that say it outright.
DAYS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), back)
    for pattern, back in (
        ((r"\bday before yesterday\b|\bvorgestern\b|\bavant-hier\b|\banteayer\b|\banteontem\b"
          r"|一昨日|おととい"), 2),
        ((r"\byesterday\b|\blast night\b|\bgestern\b|\bayer\b|\bontem\b|\bieri\b|\bgisteren\b"
          rf"|昨日|昨夜|{_HIER}"), 1),
        ((r"\blast week\b|\bprevious week\b|\b(?:letzte|vorige|vergangene)[rn]? woche\b"
          r"|\bsemaine (?:derni[èe]re|pass[ée]e)\b|\bsemana pasada\b|\bsemana passada\b"
          r"|\bsettimana scorsa\b|先週"), 7),
        ((r"\blast month\b|\b(?:letzten|vorigen|vergangenen) monat\b|\bmois (?:dernier|pass[ée])\b"
          r"|\bmes pasado\b|\bm[êe]s passado\b|先月"), 30),
        ((r"\blast (?:year|spring|summer|autumn|winter)\b|\b(?:letztes|voriges) jahr\b"
          r"|\bann[ée]e derni[èe]re\b|\ba[ñn]o pasado\b|\bano passado\b|去年|昨年"), 365),
    )
)  # fmt: skip
_COUNT: Final = (
    r"(?P<n>\d{1,3}|an?|one|two|three|four|a few|some|several|a couple of|einer?|einem|zwei|drei"
    r"|ein paar|einigen|wenigen|une?|deux|trois|quelques|una?|dos|tres|unos|unas|um|uma|dois|duas"
    r"|alguns|algumas)"
)
_UNIT: Final = (
    r"(?P<u>min\w*|hours?|stunden?|heures?|horas?|days?|tage?n?|jours?|d[íi]as?|weeks?|wochen?"
    r"|semaines?|semanas?|months?|monate?n?|mois|mes(?:es)?|m[êe]s|years?|jahre?n?|ans?|a[ñn]os?)"
)
AGO: Final = (
    re.compile(rf"\b{_COUNT} {_UNIT} (?:ago|earlier|before|atr[áa]s)\b", re.IGNORECASE),
    re.compile(rf"\b(?:vor|il y a|hace|h[áa]) {_COUNT} {_UNIT}\b", re.IGNORECASE),
    re.compile(r"(?P<n>\d{1,3}) ?(?P<u>分|時間|日|週間|か月|ヶ月|年)前"),
)
#: By the first letters of a unit: how many days it has.
UNITS: Final = (
    ("min", 1 / 1440), ("分", 1 / 1440), ("ho", 1 / 24), ("st", 1 / 24), ("he", 1 / 24),
    ("時間", 1 / 24), ("da", 1), ("ta", 1), ("jo", 1), ("d", 1), ("日", 1), ("we", 7), ("wo", 7),
    ("se", 7), ("週間", 7), ("mo", 30), ("m", 30), ("か月", 30), ("ヶ月", 30),
)  # fmt: skip
#: Monday first.
WEEKDAYS: Final = tuple(
    re.compile(rf"(?<![\w./-])(?:{names})(?!\.?\w)|{kanji}曜", re.IGNORECASE)
    for names, kanji in (
        (r"mon(?:day)?|montag\w?|lundi|lunes|segunda(?:-feira)?", "月"),
        (r"tue(?:s(?:day)?)?|dienstag\w?|mardi|martes|ter[çc]a(?:-feira)?", "火"),
        (r"wed(?:nesday)?|mittwoch\w?|mercredi|mi[ée]rcoles|quarta(?:-feira)?", "水"),
        (r"thu(?:rs(?:day)?)?|donnerstag\w?|jeudi|jueves|quinta(?:-feira)?", "木"),
        (r"fri(?:day)?|freitag\w?|vendredi|viernes|sexta(?:-feira)?", "金"),
        (r"sat(?:urday)?|samstag\w?|sonnabend|samedi|s[áa]bado", "土"),
        (r"sun(?:day)?|sonntag\w?|dimanche|domingo", "日"),
    )
)
