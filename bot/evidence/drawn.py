"""Was this word drawn by chance, or made by people out of words?"""

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
#: Of drawn codes that alternate too seldom to look random 98 % have as many odd pairs; of 684
#: names of the same length none has more than three.
_ODD: Final = 4


def is_drawn(run: str) -> bool:
    """Say whether so many letters follow each other as they never do in words.

    Chance also draws letters that alternate too seldom to look random; those are told by this.
    """
    if run.lower() == run or run.upper() == run:
        return False
    return sum(map(_is_odd, run, run[1:])) >= _ODD


def _is_odd(first: str, second: str) -> bool:
    """Say whether no word has this pair; where a small letter meets a capital, a word may begin."""
    if not (first.isalpha() and second.isalpha()) or (first.islower() and second.isupper()):
        return False
    return (first + second).lower() not in _PAIRS
