"""What did Windows say? Test-NetConnection, Resolve-DnsName, Invoke-WebRequest."""

import re

from bot.evidence.addresses import addresses_in, worst_cause
from bot.evidence.httpstatus import status_cause
from bot.evidence.observation import Observation
from bot.evidence.piece import Piece
from bot.evidence.portal import is_portal
from bot.evidence.rules import first, table

_TCP = re.compile(r"TcpTestSucceeded\s*: ?(?P<said>True|False)", re.IGNORECASE)
_PING = re.compile(r"PingSucceeded\s*: ?(?P<said>True|False)", re.IGNORECASE)
_REMOTE = re.compile(r"RemoteAddress\s*: ?(?P<ip>[\da-f.:]+)", re.IGNORECASE)
_RULES = table(
    (
        (
            r"proxyauthenticationrequired|\(407\)|proxy authentication required"
            r"|proxyauthentifizierung"
        ),
        "proxy_auth_required",
    ),
    (r"proxy name could not be resolved|proxy.{0,30}could not be resolved", "proxy_unresolvable"),
    (
        (
            r"dns name does not exist|dns_error_rcode_name_error"
            r"|der dns-name ist nicht vorhanden|le nom dns n'existe pas"
        ),
        "dns_nxdomain",
    ),
    (r"dns server failure|dns_error_rcode_server_failure|dns-serverfehler", "dns_servfail"),
    (r"dns operation refused|dns_error_rcode_refused", "dns_refused"),
    (
        (
            r"timeout period expired|error_timeout|dns request timed out"
            r"|operation returned because the timeout"
        ),
        "dns_timeout",
    ),
    (
        (
            r"remote name could not be resolved|remotename konnte nicht aufgel.{1,3}st"
            r"|nom distant n'a pas pu|no se pudo resolver el nombre remoto"
            r"|リモート名を解決できませんでした|name resolution of .{0,80}failed"
            r"|no such host is known|der host ist unbekannt|未能解析此远程名称"
        ),
        "dns_resolution_failed",
    ),
    (
        r"certificate.{0,60}invalid.{0,80}namemismatch|remotecertificatenamemismatch",
        "tls_hostname_mismatch",
    ),
    (r"certificate.{0,60}invalid.{0,80}\bnottimevalid", "tls_expired"),
    (
        r"certificate.{0,60}invalid.{0,80}(?:revocationstatusunknown|offlinerevocation)",
        "tls_revocation_check",
    ),
    (
        (
            r"could not establish trust relationship|vertrauensstellung|relation d'approbation"
            r"|relaci.n de confianza|remote certificate is invalid|信頼関係を確立できませんでした"
            r"|relazione di trust"
        ),
        "tls_untrusted_ca",
    ),
    (
        (
            r"could not create ssl/tls secure channel|es konnte kein geschützter ssl"
            r"|authentication failed because the remote party"
            r"|ssl connection could not be established"
        ),
        "tls_handshake_failure",
    ),
    (
        (
            r"tcp connect to \(.{0,90}\) failed|tcp connect to .{0,90}failed"
            r"|unable to connect to the remote server"
            r"|verbindung mit dem remoteserver kann nicht"
            r"|impossible de se connecter au serveur distant"
            r"|no es posible conectar con el servidor remoto|リモート サーバーに接続できません"
        ),
        "tcp_timeout",
    ),
    (
        r"underlying connection was closed|unexpected error occurred on a (?:send|receive)",
        "tls_reset",
    ),
    (r"{REFUSED}", "tcp_refused"),
    (r"{NO_NAME}", "dns_resolution_failed"),
    (r"operation has timed out|timeoutexception|httpclient\.timeout", "http_timeout"),
)
_RETURNED = re.compile(
    (
        r"(?:remote server returned an error"
        r"|remoteserver hat einen fehler zur.{1,3}ckgegeben"
        r"|status code does not indicate success)\D{0,12}(?P<status>\d{3})"
    ),
    re.IGNORECASE,
)
_NO_ADDRESS = re.compile(r"RemoteAddress ?: ?(?=InterfaceAlias)", re.IGNORECASE)
_MARKS = re.compile(
    (
        r"invoke-|name resolution of \S+ failed|test-netconnection|resolve-dns"
        r"|computername|tcptestsucceeded|remote ?(?:name|server)|serveur distant"
        r"|remote certificate|nom distant|servidor remoto|nombre remoto|trust relationship"
        r"|vertrauensstellung|dns_error|win32exception|リモート|远程"
    ),
    re.IGNORECASE,
)
_STATUS = re.compile(r"StatusCode\s*: ?(?P<status>\d{3})", re.IGNORECASE)
#: These options make Test-NetConnection and Test-Connection answer True or False.
_ONE_WORD = re.compile(r"quiet|-tcpport\b", re.IGNORECASE)
_REFUSED = re.compile(r"actively refused|verweigerte", re.IGNORECASE)
_DNS_FAILED = re.compile(
    r"NameResolutionSucceeded\s*: ?False|name resolution of \S+ (?:threw|failed)", re.IGNORECASE
)


#: PowerShell 7 calls every redirect that it was told not to follow an error.
_REDIRECTS = frozenset({"301", "302", "303", "307", "308"})
_ASKED_STATUS = re.compile(r"statuscode", re.IGNORECASE)
_BARE_STATUS = re.compile(r"^\s*(?P<status>[1-5]\d\d)\s*$", re.MULTILINE)
_ASKED_PLACE = re.compile(r"\blocation\b", re.IGNORECASE)
_PLACE = re.compile(r"^\s*(?P<location>https?://\S{4,500})\s*$", re.MULTILINE)
_SIGN_IN = re.compile(r"/customers/sign_in\b")
#: A table of Test-NetConnection: the columns stand in the order asked for.
_TABLE = re.compile(
    r"^(?=.*tcptestsucceeded).*\n[-\s]{6,200}\n(?P<row>.{0,200}?\b(?P<said>True|False)\b.*)$",
    re.IGNORECASE | re.MULTILINE,
)


def mentions_windows(piece: Piece) -> bool:
    """Are these the words of .NET or PowerShell, and not of somebody else?"""
    return piece.find(_MARKS) is not None


def read_powershell(piece: Piece) -> tuple[Observation, ...]:
    """TcpTestSucceeded decides; PingSucceeded beside it is no evidence."""
    return (_read(piece),)


def _read(piece: Piece) -> Observation:
    tcp = piece.find(_TCP) or _TABLE.search(piece.text)
    if tcp:
        return _tested(piece, tcp)
    quiet = re.search(r"^\s*(True|False)\s*$", piece.text, re.MULTILINE)
    if quiet and _ONE_WORD.search(piece.command):
        said = quiet[1] == "True"
        return piece.see("tcp_ok" if said else "tcp_timeout", "ok" if said else "fail", match=quiet)
    returned = piece.find(_RETURNED) or _bare_status(piece)
    if returned and returned["status"] in _REDIRECTS:
        return _redirected(piece, returned)
    if returned:
        return piece.see(
            status_cause(int(returned["status"]), piece.text),
            match=returned,
            http_status=int(returned["status"]),
        )
    place = _PLACE.search(piece.text) if _ASKED_PLACE.search(piece.command) else None
    if place is not None:
        return _redirected(piece, place)
    failed = first(piece, _RULES)
    if failed is not None:
        refused = failed.cause == "tcp_timeout" and _REFUSED.search(piece.flat)
        return piece.see("tcp_refused", match=_REFUSED.search(piece.flat)) if refused else failed
    return _worked(piece)


def _bare_status(piece: Piece) -> re.Match[str] | None:
    """``StatusCode.value__`` prints the number alone."""
    return _BARE_STATUS.search(piece.text) if _ASKED_STATUS.search(piece.command) else None


def _redirected(piece: Piece, match: re.Match[str]) -> Observation:
    """The portal answers with a redirect; only when shown, where it leads is known."""
    facts = match.groupdict()
    place, status = facts.get("location"), facts.get("status")
    asked = is_portal(str(piece.facts.get("host", ""))) or not piece.facts.get("host")
    good = _SIGN_IN.search(place) is not None if place else asked and status == "302"
    return piece.see(
        "http_ok_redirect_signin" if good else "http_unexpected_status",
        "ok" if good else "fail",
        match=match,
        http_status=int(status) if status else None,
        location=place,
    )


def _tested(piece: Piece, tcp: re.Match[str]) -> Observation:
    remote = piece.find(_REMOTE)
    found = (remote["ip"],) if remote else addresses_in(tcp.groupdict().get("row") or "") or None
    if tcp["said"].lower() == "true":
        return piece.see("tcp_ok", "ok", match=tcp, ip=found)
    if piece.find(_DNS_FAILED):
        return piece.see("dns_resolution_failed", match=piece.find(_DNS_FAILED))
    return piece.see("tcp_timeout", match=tcp, ip=found)


def _worked(piece: Piece) -> Observation:
    status = piece.find(_STATUS)
    if status:
        return _status(piece, status)
    if re.search(r"resolve-dnsname|name +type +ttl", piece.command + piece.flat, re.IGNORECASE):
        return _resolved(piece)
    ping = piece.find(_PING)
    if ping and piece.find(_NO_ADDRESS):
        return piece.see("dns_resolution_failed", match=piece.find(_NO_ADDRESS))
    if ping:
        return piece.see(
            "icmp_ok" if ping["said"].lower() == "true" else "icmp_no_reply",
            "ok" if ping["said"].lower() == "true" else "warn",
            match=ping,
        )
    return piece.see("truncated" if piece.text.strip() else "unclear", "unknown")


def _status(piece: Piece, match: re.Match[str]) -> Observation:
    status = int(match["status"])
    ours = re.search(r"sign_in|customers portal", piece.flat, re.IGNORECASE)
    if status < 400 and ours:  # noqa: PLR2004 - HTTP
        return piece.see("http_ok_redirect_signin", "ok", match=match, http_status=status)
    return piece.see(status_cause(status, piece.flat), match=match, http_status=status)


def _resolved(piece: Piece) -> Observation:
    found = addresses_in(piece.flat)
    if found:
        cause = worst_cause(found)
        return piece.see(cause, "ok" if cause == "dns_ok" else "fail", ip=found)
    return piece.see("truncated" if piece.text.strip() else "unclear", "unknown")
