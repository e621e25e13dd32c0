#!/usr/bin/env python
"""Entry point of every command of Millwright."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if sys.argv[1:2] == ["up"]:
        # The launcher needs no Django in its own process; without it a start is a second quicker.
        from config import supervisor

        sys.exit(supervisor.main(sys.argv[2:]))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
