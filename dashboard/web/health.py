"""Is the site able to serve? For load balancers and monitors; tells nothing else."""

from flask import Blueprint, Response, jsonify

from dashboard.web.site import site

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
def health() -> Response:
    """200 while people can sign in; 503 when the accounts database cannot be reached."""
    site().accounts.ping()
    return jsonify(status="ok")
