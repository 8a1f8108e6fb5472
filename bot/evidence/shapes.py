"""Which tool's output is this line? Only lines that no other tool prints are listed."""

import re
from typing import Final

_SHAPES: Final = tuple(
    (tool, re.compile(pattern, re.IGNORECASE))
    for tool, pattern in (
        (
            "dig",
            (
                r"; <<>> dig|customers\.\S{3,60}\s+\d+\s+in\s+(?:a|aaaa|cname)\s"
                r"|;; (?:communications error|connection timed out|->>HEADER<<-"
                r"|flags: |no servers|got answer|warning: |query time|server: "
                r"|.{0,40}section:)|; <<>> "
            ),
        ),
        (
            "host",
            (
                r"\S+ (?:has (?:ipv6 )?address |has no \S+ record|is an alias for "
                r"|mail is handled by)|host \S+ not found: \d"
            ),
        ),
        (
            "nslookup",
            (
                r"(?:\*{2,3} ?(?:server|can'?t|.{1,40}can'?t find|.{0,60}(?:konnte"
                r"|nicht gefunden|impossible|no encuentra|request to|zeit.{1,3}berschreitung))"
                r"|(?:default )?(?:server|servidor|serveur|сервер|サーバー|服务器): {1,12}"
                r"(?:[\d.]+|[0-9a-f:]+:[0-9a-f:]*|unknown|[\w-]+(?:\.[a-z][\w-]*)+)$"
                r"|(?:dns request timed out|non-authoritative answer|nicht autorisierende antwort"
                r"|r.ponse ne faisant pas autorit.|respuesta no autoritativa|権限のない回答"
                r"|非权威应答))"
            ),
        ),
        (
            "packets",
            (
                r"tcpdump: |listening on \S+, link-type|(?:\S+ )?\d\d:\d\d:\d\d\.\d+ "
                r".{0,40}?\bIP6? "
                r"[\da-f.:]+\.\d+ > "
            ),
        ),
        (
            "sockets",
            (
                r"(?:netid +)?state +recv-q|recv-q +send-q +local|syn-sent +\d|estab +\d"
                r"|tcp6? +\d+ +\d+ \S+:\d+ +\S+:\d+ +[a-z_]{4,12}"
            ),
        ),
        (
            "portping",
            r"probing \S+:\d+/tcp|hping |tcp connect to \S+:\d+:|psping v|paping v|tcping v",
        ),
        (
            "tlsscan",
            (
                r"testing ssl server|chain of trust +|.{0,60}-->> |ssl/tls protocols:"
                r"|trust \(hostname\) |could not open a connection to host"
            ),
        ),
        (
            "gatelog",
            (
                r".{0,90}\b(?:tcp_[a-z_]+|none(?:_[a-z]+)?)/\d{3} \d+ (?:connect|get|post|head) "
                r"|.{0,60}\[ufw |.{0,60}%asa-\d|.{0,60}systemd-resolved\[|chain "
                r"(?:output|input|forward) "
                r"|date=\d{4}-\d\d-\d\d .{0,600}\baction="
            ),
        ),
        (
            "ping",
            (
                r"ping(?:6)? \S+ ?\(|ping 要求|ping request could|ping-anforderung"
                r"|la requ.te ping|la solicitud de ping"
                r"|ping \S+ (?:\d+ )?\(?\d* ?(?:data )?bytes|pinging |ping wird ausgef"
                r"|envoi d'une requ|haciendo ping|esecuzione di ping|disparando"
                r"|обмен пакетами|正在 ping|\S+(?: \[[\da-f.:]+\])? ?に ping を送信"
                r"|--- \S+ ping|ping: "
                r"|ping6: |\d+ bytes from |from \S+ icmp_seq|\d+ packets transmitted"
            ),
        ),
        (
            "traceroute",
            (
                r"traceroute(?:6)? to |traceroute: |tracing route|routenverfolgung"
                r"|d.termination de l'itin|traza a|trazado de|traccia instradamento|rastreando"
                r"|haciendo seguimiento"
                r"|трассировка маршрута|通过最多|.{0,80}へのルートをトレース|start: \d{4}-\d\d-"
                r"|host: \S+ +loss%|\s*1\?: \[LOCALHOST\]|\s{0,3}1\.\|--|my traceroute"
            ),
        ),
        (
            "nc",
            (
                r"connection to \S+ (?:\([\da-f.:]+\) )?\S+ port \[?\S{0,30} ?(?:succeeded|\[)"
                r"|nc: |ncat: "
                r"|netcat: |\S+ \[[\d.a-f:]+\] \S+ \(\S+\)|\(UNKNOWN\) \["
                r"|\S+ \([\d.a-f:]+:\d+\) open"
            ),
        ),
        (
            "telnet",
            (
                r"telnet: |trying [\d.a-f:]+\.{2,3}$|escape character is"
                r"|connecting to \S+\.\.\.could not open|verbindungsaufbau zu \S+\.\.\."
            ),
        ),
        (
            "nmap",
            (
                r"starting nmap|nmap scan report|nmap done|host is up|note: host seems down"
                r"|\d+/tcp +(?:open|closed|filtered)|failed to resolve \""
            ),
        ),
        (
            "curl",
            (
                r"\* +(?:trying |could not resolve|rebuilt url|uses proxy"
                r"|host \S+:\d+ was resolved|connected to |connect to \S+ port"
                r"|about to connect|using proxy|alpn|establish http proxy)|curl: ?\(\d+\)"
                r"|cur1: \(|\s*% total\s+% received|curl: option|curl: try"
            ),
        ),
        (
            "wget",
            (
                r"--\d{4}-\d\d-\d\d \d\d:\d\d:\d\d--|wget: |resolving \S+ \("
                r"|connecting to \S+ \(|(?:http|proxy) request sent, awaiting"
                r"|aufl.{1,3}sen des host|verbindungsaufbau zu |r.solution de |resolviendo "
                r"|error: cannot verify|\S+ \(\S+\) .{0,40}に問いあわせ|wget-"
            ),
        ),
        (
            "openssl",
            (
                r"connected\([0-9a-f]{6,8}\)|depth=\d|verify (?:error|return)|---$"
                r"|connect:errno=|certificate chain$|server certificate$|no peer certificate"
                r"|(?:issuer|subject) ?= ?/?\w*|[0-9a-f]{6,20}:error:"
                r"|not(?:after|before) *[=:]|v:notbefore"
                r"|not valid (?:before|after) ?:|valid from: .{6,60}until: |(?:start|expire) date:"
                r"|(?:issued|expires) on\b.{0,4}(?:mon|tues|wednes|thurs|fri|satur|sun)day"
                r"|(?:owner|subject|issuer|aussteller) *: .{0,120}\bcn ?="
                r"|processed \d+ ca cert|- (?:certificate type|status: the certificate)"
                r"|bio_(?:connect|lookup)|\*{3} fatal error"
            ),
        ),
        ("http", r"[<*] +http/[\d.]+ \d{3}|http/[\d.]+ \d{3}"),
        (
            "powershell",
            (
                r"computername +: |tcptestsucceeded|invoke-\w+ ?: |iwr ?: "
                r"|resolve-dnsname ?: |test-netconnection ?: |(?:warning|warnung"
                r"|advertencia|avertissement|avviso|aviso|警告"
                r"|предупреждение): (?:tcp connect|name resolution|ping to)"
                r"|name  +type +ttl|nameresolutionsucceeded|curl : |statuscode +: "
            ),
        ),
        (
            "ruby",
            (
                r"#<net::http|(?:[\w.:/()<>]{0,120} ?:? ?)?\(?(?:net::|openssl::|errno::"
                r"|socketerror|httparty::|gitlab::http|socket::resolution|nameerror"
                r"|nomethoderror|activerecord::|gitlab::)|=> |traceback \(most recent"
                r"|uninitialized constant|undefined (?:local variable|method|method)"
            ),
        ),
        ("health", r"\{ ?\"status\" ?: ?\"\w+\"|\{ ?\"\w+_check\" ?:"),
        ("graphql", r"\[? ?\{ ?\"?(?:data|errors|\"data\")\b|\{\"data|\[\{\"data|\{\"errors\""),
        ("html", r"<!doctype html|<html|<head>|<title>"),
        (
            "rake",
            (
                r"license (?:added|invalid|file missing)|activation (?:un)?successful"
                r"|no license has been applied|today's date|current user count|instance id\s"
                r"|.{0,40}activated .{0,20}licen[cs]e"
            ),
        ),
        ("ctl", r"(?:run|down|fail|finish): [\w-]+: "),
        (
            "log",
            (
                r"\{\"?severity\"?|\{\"(?:severity|time|class|correlation_id|method)\""
                r"|\d{4}-\d\d-\d\dT[\d:.]+Z? .{0,40}(?:warn|error|info|tid)|[wei], \["
                r"|(?:.{0,60}\b)?(?:debug|info|warn|error|fatal) -- [\w-]{0,40}: "
            ),
        ),
        (
            "clock",
            (
                r"\s*local time: |\s*system clock synchronized|\s*ntp service"
                r"|\s*universal time:|reference id +:|system time +:"
            ),
        ),
        (
            "env",
            (
                r"(?:declare -x |export |set )?(?:https?|no|all|ftp)_proxy ?="
                r"|gitlab_rails\['env'\]|\s*\"https?_proxy\" ?=>"
            ),
        ),
        (
            "hosts",
            (
                r"(?:\S*hosts:)?(?:\d{1,4}[:)]\s*)?(?:[\d.]{7,15}|[\da-f:]{3,40})\s+"
                r"(?:[\w.-]+\s+)*customers\.[\w.-]+"
            ),
        ),
        (
            "resolvconf",
            (
                r"nameserver +[\d.a-f:]+|options (?:timeout|ndots|edns|rotate|attempts)"
                r"|search [\w.-]+$"
            ),
        ),
        (
            "shell",
            (
                r".{0,60}(?:command not found|: not found$|is not recognized as an internal"
                r"|is not recognized as the name|befehl nicht gefunden|commande introuvable"
                r"|no such file or directory|orden no encontrada|コマンドが見つかりません)"
            ),
        ),
    )
)


def shape_of(line: str) -> str:
    """The tool that prints such a line, or an empty string."""
    text = line.strip()[:400]
    if not text:
        return ""
    for tool, pattern in _SHAPES:
        if pattern.match(text):
            return tool
    return ""
