"""What a PUT would change: the appointment as the server has it against the one sent. Source: the amend and cancel pages."""

from __future__ import annotations

from typing import Any

from conformance.provider.appointments.body import objects, reference_of
from conformance.provider.clock import seconds_of
from conformance.provider.http import Json

# Elements that the provider itself supplies: leaving them out is no change (STU3-AMEND-040); so are narrative and metadata.
_MAY_BE_MISSING = {"serviceType", "serviceCategory", "type", "identifier", "minutesDuration"}
_NEVER_COMPARED = {"meta", "text", "implicitRules", "language", "id", "resourceType"}
_OWN_EXTENSIONS = ("PractitionerRole-1", "DeliveryChannel-2")
_REASON = ("AppointmentCancellationReason-1", "appointment-cancellation-reason-1")


def changes(value: Json, sent: Json) -> set[str]:
    """The elements that differ. Extensions are named `extension`, the cancellation reason `cancellation`."""
    names = (set(value) | set(sent)) - _NEVER_COMPARED - {"extension"}
    changed = {name for name in names if _differs(name, value.get(name), sent.get(name))}
    return changed | _extension_changes(value, sent)


def _differs(name: str, value: Any, sent: Any) -> bool:
    if sent is None and name in _MAY_BE_MISSING:
        return False
    return bool(_comparable(name, value) != _comparable(name, sent))


def _comparable(name: str, value: Any) -> Any:
    if name in {"start", "end", "created"}:
        return seconds_of(value) or value
    if name == "slot":
        return sorted(map(reference_of, objects(value)))
    if name == "participant":
        return sorted((reference_of(item.get("actor")), str(_bare(item))) for item in objects(value))
    return _bare(value)


def _bare(value: Any) -> Any:
    """A value in one order of keys and without the displays of references, which are the server's to choose."""
    if isinstance(value, dict):
        refers = "reference" in value
        return {key: _bare(value[key]) for key in sorted(value) if not (refers and key == "display")}
    if isinstance(value, list):
        return [_bare(item) for item in value]
    return value


def _extension_changes(value: Json, sent: Json) -> set[str]:
    before, after = (_by_url(resource) for resource in (value, sent))
    changed = set()
    for url in set(before) | set(after):
        own = url.endswith(_OWN_EXTENSIONS)
        if before.get(url) != after.get(url) and not (own and url not in after):
            changed.add("cancellation" if url.endswith(_REASON) else "extension")
    return changed


def _by_url(resource: Json) -> dict[str, Any]:
    found: dict[str, list[Any]] = {}
    for extension in objects(resource.get("extension")):
        found.setdefault(str(extension.get("url")), []).append(_bare(extension))
    return found
