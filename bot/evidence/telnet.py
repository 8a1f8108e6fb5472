"""Does the port accept a connection, in telnet's words?"""

from bot.evidence.addresses import addresses_in
from bot.evidence.connects import why_not_connected
from bot.evidence.netcat import without_words
from bot.evidence.observation import Observation
from bot.evidence.piece import Piece
from bot.evidence.rules import compiled

_OPEN = compiled(
    r"connected to \S+|verbunden mit \S+|connect. . \S+|conectado a \S+"
    r"|escape (?:character|-?zeichen)|caract.re d'.chappement|car.cter de escape"
    r"|carattere di escape|entering character mode|connection closed by foreign host"
)


def read_telnet(piece: Piece) -> tuple[Observation, ...]:
    """Connected is enough; that the peer hangs up on a dot is its normal end."""
    opened = piece.find(_OPEN)
    if opened:
        return (piece.see("tcp_ok", "ok", match=opened, ip=addresses_in(piece.flat) or None),)
    return (why_not_connected(piece) or without_words(piece),)
