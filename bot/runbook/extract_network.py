"""Addresses, status codes, resolvers, proxies and issuers that stand in a ticket's text."""

import ipaddress
import re
from collections.abc import Iterable
from typing import Final

from bot.runbook.passages import Passage

_V4: Final = re.compile(r"(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\d{1,2}(?!\d))")
_V6: Final = re.compile(r"(?<![\w:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}?(?!\w|:[\w:])")
_STATUSES: Final = (
    r"(?:20[0-6]|30[0-8]|40[0-9]|41[0-8]|42[1-9]|431|451|49[4-9]|50[0-8]|51[01]|52[0-9]|530)"
)
_STATUS: Final = (
    re.compile(rf"\bhttp/[\d.]+\s+({_STATUSES})\b(?! connection established)"),
    re.compile(rf"\b(?:tcp|none|deny|denied)\w*/({_STATUSES})\b"),
    re.compile(
        rf"\b(?:http|status|code|código|codigo|réponse|response|antwort|statuscode|estado|statut"
        rf"|respuesta|ステータス(?:コード)?)(?:は)?[\s:='\"-]*(?:code|status)?[\s:='\"-]*({_STATUSES})\b"),
    re.compile(
        rf"(?<![\d.,:#/-])({_STATUSES})\s+(?:\"?(?:forbidden|policy|denied|blocked"
        rf"|bad gateway|service|found"
        rf"|ok\b|not found|unauthori"
        r"|too many|internal server|proxy auth|gateway|moved|payment req|unprocess"
        r"|sign_in|error|page"
        r"|fehler|from proxy|auf\b|on /|response|redirect|temporary|permanent))"
    ),
    re.compile(
        r"(?:curl|http|error|erreur|fehler|page|seite|status|proxy|portal|admin|finally|bringt"
        r"|returns?|returned|gives?|liefert|get|got|answers?|antwortet|responde|répond"
        rf"|renvoie|devuelve|エラー"
        rf"|whoops)[^.\n]{{0,40}}?(?<![\d.,:#/a-z-])({_STATUSES})(?![\d.,:/-]*\d)"
        r"(?!\s*(?:ms|s\b|sec|mb|kb|gb|users?|seats?|nutzer|benutzer|days?|min|bytes"
        r"|utilisateurs|usuarios|名|人|%|licen|lizenz))"
    ),
    re.compile(r"\((30[1278]|40[1-9]|42[29]|50[234])\)"),
    re.compile(rf"(?<![\d.,:/-])({_STATUSES})\s?(?:zurück\b|en retour\b|de vuelta\b|が返)"),
    re.compile(
        r"\b(?:says?|said|throws?|threw|meldet|wirft|lance|lanza|dice)\b[^.\n\d]{0,12}?"
        rf"({_STATUSES})(?![\d.,:/-]*\d)(?!\s*(?:users?|seats?|nutzer|%|licen|lizenz))"
    ),
    re.compile(
        r"(?:with|mit|avec|con) (?:a |an |einem |un )?"
        r"(200|30[127]|40[34]|50[0234])(?=[\s.,;)]*(?:\n|$))"
    ),
    re.compile(
        rf"(?:^|\n)\s*({_STATUSES})\s+(?:with|from|policy|mit|von|avec|con|denied)\b"
    ),
    re.compile(
        rf"(?<![\d.,:/-])({_STATUSES})\s*(?:er\b|エラー|on /|auf /|sur /|en /|when|beim|lors|al )"
    ),
)  # fmt: skip
_IP: Final = r"((?:\d{1,3}\.){3}\d{1,3}|[0-9a-f:]{3,39})"
_RESOLVER: Final = (
    re.compile(rf";; server:\s*{_IP}#\d+"),
    re.compile(rf"communications error to {_IP}#\d+"),
    re.compile(rf"\bnameserver\s+{_IP}"),
    re.compile(rf"->{_IP}:53\b"),
    re.compile(
        rf"(?:servidor(?:es)? de nombres|serveurs? de noms?|namens?server|ネームサーバー?)"
        rf"(?:\s*(?:es|est|ist|son|sont|は|:|=|\())*\s*{_IP}"
    ),
    re.compile(rf"(?:dig|host|nslookup)\b[^\n]{{0,80}}?@{_IP}"),
    re.compile(rf"(?:servfail|nxdomain|refused|timed out)[^\n]{{0,80}}?\bfrom {_IP}"),
    re.compile(rf"(?:^|\s)(?:dns )?server:\s+(?:[\w.-]+\s+address:\s+)?{_IP}"),
    re.compile(rf"using domain server:.{{0,80}}?address:\s*{_IP}"),
    re.compile(
        r"(?:resolver|name ?server|dns[ -]?servers?|nameserver|serveur dns|servidor dns"
        r"|dnsサーバー?|our dns|internal dns|dns)"
        rf"(?:\s*(?:is|at|are|ist|est|es|auf|ip|address|adresse|は|:|=|\())*\s*{_IP}"
    ),
)  # fmt: skip
_SINKHOLE: Final = "0.0.0.0"  # noqa: S104  an answer, never a resolver
_HOST: Final = r"[a-z0-9_](?:[\w.-]{0,200}\w)?"
_PROXY_PORTS: Final = (
    r"(?:3128|3129|8080|8081|8000|8888|9090|1080|8118|9400|9480|9443|10080|800[1-9])"
)
_PROXY: Final = (
    re.compile(
        rf"\b(?:https?|all|ftp)_proxy['\"\]\s:=>]{{1,8}}['\"]?(?:https?://"
        rf"|socks5h?://)?(?:[^\s@/'\"]*@)?({_HOST}:\d{{2,5}})"),
    re.compile(rf"https?://(?:[^\s@/'\"]*@)?({_HOST}:{_PROXY_PORTS})\b"),
    re.compile(
        rf"prox(?:y|ies)\b[^\n]{{0,60}}?(?<![\w./:@-])(?:https?://)?"
        rf"(?:[^\s@/'\"]*@)?({_HOST}\.[\w.-]*\w:\d{{2,5}})"),
    re.compile(rf"(?<![\w./@-])({_HOST}\.[\w.-]*\w:{_PROXY_PORTS})(?!\d)"),
    re.compile(r"(?<![\w./@:-])([\w.-]*proxy[\w.-]*:\d{2,5})(?!\d)"),
)  # fmt: skip
_PROXY_APART: Final = re.compile(
    rf"(?:failed to connect to|prox(?:y"
    rf"|ies)[^\n]{{0,40}}?)\s*({_HOST}\.[\w-]+)[\s,]+(?:on )?port\s+(\d{{2,5}})"
)
_PROXY_ALONE: Final = re.compile(rf"resolve (?:host:? )?\(?proxy:?\s+({_HOST})(?![\w:])")
_ISSUER: Final = (
    re.compile(r"\bissuer\s*[=:]\s*(?P<name>[^\n]{3,140})"),
    re.compile(r"\bissuer\b[^\n=]{0,40}?(?P<name>\b(?:cn|o|c)\s?=[^\n]{3,140})"),
    re.compile(r"^\s*i:(?P<name>[^\n]{3,140})", re.MULTILINE),
    re.compile(
        r"(?:issued by|issuer (?:is|shows|was|says)\b|signed by|ausgestellt (?:von|durch)"
        r"|aussteller(?: ist)?:?"
        r"|émis par|émetteur(?: est)?:?|emitido por|emisor(?: es)?:?"
        r"|発行者(?:は|:)?|発行元(?:は|:)?)"
        r"\s*[\"']?(?P<name>[^\n\"',;.()]{3,80})"
    ),
)  # fmt: skip
_BRAND: Final = re.compile(
    r"zscaler|palo alto|fortinet|fortigate|netskope|blue ?coat|forcepoint|websense|umbrella|sophos"
    r"|mcafee|check ?point|barracuda|iboss|cloudflare gateway|watchguard|squid[^\n]{0,10}ca|skyhigh"
)
_CERT_WORD: Final = re.compile(
    r"certificat|zertifikat|certificado|証明書|issuer|inspect|inspek|\bca\b|tls|ssl"
)
PORTAL: Final = re.compile(r"^customers\.(?:gitlab|example_company)\.com(?::|$)")


def find_ips(passage: Passage) -> Iterable[str]:
    """Return addresses; version numbers and times are none."""
    for pattern in (_V4, _V6):
        for match in pattern.finditer(passage.plain):
            text = match.group()
            before = passage.plain[max(0, match.start() - 9) : match.start()]
            if is_address(text) and "version" not in before:
                yield text


def is_address(text: str) -> bool:
    """Is this an IPv4 or IPv6 address?"""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return text != "::"


def find_http_status(passage: Passage) -> Iterable[str]:
    """Return status codes where the words around them make them one."""
    for pattern in _STATUS:
        for match in pattern.finditer(passage.plain):
            yield match.group(1)


def find_dns_servers(passage: Passage) -> Iterable[str]:
    """Return the addresses of resolvers."""
    for pattern in _RESOLVER:
        for match in pattern.finditer(passage.plain):
            if is_address(match.group(1)) and match.group(1) != _SINKHOLE:
                yield match.group(1)


def find_proxies(passage: Passage) -> Iterable[str]:
    """Return proxies as host:port, without the account in front of the host."""
    found = [match.group(1) for pattern in _PROXY for match in pattern.finditer(passage.plain)]
    if "proxy" in passage.plain:
        found += [":".join(match.groups()) for match in _PROXY_APART.finditer(passage.plain)]
    found += [match.group(1) for match in _PROXY_ALONE.finditer(passage.plain)]
    yield from (host for host in found if not PORTAL.match(host) and not host.endswith(":443"))


def find_issuers(passage: Passage) -> Iterable[str]:
    """Return who signed the certificate that was shown, as it was written."""
    found = False
    for pattern in _ISSUER:
        for match in pattern.finditer(passage.plain):
            found = True
            name = passage.text[match.start("name") : match.end("name")].split("\n")[0]
            yield " ".join(name.split()).strip(" \"'")
    if found or not _CERT_WORD.search(passage.plain):
        return
    for match in _BRAND.finditer(passage.plain):
        yield passage.text[match.start() : match.end()]
