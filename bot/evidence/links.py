"""Mail gateways rewrite every address in a text; here the address that stood there comes back."""

import re
from typing import Final
from urllib.parse import unquote

#: The address is a parameter: Outlook's Safe Links, Barracuda, and search engines.
_AS_PARAMETER: Final = re.compile(
    r"https?://(?:[\w.-]+\.safelinks\.protection\.(?:outlook|office365)\.(?:com|us)/[^\s?]*"
    r"|linkprotect\.cudasvc\.com/url|www\.google\.[a-z.]{2,6}/url)"
    r"\?(?:[^\s?&]*&)*?(?:url|a|q)=(?P<address>https?(?::|%3a)[^\s&\"'>]{3,2000})"
    r"(?:&(?:[^\s&=\"'>]{1,30}=[^\s&\"'>]*)?)*",
    re.IGNORECASE,
)
_PROOFPOINT_3: Final = re.compile(
    r"https?://urldefense\.(?:proofpoint\.)?(?:com|us)/v3/__(?P<address>https?:/{1,2}\S{3,2000}?)__;"
    r"[^\s\"'>]*",
    re.IGNORECASE,
)
_PROOFPOINT_2: Final = re.compile(
    r"https?://urldefense\.(?:proofpoint\.)?com/v2/url\?u=(?P<address>https?-3A[^\s&\"'>]{3,2000})"
    r"(?:&[\w]{1,8}=[^\s&\"'>]*)*",
    re.IGNORECASE,
)
#: Written so that nobody clicks on it by mistake.
_DEFANGED: Final = re.compile(r"\bhxxp(?P<s>s?)(?:://|\[:\]//|\[://\])", re.IGNORECASE)
_GATEWAYS: Final = ("safelinks.", "linkprotect.", "urldefense.", "google.")


def with_own_links(text: str) -> str:
    """The text with the addresses that its writer meant."""
    lower = text.lower()
    if "hxxp" in lower or "[.]" in lower:
        text = _DEFANGED.sub(lambda found: f"http{found['s']}://", text).replace("[.]", ".")
    if not any(name in lower for name in _GATEWAYS):
        return text
    text = _AS_PARAMETER.sub(lambda found: unquote(found["address"]), text)
    text = _PROOFPOINT_3.sub(lambda found: _with_slashes(found["address"]), text)
    return _PROOFPOINT_2.sub(lambda found: _decoded(found["address"]), text)


def _with_slashes(address: str) -> str:
    return re.sub(r"^(https?):/(?!/)", r"\1://", address)


def _decoded(address: str) -> str:
    """Version 2 writes a slash as ``_`` and a percent sign as ``-``; ``-5F`` is the underscore."""
    return unquote(re.sub(r"-(?=[0-9A-Fa-f]{2})", "%", address.replace("_", "/")))
