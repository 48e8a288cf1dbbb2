"""Salesgate: role-gated sales analytics. ``create_app`` wires everything, and does nothing else."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from dashboard.settings import Settings


def create_app(settings: "Settings | None" = None) -> "Flask":
    """The whole site as a WSGI application; settings.toml and the environment count where no settings are given.

    Raises:
        SettingsError: a setting that cannot be used.
    """
    # Imported here, so that the rooms without a web framework can be used without one.
    from dashboard.settings import PROJECT, load_settings  # noqa: PLC0415
    from dashboard.wiring import wire  # noqa: PLC0415
    from pages import PAGES  # noqa: PLC0415

    return wire(settings or load_settings(), PAGES, PROJECT)
