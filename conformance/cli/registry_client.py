"""The HTTP client of `profiles download`: as bounded in time as what talks to a provider, through the proxy of the system."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from conformance.consumer.network import Transport, monitored


@contextmanager
def registry_client(registry: str, *, timeout: float, most_seconds: float) -> Iterator[httpx.Client]:
    """A client for a registry at a base URL: `timeout` bounds each pause, `most_seconds` all that is done within the block."""
    transport = Transport(ssl.create_default_context(), proxy=_proxy(registry))
    with monitored(most_seconds), httpx.Client(transport=transport, timeout=timeout) as client:
        yield client


def _proxy(url: str) -> str:
    """The proxy that the environment names for a URL, "" for none."""
    parts = urlsplit(url)
    found = getproxies().get(parts.scheme, "")
    return "" if not parts.hostname or proxy_bypass(parts.hostname) else found
