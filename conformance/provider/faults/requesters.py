"""What faults need to know of a call: on whose behalf it is sent."""

from __future__ import annotations

import base64
import json

from conformance.provider.http import Call, Json


def claims_of(call: Call) -> Json:
    """The claims of the token, which was found good."""
    payload = call.header("Authorization").split(".")[1]
    claims: Json = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def organization_of(call: Call) -> str:
    """The ODS code of the organisation that the token names; "" where it names none."""
    value = claims_of(call).get("requesting_organization", {}).get("identifier", [])
    return next((str(item.get("value")) for item in value), "")


def user_identifiers(call: Call) -> list[str]:
    """The values of the identifiers of the user that the token names."""
    claims = claims_of(call)
    user = claims.get("requesting_practitioner") or claims.get("requesting_identity") or {}
    return [str(item.get("value")) for item in user.get("identifier", [])]
