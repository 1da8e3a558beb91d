"""Checks of an answer's status and of what kind of thing its body is."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.kinds import Check, Context
from conformance.consumer.reply import Reply
from conformance.core.results import Blame, Finding


def status(*wanted: int) -> Check:
    """The HTTP status is one of those wanted."""

    def check(reply: Reply, context: Context) -> Iterator[Finding]:
        if reply.status in wanted:
            return
        yield Finding(
            "no answer came" if reply.status is None else "the status is another than expected",
            location="status",
            found=reply.described,
            expected=" or ".join(map(str, wanted)),
            code="status",
            blame=Blame.ENVIRONMENT if reply.unreachable else Blame.PROVIDER,
        )

    return check


def resource(resource_type: str) -> Check:
    """The body is a readable FHIR resource of the type wanted."""

    def check(reply: Reply, context: Context) -> Iterator[Finding]:
        for problem in reply.problems:
            yield Finding(
                f"the body cannot be read as FHIR: {problem.message}", location=problem.path, code=problem.code
            )
        if reply.resource_type != resource_type:
            yield Finding(
                "the body is not the resource that this interaction answers with",
                location="body",
                found=reply.resource_type
                or f"{len(reply.exchange.response_body)} bytes of {reply.exchange.media_type or 'nothing'}",
                expected=resource_type,
                code="resource-type",
            )

    return check


def searchset(reply: Reply, context: Context) -> Iterator[Finding]:
    """The body is a Bundle of type searchset."""
    yield from resource("Bundle")(reply, context)
    if isinstance(reply.value, dict) and reply.resource_type == "Bundle" and reply.value.get("type") != "searchset":
        yield Finding(
            "the Bundle is not a searchset",
            location="Bundle.type",
            found=str(reply.value.get("type")),
            expected="searchset",
            code="bundle-type",
        )


def success(resource_type: str, code: int = 200) -> Check:
    """The interaction succeeded: this status, this resource, and a searchset where the resource is a Bundle."""

    def check(reply: Reply, context: Context) -> Iterator[Finding]:
        yield from status(code)(reply, context)
        if reply.status == code:
            yield from (searchset if resource_type == "Bundle" else resource(resource_type))(reply, context)

    return check
