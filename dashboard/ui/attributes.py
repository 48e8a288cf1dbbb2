"""HTML attributes whose names are no Python names."""

from typing import Any


def extra(**values: str) -> dict[str, Any]:
    """``extra(aria_label="Periods")`` is ``{"aria-label": "Periods"}``, to be unpacked into a component."""
    return {name.replace("_", "-"): value for name, value in values.items()}
