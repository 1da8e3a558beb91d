"""Ways to be wrong about bookings and updates that vary what is usual without breaking a rule."""

from __future__ import annotations

from conformance.provider.appointments.body import objects
from conformance.provider.fault_points import Effect, Seam
from conformance.provider.faults.effects import content
from conformance.provider.faults.fault import STU3, Fault
from conformance.provider.http import Call, Json, Response
from conformance.provider.refusal import refuse


def _demands_type(sent: Json) -> Json:
    organizations = [item for item in objects(sent.get("contained")) if item.get("resourceType") == "Organization"]
    if any("type" not in item for item in organizations):
        raise refuse("fault.refuses", "INVALID_RESOURCE", "the booking organisation has no type")
    return sent


def _takes_one_extension(sent: Json) -> Json:
    if len(objects(sent.get("extension"))) > 1:
        raise refuse("fault.refuses", "INVALID_RESOURCE", "there is more than one extension")
    return sent


def _without_body(response: Response, call: Call | None) -> Response:  # noqa: ARG001
    return Response(response.status, None, response.headers) if response.status == 200 else response


FAULTS = (
    Fault(
        "book.demands-organization-type",
        "books for no organisation that does not say of what type it is",
        content(_demands_type, on="book"),
        STU3,
    ),
    Fault(
        "book.refuses-further-extensions",
        "takes no extension but the booking organisation's",
        content(_takes_one_extension, on="book"),
        STU3,
    ),
    *(
        Fault(
            f"{short}.minimal-for-all",
            f"returns no body, in response to {phrase}",
            Effect(Seam.RESPONSE, _without_body, on=frozenset({f"{short}_appointment"})),
        )
        for short, phrase in (("amend", "an amendment"), ("cancel", "a cancellation"))
    ),
)
