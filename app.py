"""WSGI entry: ``server`` for a WSGI server of your own; ``python app.py`` serves it with gunicorn."""

from dashboard import create_app

server = create_app()

if __name__ == "__main__":
    from dashboard.cli.serve import serve

    serve(server)
