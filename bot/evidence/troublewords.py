"""Words that speak of trouble, in the languages of tools and of people, and what takes it back."""

import re
from typing import Final

#: What a program prints when something went wrong.
_ENGLISH: Final = (
    r"fail(?:s|ed|ing|ures?)?|errors?|err|fatal|panic|refused|rejected|denied|denies|forbidden"
    r"|unauthori[sz]ed|blocked|blocking|dropped|drops|prohibited|not (?:allowed|permitted)"
    r"|tim(?:ed|es|ing)[ -]?out|time-?outs?|(?:un|not )reachable|not respond\w*|never (?:returns?"
    r"|answers?|replies|responds?)|no (?:route|response|answer|reply|connection|such)"
    r"|resets?|aborted|abort|broken pipe|unexpected(?:ly)? (?:eof|end|close)\w*|eof occurred"
    r"|could ?n[o']t|could not|can ?not|can't|unable|impossible|not found|unknown host"
    r"|unresolved|unresolvable|mismatch\w*|invalid|expired|untrusted|not (?:trusted|valid|ok)"
    r"|self[- ]signed|not verified|unverified|lost|loss|offline|(?:is|are|went) down|unavailable"
    r"|unhealthy|critical|nxdomain|servfail|syn[-_]sent|filtered|nok|0 (?:packets )?received"
    r"|(?:do|does|did|is|are)(?:n[o']t| not) work\w*|bad gateway|too many redirects"
    r"|killed|terminated|hung|hangs|hanging|stalled|gave up|giving up|violat\w*|captive"
    r"|no peer certificate|0 successful|alert number \d+"
)
_GERMAN: Final = (
    r"fehler\w*|fehlgeschlagen|schl.{1,2}gt fehl|verweigert|abgelehnt|abgelaufen|geblockt"
    r"|zeit.{1,2}berschreitung\w*|gesperrt|blockiert|zur.{1,2}ckgewiesen|ung.{1,2}ltig\w*"
    r"|nicht (?:erreich\w+|gefunden|m.{1,2}glich|aufgel.{1,3}st|bekannt|verf.{1,2}gbar)"
    r"|(?:geht|gehen|funktionier\w+|klappt|kommt|l.{1,2}uft) (?:\w+ ){0,3}nicht\b"
    r"|kein\w? (?:antwort|verbindung|route)|h.{1,2}ngt|timeout\w*"
)
_ROMANCE: Final = (
    r"[eé]chec|[eé]choue\w*|erreur\w*|refus\w*|injoignable|expir[eé]es?\b(?<!expires)|introuvable"
    r"|interdit\w*|d[eé]pass[eé]e?|bloqu[eé]e?s?|rejet[eé]e?|ne (?:marche|fonctionne|r[eé]pond) pas"
    r"|rechaz\w*|denegad\w*|agotad\w*|fall[oóa]\b|inalcanzable|inaccesible|caducad\w*"
    r"|no (?:se puede|se pudo|funciona|responde)|bloquead\w*|falh\w+|erro|recusad\w*|esgotad\w*"
    r"|inacess.{1,2}vel|expirad\w*|n.{1,2}o (?:foi poss.{1,2}vel|funciona|responde)"
    r"|errore|rifiutat\w*|scadut\w*|non (?:raggiungibile|funziona|risponde)|impossibile|fallit\w*"
)
_OTHERS: Final = (
    r"fout(?:en|melding)?|mislukt|geweigerd|verlopen|onbereikbaar|niet (?:bereikbaar|gevonden)"
    r"|b[lł][aą]d\w*|odrzucon\w*|nieosi[aą]galn\w*|misslyckades|avvisad"
)
#: Scripts without word boundaries that a pattern could ask for.
_SCRIPTS: Final = (
    r"ошибк|отказ|недоступ|превышен|истекл|не удалось|невозможно|запрещ|сбой|не работает"
    r"|エラー|失敗|拒否|タイムアウト|到達でき|見つかりません|期限切れ|できません"
    r"|错误|失败|拒绝|超时|无法|过期|不可达|找不到|錯誤|逾時|無法|오류|실패|거부|시간 초과|만료"
    r"|[❌✗✘⛔]"
)
#: Names of classes and errors, which only count as programs write them.
_NAMES: Final = (
    r"(?-i:\b[A-Za-z]*[a-z](?:Error|Exception|Timeout)\b|\bE(?:CONN|HOST|NET|TIMEDOUT|AI_|NOTFOUND"
    r"|PROTO|PIPE|ACCES|ADDR)\w*|\bERR_\w+|\bKO\b|\bDOWN\b|\bREJECT\b|\bDROP\b|\bNG\b)"
)
TROUBLE: Final = re.compile(
    rf"\b(?:{_ENGLISH}|{_GERMAN}|{_ROMANCE}|{_OTHERS})\b|{_SCRIPTS}|{_NAMES}", re.IGNORECASE
)
#: A status or an exit code of a program that did not succeed, in whatever shape.
CODE: Final = re.compile(
    r"\b(?:http\S{0,12}|status|code|response|answer(?:ed)?|returned|got|result)\W{0,4}"
    r"(?:code\W{0,3})?(?:[45]\d\d|000)\b"
    r"|\b(?:exit(?:ed)?|rc|ret|errorlevel|exit ?(?:code|status)|return code|returned)"
    r"(?: with)?(?: (?:code|status))?\W{0,3}(?:[1-9]\d?|1[2-4]\d)\b(?![.:]\d)"
    r"|^\W{0,3}(?:[45]\d\d|000)\W{0,3}$|^\W{0,3}(?:fail\w*|false)\W{0,3}$",
    re.IGNORECASE,
)

_NOTHING: Final = r"(?:0|no|zero|without(?: any)?|keine?n?|ohne|sans|aucune?|sin|senza|sem|geen)"
_NOT: Final = r"(?:not|n't|never|nothing|nicht|nichts|no longer|pas|kein\w*|none|nobody|noone)"
_COUNTED: Final = (
    r"(?:errors?|errs?|failures?|failed|fails?|lost|loss|dropped|timeouts?|fehlern?|erreurs?"
    r"|verloren|perdus?|perdidos|perte|[eé]checs?|errores|paketverlust|issues?|problems?)"
)
#: Good news in the same words: nothing lost, no errors, not blocked; and settings.
HARMLESS: Final = re.compile(
    rf"\b0(?:[.,]0+)?\s?%\s*\)?(?:\s?(?:packet|de|of|packets)\s)?\s*(?:{_COUNTED}|\w+)?"
    rf"|\(\s?0(?:[.,]0+)?\s?%[^)]*\)|\([^()%]{{0,20}}\b0(?:[.,]0+)?\s?%\)"
    rf"|\b{_NOTHING}\s+(?:\w+\s+){{0,2}}?{_COUNTED}\b"
    rf"|{_COUNTED}\W{{0,3}}[:=]\s*(?:0\b(?!\.\d*[1-9])|\[\s?\]|\"\"|''|null|nil|none|false|no\b)"
    rf"|\b\S*error\S*\"?\s*[:=]>?\s*(?:0\b|null|nil|none|\"\"|\[\s?\])"
    rf"|{_NOT}\s+(?:\w+\s+){{0,3}}?(?:blocked|refused|denied|rejected|expired|dropped|filtered"
    r"|lost|down|blockiert|gesperrt|geblockt|abgelaufen|bloqu\w+|intercepted|inspected)\b"
    r"|\b\w*[ _-]?time-?outs?\w*\W{0,3}[:=]\s*\d+\S*|\btime-?out \d+\w*"
    r"|\b[\w./-]*error\w*\.\w{2,4}\b"
    r"|\b(?:keep-?alive|session|idle|connect|read|proxy)[ _-]timeout\b"
    r"|\bnot valid (?:before|after)\b|\bhttp error 3\d\d\b|verify return code: 0 \(ok\)"
    r"|dropped privs|left intact|\[filtered\]",
    re.IGNORECASE,
)


def trouble_in(text: str) -> re.Match[str] | None:
    """The first word or code in a line that speaks of trouble and is not taken back beside it."""
    plain = HARMLESS.sub(" ", text) if HARMLESS.search(text) else text
    return TROUBLE.search(plain) or CODE.search(plain)
