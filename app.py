"""WSGI entry: ``server`` is the application, with its background work; ``python app.py`` serves it."""

import sys

if __name__ == "__main__":
    from dashboard.cli import main

    sys.exit(main(["serve", *sys.argv[1:]]))

from dashboard import create_app
from dashboard.wiring import start_background

server = create_app()
background = start_background(server)
