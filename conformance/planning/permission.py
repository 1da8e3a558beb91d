"""Whether a run may write: to this machine always, elsewhere only where the configuration says so."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

from conformance.config.model import Config
from conformance.core.errors import UsageError
from conformance.engine.scenario import Case
from conformance.planning.cost import Cost, cost_of, writes
from conformance.planning.facts import read_facts
from conformance.spec import load

KEY = "provider.may_write"


def is_loopback(url: str) -> bool:
    """Return whether a URL is of this machine itself."""
    host = (urlsplit(url).hostname or "").rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def may_write(config: Config) -> bool:
    """Return whether a configuration permits a run to write to its provider."""
    addresses = [config.provider.base_url, *([config.provider.proxy_url] if config.provider.via_proxy else [])]
    return config.provider.may_write or all(is_loopback(url) for url in addresses)


def reason(config: Config, cost: Cost) -> str:
    """Return why a run is not permitted, and what it would do."""
    host = urlsplit(config.provider.base_url).hostname
    does = f"about {cost.writes} of its requests may change something: {cost.bookings} bookings"
    stays = f", each cancelled again, and {cost.registrations} registrations, which stay" if cost.registrations else ""
    return f"this run writes to {host}, which is not this machine, and {KEY} is not true: {does}{stays}"


FIX = (
    f"Set {KEY}: true where that is a test system and nobody's appointments can be harmed; never on a live one. "
    "--read-only or --pack smoke runs what only reads."
)


def demand_permission(config: Config, cases: Sequence[Case]) -> None:
    """UsageError where some of the cases write and the configuration does not permit it."""
    facts = read_facts(load(config.edition, config.options))
    if not may_write(config) and any(writes(case, facts) for case in cases):
        raise UsageError(reason(config, cost_of(cases, facts)), fix=FIX)
