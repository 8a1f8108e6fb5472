"""`licensing-bot` and `python -m bot`."""

import sys

from bot.cli import program


def main() -> None:
    """Run the command line."""
    program.main(args=sys.argv[1:], prog_name="licensing-bot")


if __name__ == "__main__":
    main()
