"""Whether the body of a callback's request is what that callback declared: Dash itself trusts it."""

from collections.abc import Mapping
from typing import Any

PAGES = "_pages_location"


def fits(callbacks: Mapping[str, Any], body: Any) -> bool:
    """Whether ``body`` names a known callback, and exactly its outputs, inputs and states.

    Values may be anything, for the callback to check, except for those of Dash's own router, which takes texts.
    """
    if not isinstance(body, dict) or not isinstance(body.get("output"), str) or body["output"] not in callbacks:
        return False
    declared = callbacks[body["output"]]
    inputs, states = body.get("inputs", []), body.get("state", [])
    if not (_same(inputs, declared["inputs"]) and _same(states, declared["state"])):
        return False
    changed = body.get("changedPropIds", [])
    if not (isinstance(changed, list) and all(isinstance(name, str) for name in changed)):
        return False
    return _outputs_fit(body) and all(isinstance(i.get("value", ""), str) for i in inputs if i["id"] == PAGES)


def _same(given: Any, declared: list[dict[str, Any]]) -> bool:
    if not isinstance(given, list) or len(given) != len(declared):
        return False
    return all(isinstance(g, dict) and _name(g) == _name(d) for g, d in zip(given, declared, strict=True))


def _name(part: Mapping[str, Any]) -> tuple[Any, Any]:
    return part.get("id"), part.get("property")


def _outputs_fit(body: Mapping[str, Any]) -> bool:
    """Dash writes an output list as ``..a.b...c.d..`` and a single output as ``a.b``."""
    outputs = body.get("outputs", [])
    named = outputs if isinstance(outputs, list) else [outputs]
    if not all(
        isinstance(o, dict) and isinstance(o.get("id"), str) and isinstance(o.get("property"), str) for o in named
    ):
        return False
    listed = [f"{output['id']}.{output['property']}" for output in named]
    single = not isinstance(outputs, list)
    return bool(body["output"] == (listed[0] if single else f"..{'...'.join(listed)}.."))
