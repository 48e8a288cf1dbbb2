"""What an API key may be: its name, its life, its permissions and the networks it comes from."""

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from dashboard.access import Permission
from dashboard.accounts.terms import AccountError, Actor, NewApiKey

LONGEST_NAME = 100
MOST_NETWORKS = 20
_MAPPED = 96  # bits before an IPv4 address in IPv6 clothes


def checked(new: NewApiKey, by: Actor, longest_days: int) -> NewApiKey:
    """``new`` in its usual form.

    Raises:
        AccountError: with all the reasons against it.
    """
    if longest_days == 0:
        raise AccountError("API keys are switched off on this site.")
    name, reasons = " ".join(new.name.split()), []
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        reasons.append(f"Give the key a name of 1 to {LONGEST_NAME} visible characters.")
    if not 1 <= new.days <= longest_days:
        reasons.append(f"A key is good for 1 to {longest_days} days.")
    reasons += _against_scopes(new.scopes, by)
    networks, wrong = _networks(new.networks)
    if reasons or wrong:
        raise AccountError(*reasons, *wrong)
    return replace(new, name=name, networks=networks)


def known(values: Iterable[str]) -> frozenset[Permission]:
    """The permissions among ``values``; one that this version does not know grants nothing."""
    every = {permission.value: permission for permission in Permission}
    return frozenset(every[value] for value in values if value in every)


def is_from(networks: Iterable[str], ip: str) -> bool:
    """Whether the address ``ip`` lies in one of ``networks``; True for no networks. What is no address lies in none."""
    allowed = list(networks)
    if not allowed:
        return True
    try:
        address = ip_address(ip)
    except ValueError:
        return False
    return any(address in ip_network(network) for network in allowed)


def _against_scopes(scopes: frozenset[Permission], by: Actor) -> list[str]:
    if by.permissions is None:
        return ["Keys belong to users: the command line makes none."]
    if not scopes:
        return ["Choose at least one permission for the key."]
    lacking = ", ".join(sorted(scopes - by.permissions))
    return [f"Your role does not have this permission, so no key of yours can: {lacking}."] if lacking else []


def _networks(texts: Iterable[str]) -> tuple[tuple[str, ...], list[str]]:
    """The networks in their usual form, each once, and what is wrong with the others."""
    found: dict[str, None] = {}
    wrong = []
    for text in texts:
        try:
            found[_network(text.strip())] = None
        except ValueError:
            wrong.append(_why_not(text))
    if len(found) > MOST_NETWORKS:
        wrong.append(f"A key can have {MOST_NETWORKS} addresses or networks at most.")
    return tuple(found), wrong


def _network(text: str) -> str:
    network = ip_network(text)
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) else None
    if mapped is not None and network.prefixlen >= _MAPPED:
        network = IPv4Network((mapped, network.prefixlen - _MAPPED))
    single = network.num_addresses == 1
    return str(network.network_address) if single else str(network)


def _why_not(text: str) -> str:
    shown = text.strip()[:50]
    try:
        meant = ip_network(shown, strict=False)
    except ValueError:
        return f"{shown!r} is no address and no network. Write it like 203.0.113.7, 203.0.113.0/24 or 2001:db8::/48."
    return f"{shown!r} is an address inside a network. Write the address alone, or the network as {meant}."
