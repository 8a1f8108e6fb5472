"""The desk page."""

from flask import Blueprint

desk = Blueprint("desk", __name__)
