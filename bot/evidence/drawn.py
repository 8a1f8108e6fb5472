"""Was this word drawn by chance, or made by people out of words?"""

from itertools import pairwise
from typing import Final

#: A letter and the letters that follow it in names and words; measured on published source code.
_FOLLOWING: Final = (
    "aabcdefghiklmnprstuvwxy babcdeijlmoprsuy cabcdefhiklmoprstuy dabcdefgilnoprstuy "
    "eabcdefghiklmnopqrstuvwxy facdefilorstuy gaeghilmnorstu haeilmorstuy "
    "iabcdefgklmnoprstvxz jaeosu kaeilns labcdefgilnoprstuvy mabeilmnopstu "
    "nabcdefghiklmnoprstuvy oabcdefgiklmnoprstuvwx pacdehiloprstuy qlu "
    "rabcdefgiklmnoprstuvwy sacdefghiklmnopqrstuwy tacdefhilmnoprstuwy uabcdefgilmnoprst "
    "vaeio waehinors xaceimptx yaeilmnpstw zaei"
)
_PAIRS: Final = frozenset(
    group[0] + follower for group in _FOLLOWING.split() for follower in group[1:]
)
#: Of 24 drawn letters and digits 87 % have as many odd pairs; of 765 names of that length none.
_ODD: Final = 5


def is_drawn(run: str) -> bool:
    """Say whether so many letters follow each other as they never do in words.

    Chance also draws letters that alternate too seldom to look random; those are told by this.
    """
    low = run.lower()
    if low == run or run.upper() == run:
        return False
    pairs = (first + second for first, second in pairwise(low))
    return sum(pair.isalpha() and pair not in _PAIRS for pair in pairs) >= _ODD
