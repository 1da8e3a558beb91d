"""The Spine Security Proxy's headers. Source: the API security and Spine pages; STU3-SSP-004 to -013, DSTU2-SSP-004 to -016."""

from __future__ import annotations

import re

from conformance.provider.http import Call
from conformance.provider.rules import Rules

SSP = Rules("ssp")
_ASID = re.compile(r"\d{12}")
_TRACE = re.compile(r"[0-9A-Fa-f]{8}(-?[0-9A-Fa-f]{4}){3}-?[0-9A-Fa-f]{12}")


def _given_once(call: Call, name: str) -> str | None:
    values = call.header_values(name)
    if len(values) > 1:
        return f"the header {name} was sent {len(values)} times"
    return None if values and values[0].strip() else f"the header {name} is missing or empty"


@SSP.rule("trace-present", "BAD_REQUEST")
def _trace_present(call: Call) -> str | None:
    """Ssp-TraceID is there, once."""
    return _given_once(call, "Ssp-TraceID")


@SSP.rule("trace-form", "BAD_REQUEST")
def _trace_form(call: Call) -> str | None:
    """Ssp-TraceID is a GUID."""
    return None if _TRACE.fullmatch(call.header("Ssp-TraceID")) else "Ssp-TraceID is not a GUID"


@SSP.rule("from-present", "BAD_REQUEST")
def _from_present(call: Call) -> str | None:
    """Ssp-From is there, once."""
    return _given_once(call, "Ssp-From")


@SSP.rule("from-form", "BAD_REQUEST")
def _from_form(call: Call) -> str | None:
    """Ssp-From is an ASID."""
    return None if _ASID.fullmatch(call.header("Ssp-From")) else "Ssp-From is not an ASID of 12 digits"


@SSP.rule("to-present", "BAD_REQUEST")
def _to_present(call: Call) -> str | None:
    """Ssp-To is there, once."""
    return _given_once(call, "Ssp-To")


@SSP.rule("to-own", "BAD_REQUEST")
def _to_own(call: Call) -> str | None:
    """Ssp-To is this provider's ASID."""
    return None if call.header("Ssp-To") == call.provider.practice.asid else "Ssp-To is not the ASID of this system"


@SSP.rule("interaction-present", "BAD_REQUEST")
def _interaction_present(call: Call) -> str | None:
    """Ssp-InteractionID is there, once."""
    return _given_once(call, "Ssp-InteractionID")


@SSP.rule("interaction-fits", "BAD_REQUEST")
def _interaction_fits(call: Call) -> str | None:
    """Ssp-InteractionID is that of the interaction that the verb and the URL ask for."""
    sent = call.header("Ssp-InteractionID")
    fitting = [row.interaction_id for row in call.provider.routes.fitting(call)]
    fitting = call.provider.seams.setting("ssp.fitting", fitting, call)
    return None if sent in fitting else f"Ssp-InteractionID {sent[:120]} does not fit {call.method} {call.path[:120]}"
