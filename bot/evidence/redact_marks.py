"""How quotes, signs and the angles of elements are written, plain and in every common coding."""

from typing import Final

QUOTE: Final = r"(?:\\{0,8}(?:[\"'`]|&quot;|&\#(?:0?3[49]|x2[27]);)|%22|%27|\\{1,8}u002[27]|[“”„])"
EQUALS: Final = r"(?:=|\\{1,8}u003[dD]|%3[dD])"
SPACES: Final = r"(?:\s|%(?:20|09|0[aAdD])|\\{1,8}[nrt](?![a-z]))*"
#: The angles of an element; as `<` or spelled in JSON, in HTML, in an address.
OPENS: Final = r"(?:<|&lt;|\\{1,4}u003[cC]|%3[cC])"
CLOSES: Final = r"(?:>|&gt;|\\{1,4}u003[eE]|%3[eE])"
