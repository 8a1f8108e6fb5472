"""Promises about the files of bot/probes."""

import ast
from importlib import import_module
from pathlib import Path

import bot.probes
from bot.probes import PROBES

FOLDER = Path(bot.probes.__file__).parent


def test_every_probe_is_in_the_table_and_asks_a_question() -> None:
    questions = {}
    for path in FOLDER.glob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        looks = any(
            isinstance(node, ast.FunctionDef) and node.name.startswith(("look", "ask"))
            and any(argument.arg == "recorder" for argument in node.args.args)
            for node in tree.body
        )  # fmt: skip
        if looks:
            questions[path.stem] = ast.get_docstring(tree) or ""

    assert set(questions) == set(PROBES)
    assert [name for name, question in questions.items() if not question.endswith("?")] == []


def test_every_probe_can_be_imported_by_its_name() -> None:
    for name in PROBES:
        import_module(f"bot.probes.{name}")
