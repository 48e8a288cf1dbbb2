"""The network address of a client. A proxy may write it in several ways, and a client may make it up."""

import ipaddress
from functools import lru_cache

from flask import request

UNPARSABLE = "unparsable"
MOST_KEPT = 4096  # reading one takes longer than all else that is done with it, several times a request


def client_address() -> str:
    """The address behind as many proxies as the settings trust; :data:`UNPARSABLE` for what is none."""
    return plain_address(request.remote_addr or "")


@lru_cache(MOST_KEPT)
def plain_address(text: str) -> str:
    """``text`` as an address in its one usual form, without brackets, port and zone; :data:`UNPARSABLE` if it is none.

    An IPv4 address in IPv6 clothes is that IPv4 address.
    """
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return UNPARSABLE
    return str(getattr(found, "ipv4_mapped", None) or found)


@lru_cache(MOST_KEPT)
def network_of(address: str) -> str:
    """What counts as one client: an IPv6 client owns its whole /64. ``address`` comes from :func:`client_address`."""
    return str(ipaddress.ip_network((address, 64), strict=False)) if ":" in address else address
