"""A web page without its headers: whose words are these?"""

import re
from typing import Final

from bot.evidence.httpstatus import BLOCK_WORDS, CAPTIVE_WORDS, page_of, status_cause
from bot.evidence.observation import Observation
from bot.evidence.piece import Piece
from bot.evidence.rules import first, table

HTML: Final = re.compile(r"<!doctype html|<html|<head|<title|<body|<h1", re.IGNORECASE)
OUR_PAGE: Final = re.compile(
    r"customers[ _-]portal|_customers_?dot|customersdot|/customers/sign_in", re.IGNORECASE
)
#: The customer's own instance in trouble, not the portal.
_INSTANCE_PAGES = table(
    (
        (
            r"(?:gitlab|example company) is not responding|taking too much time to respond"
            r"|waiting for (?:gitlab|example company) to boot"
        ),
        "app_gateway_timeout",
    ),
    (r"whoops, something went wrong on our end", "app_error_500"),
)


def judge_page(piece: Piece) -> Observation | None:
    """A page without headers: whose words are these?"""
    page = page_of(piece.text)
    if OUR_PAGE.search(page) or re.search(r"you are being .{0,80}redirected", page, re.IGNORECASE):
        return piece.see("http_ok_redirect_signin", "ok", match=OUR_PAGE.search(page))
    instance = first(piece, _INSTANCE_PAGES)
    if instance is not None:
        return instance
    title = re.search(r"<title[^>]{0,80}>[^<]{0,200}", page, re.IGNORECASE)
    if not HTML.search(page):
        return None
    status = re.search(
        r"<(?:title|h1)[^>]{0,80}>\s*(?P<http_status>[45]\d\d)\b", page, re.IGNORECASE
    )
    if CAPTIVE_WORDS.search(page) and not BLOCK_WORDS.search(page):
        return piece.see("http_captive_portal", match=title)
    if status and not BLOCK_WORDS.search(page.replace(status.group(0), "")):
        return piece.see(status_cause(int(status["http_status"])), match=status)
    return piece.see("http_block_page", match=title)
