"""Checks of a response's status and of what kind of thing its body is."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.check import Check, Context
from conformance.checks.json_values import spelled
from conformance.consumer.response import Response
from conformance.core.results import Blame, Finding


def status(*wanted: int) -> Check:
    """The HTTP status is one of those wanted."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        if response.status in wanted:
            return
        yield Finding(
            "no response came" if response.status is None else "the status is another than expected",
            location="status",
            found=response.described,
            expected=" or ".join(map(str, wanted)),
            code="status",
            blame=Blame.ENVIRONMENT if response.unreachable else Blame.PROVIDER,
        )

    return check


def resource(resource_type: str) -> Check:
    """The body is a readable FHIR resource of the type wanted."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        for problem in response.problems:
            yield Finding(
                f"the body cannot be read as FHIR: {problem.message}", location=problem.path, code=problem.code
            )
        if response.resource_type != resource_type:
            yield Finding(
                "the body is not the resource that this interaction returns",
                location="body",
                found=response.resource_type
                or f"{len(response.exchange.response_body)} bytes of {response.exchange.media_type or 'nothing'}",
                expected=resource_type,
                code="resource-type",
            )

    return check


def searchset(response: Response, context: Context) -> Iterator[Finding]:
    """The body is a Bundle of type searchset."""
    yield from resource("Bundle")(response, context)
    if (
        isinstance(response.value, dict)
        and response.resource_type == "Bundle"
        and response.value.get("type") != "searchset"
    ):
        yield Finding(
            "the Bundle is not a searchset",
            location="Bundle.type",
            found=spelled(response.value.get("type")),
            expected="searchset",
            code="bundle-type",
        )


def success(resource_type: str, code: int = 200) -> Check:
    """The interaction succeeded: this status, this resource, and a searchset where the resource is a Bundle."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        yield from status(code)(response, context)
        if response.status == code:
            yield from (searchset if resource_type == "Bundle" else resource(resource_type))(response, context)

    return check
