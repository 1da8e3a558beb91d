"""Checks of how a response behaves as HTTP, whatever it says as FHIR."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.checks.check import Check, Context, about
from conformance.consumer.response import Response
from conformance.core.results import Blame, Finding, Severity

_ERROR = 400
_NOT_IMPLEMENTED = 501
# Headers that products put their name and version into; Server may name a product, but not its version.
_TELLTALE = frozenset(
    {"x-powered-by", "x-aspnet-version", "x-aspnetmvc-version", "x-runtime", "x-generator", "x-debug-token"}
)
_VERSION = re.compile(r"\d+\.\d+")


def _unanswered(response: Response) -> Finding:
    return Finding(
        "no response came",
        location="status",
        found=response.described,
        code="status",
        blame=Blame.ENVIRONMENT if response.unreachable else Blame.PROVIDER,
    )


def calm(response: Response, context: Context) -> Iterator[Finding]:
    """The request is served or refused, and does not end in a server error or a redirection; 501 is a refusal."""
    status = response.status
    if status is None:
        yield _unanswered(response)
    elif not (200 <= status < 300 or 400 <= status < 500 or status == _NOT_IMPLEMENTED):
        yield Finding(
            "the request was neither served nor refused",
            location="status",
            found=response.described,
            expected="a success, a 4xx or 501",
            code="status",
        )


@about(lambda response: response.is_resource or (response.status or 0) >= _ERROR)
def served_or_refused(response: Response, context: Context) -> Iterator[Finding]:
    """As `calm`, of a request that is served with a resource."""
    yield from calm(response, context)


def coded(wanted: str) -> Check:
    """The body comes in a content coding: `gzip`, or "" for none."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        found = (response.exchange.header("Content-Encoding") or "").strip().lower()
        if found.replace("identity", "") != wanted:
            yield Finding(
                "the response is not compressed though gzip was requested"
                if wanted
                else "the response is compressed though nobody requested it",
                location="header Content-Encoding",
                found=found or "none",
                expected=wanted or "none",
                code="content-encoding",
            )

    return check


def nameless(response: Response, context: Context) -> Iterator[Finding]:
    """No header names the version of the software behind the provider."""
    for name, value in response.exchange.response_headers:
        if name.lower() in _TELLTALE or (name.lower() == "server" and _VERSION.search(value)):
            yield Finding(
                "a header discloses the server's software",
                Severity.WARN,
                f"header {name}",
                value[:80],
                "no such header, or no version in it",
                code="software-told",
            )


def silent_about(*texts: str) -> Check:
    """Neither headers nor body repeat a text of the request that is no business of the response."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        found = " ".join(value for _, value in response.exchange.response_headers)
        found += response.exchange.response_body.decode("utf-8", "replace")
        for text in texts:
            if text in found:
                yield Finding(
                    "the response repeats what it should not",
                    Severity.WARN,
                    "headers or body",
                    text[:60],
                    "none of it",
                    code="repeated",
                )

    return check


def directive(name: str, wanted: str) -> Check:
    """A header that is about caching holds a directive."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        found = ", ".join(response.exchange.headers(name))
        if wanted not in [part.strip().lower() for part in found.split(",")]:
            yield Finding(
                "the response lacks a directive against caching",
                location=f"header {name}",
                found=found or "none",
                expected=wanted,
                code="cache-directive",
            )

    return check
