"""WSGI entry: ``server`` is the application; ``python app.py`` serves it."""

import sys

if __name__ == "__main__":
    from dashboard.cli import main

    sys.exit(main(["serve", *sys.argv[1:]]))

from dashboard import create_app

server = create_app()
