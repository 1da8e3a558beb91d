"""What faults may want to know of a call: on whose behalf it is made."""

from __future__ import annotations

import base64
import json

from conformance.provider.call import Call


def organization_of(call: Call) -> str:
    """The ODS code of the organisation that the token names; "" where it names none."""
    payload = call.header("Authorization").split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return next(
        (str(item.get("value")) for item in claims.get("requesting_organization", {}).get("identifier", [])), ""
    )
