"""Which programs take a secret on their command line, and behind which option or word."""

import re
from dataclasses import dataclass
from typing import Final

from bot.evidence.secrets import Kind


@dataclass(frozen=True, slots=True)
class Tool:
    """A family of programs and where their command lines hold a secret."""

    names: str
    apart: str = ""
    """Options whose secret is the next word."""
    joined: str = ""
    """What stands before the secret in the same word."""
    only: str = ""
    """A word that must come first: `docker run -p 80:80` publishes a port."""
    places: tuple[str, int] = ("", 0)
    """A word, and which of the plain words behind it is the secret."""
    behind: str = ""
    """The secret is what stands behind the first of these signs, as in `user:secret`."""
    kind: Kind = "password"


#: `-p 22`, `-p 80:80` of a program that also listens or connects is told by `only`.
TOOLS: Final = (
    Tool(
        r"docker|podman|nerdctl|buildah|skopeo|helm|oras|crane|regctl|oc|cf|az|ibmcloud",
        apart="-p", joined="-p=?", only="login",
    ),
    Tool(r"(?:mysql|mariadb)[\w-]*|mycli|mytop|xtrabackup", joined="-p"),
    Tool(r"sshpass", apart="-p", joined="-p"),
    Tool(r"(?:redis|keydb|valkey)-(?:cli|benchmark)|iredis", apart="-a"),
    Tool(r"ldap(?:search|modify|add|delete|whoami|compare|modrdn|exop|urlsearch)", "-w", "-w"),
    Tool(r"ldappasswd", apart="-[was]", joined="-[was]"),
    Tool(
        r"mongo|mongo(?:sh|dump|restore|export|import|stat|top)|cqlsh|rabbitmqadmin|twine|conan"
        r"|poetry|cypher-shell|nuget|dotnet|influx|impacket-\w+|vncsnapshot|kafkacat",
        apart="-p", joined="-p(?=[A-Z0-9])",
    ),
    Tool(r"sqlcmd|bcp|isql|osql|tsql|ipmitool|mosquitto_\w+|unzip|zip", apart="-P", joined="-P"),
    Tool(r"7z[ar]?|7zz|rar|unrar", joined="-h?p"),
    Tool(r"snmp(?:walk|get|getnext|bulkwalk|bulkget|set|trap|table|status|df)", apart="-[AX]"),
    Tool(r"plink|pscp|psftp|kitty", apart="-pw"),
    Tool(r"psexec(?:64)?|paexec", apart="[-/]p"),
    Tool(r"xfreerdp3?|wlfreerdp|mstsc|cmdkey|wmic|schtasks", joined="(?i:/(?:p|pass|password):)"),
    Tool(r"rdesktop", apart="-p", joined="-p(?!-)"),
    Tool(
        r"smbclient|rpcclient|smbget|winexe|smbmap", apart="-U|--user", joined="-U|--user=",
        behind="%",
    ),
    Tool(r"curl", apart="-[a-zA-Z]*[uU]|--user|--proxy-user", joined="-[uU]", behind=":"),
    Tool(r"https?|xhs?", apart="-a|--auth", joined="-a|--auth=", behind=":"),
    Tool(r"lftp|ncftp", apart="-u", behind=","),
    Tool(r"openssl", joined="pass:"),
    Tool(r"keytool|jarsigner|apksigner", joined="pass:"),
    Tool(r"rabbitmqctl", places=("add_user|change_password|authenticate_user", 2)),
    Tool(r"htpasswd", places=("-[a-zA-Z]*b[a-zA-Z]*", 3)),
    Tool(r"net1?", places=("user", 2)),
    Tool(r"vault|ngrok", places=("login|authtoken|add-authtoken", 1), kind="token"),
    Tool(r"(?:gitlab|example_company)-runner", apart="-[rt]", only="register", kind="runner_token"),
    Tool(
        r"kubectl|oc|k3s|k|microk8s", apart="--from-literal", joined="--from-literal=",
        only="secret", behind="=", kind="secret",
    ),
)  # fmt: skip

#: One of these stands in nearly every command line that matters.
OPTION: Final = re.compile(r"[ \t](?:--?[A-Za-z]|/[pP])")
#: What tells that a line is one although it has no option.
RARE: Final = ("mqctl ", "net user ", "vault login ", "authtoken ")

#: Where a program's name may begin; a path or a prompt may stand before it.
TOOL: Final = re.compile(
    r"(?<![\w.=@:-])(?:"
    + "|".join(f"(?P<t{n}>{tool.names})" for n, tool in enumerate(TOOLS))
    + r")(?:\.exe|\.bat|\.cmd)?(?=[ \t])"
)

#: Options of any program that say themselves what follows; `--password-stdin` tells nothing.
SAYING: Final = re.compile(
    r"(?i)(?P<dashes>--?)(?!(?:no|ask|prompt|with|without|show|generate|reset|change)-)(?:"
    r"(?:[a-z][\w.-]{0,60})?(?:password|passwd|passphrase|passwort|pwd|secret|authtoken|api-?key)"
    r"|(?:(?:[a-z][\w.-]{0,60})?[-_.]|(?:src|dest)?(?:store|key)|db|new|old|user|root)?pass)"
)

#: What reads its secret from the standard input.
RECEIVER: Final = re.compile(
    r"--password-stdin|--passw\w*-from-stdin|--passphrase-fd|--with-token|--stdin\b|passin\s+stdin"
    r"|pass\s+stdin|\bsudo\s+(?:-\w\s+)*-\w*S\b|\b(?:ch|smb|ht)?passwd\b|\bkinit\b"
    r"|\b(?:gh|glab|docker|podman)\s+(?:auth|secret|variable)\b"
)
#: One of these is in all of them.
RECEIVING: Final = ("stdin", "passwd", "sudo", "kinit", "with-token", "phrase-fd", "secret ", "gh ",
                    "glab ")  # fmt: skip
