"""Which symptoms have one explanation: one rule a function, in the order in which they are tried.

The rules were chosen by measurement (tools/causes_table.py): faults of the bundled provider alone and many at a time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from conformance.causes.symptoms import CONSEQUENCES, REFUSED_OTHERWISE, Groups, Symptom, Symptoms

Rule = Callable[[Symptoms, Groups], None]
_Seen = TypeVar("_Seen", str, tuple[str, str])
_OF_EVERY_RESOURCE = ("id", "meta.profile", "meta.versionId", "language", "implicitRules")
_OWN_BY_INTERACTION = frozenset({"Appointment", "OperationOutcome"})
_FEW, _SOME, _MANY, _MOST = 2, 3, 4, 8
_TIMES = (".start", ".end", ".created")
_ENTRIES = frozenset({"Bundle.entry", "Slot", "Slot.start", "Slot.end"})


def _joining(
    key: Callable[[Symptom], Hashable], *, least: int = _FEW, of: Callable[[Symptom], Hashable] | None = None
) -> Rule:
    """Return a rule: symptoms with an equal key, not None, are one where they differ in at least so many of `of`."""

    def rule(symptoms: Symptoms, groups: Groups) -> None:
        alike: dict[Hashable, list[Symptom]] = defaultdict(list)
        for symptom in symptoms:
            if (found := key(symptom)) is not None:
                alike[found].append(symptom)
        for several in alike.values():
            if len({of(one) if of else one for one in several}) >= least:
                for other in several[1:]:
                    groups.join(several[0], other)

    return rule


def _interaction(symptom: Symptom) -> str:
    return symptom.interaction


def _requirement(symptom: Symptom) -> str:
    return symptom.requirement


def _of_every_resource(symptom: Symptom) -> str | None:
    below = symptom.place.partition(".")[2]
    return below if below in _OF_EVERY_RESOURCE and symptom.narrow else None


def _element_of_any(symptom: Symptom) -> tuple[str, str] | None:
    """The element, where the same resource is returned by several interactions from one place."""
    found = symptom.element
    return found if found and found[0] not in _OWN_BY_INTERACTION else None


def _usual(seen: Iterable[_Seen]) -> _Seen:
    """What was seen most often; of several, the last in alphabetical order, so that the order of findings does not matter."""
    counts = Counter(seen)
    return max(counts, key=lambda one: (counts[one], one))


def _uniformly_refused(symptoms: Symptoms, groups: Groups) -> None:
    """Requests of one interaction that are refused alike, whatever is wrong with them, are refused for one reason."""
    most = {symptom: _usual(map(_deviation, found)) for symptom, found in symptoms.found.items()}

    def key(symptom: Symptom) -> Hashable:
        alike = symptom.code in (REFUSED_OTHERWISE, "status")
        return (symptom.code, symptom.interaction, most[symptom]) if alike else None

    def anywhere(symptom: Symptom) -> Hashable:
        return most[symptom] if symptom.code == REFUSED_OTHERWISE else None

    _joining(key, least=_MANY, of=_requirement)(symptoms, groups)
    _joining(anywhere, least=_MOST, of=_requirement)(symptoms, groups)


def _deviation(seen: tuple[str, str]) -> str:
    """What of a response is not as expected: its status where the error code is right, else the whole."""
    found, expected = seen
    status, _, code = found.partition(" ")
    return status if code and code in expected else found


def _same_wrong_body(symptoms: Symptoms, groups: Groups) -> None:
    """Errors whose body is wrong in one way are so for one reason, whatever was refused: no OperationOutcome, a stack trace."""
    most = {symptom: _usual(found) for symptom, found in symptoms.found.items()}

    def anywhere(symptom: Symptom) -> Hashable:
        found, expected = most[symptom]
        if symptom.code == "leak":
            return symptom.code, found
        return (expected, found.rpartition(" ")[2]) if expected == "OperationOutcome" else None

    def here(symptom: Symptom) -> Hashable:
        alike = anywhere(symptom)
        return (alike, symptom.interaction) if alike else None

    _joining(here)(symptoms, groups)
    _joining(anywhere, least=_SOME, of=_interaction)(symptoms, groups)


def _consequences(symptoms: Symptoms, groups: Groups) -> None:
    """What a wrongly accepted request did is explained by its having been accepted."""
    for together in symptoms.where.values():
        accepted = next((one for one in together if one.refusal), None)
        for symptom in together:
            if accepted and symptom.code in CONSEQUENCES:
                groups.join(accepted, symptom)


def _entries_of_one_search(symptoms: Symptoms, groups: Groups) -> None:
    """Entries that are missing or superfluous in one search, by whatever measure, are so for one reason."""
    for together in symptoms.where.values():
        entries = [one for one in together if one.place in _ENTRIES and one.code and not one.refusal]
        for other in entries[1:]:
            groups.join(entries[0], other)


RULES: tuple[Rule, ...] = (
    _joining(lambda one: (one.code, one.requirement) if one.by_requirement else None),
    _joining(lambda one: (one.interaction, one.requirement) if one.code == "changed" else None),
    _joining(lambda one: one.interaction if one.code == "changed" else None, least=_MANY, of=_requirement),
    _joining(
        lambda one: (one.code, one.interaction, below) if (below := _of_every_resource(one)) else None,
        least=_SOME,
        of=lambda one: one.place,
    ),
    _joining(
        lambda one: (one.code, below) if (below := _of_every_resource(one)) else None, least=_MANY, of=_interaction
    ),
    _joining(lambda one: (one.code, one.interaction, one.requirement) if one.place.endswith(_TIMES) else None),
    _joining(lambda one: (one.code, one.place, one.interaction) if one.narrow else None),
    _joining(lambda one: (one.code, one.place) if one.narrow else None, least=_SOME, of=_interaction),
    _joining(lambda one: (found, one.interaction) if (found := one.element) else None),
    _joining(lambda one: (one.code, one.place) if _element_of_any(one) else None),
    _joining(
        lambda one: (one.code, one.requirement, one.interaction) if one.narrow else None,
        least=_MANY,
        of=lambda one: one.place,
    ),
    _joining(
        lambda one: (one.code, one.requirement) if not one.refusal and one.code else None, least=_MANY, of=_interaction
    ),
    _uniformly_refused,
    _same_wrong_body,
    _consequences,
    _entries_of_one_search,
)
