"""Ways to be wrong about how much a slot search returns, and about odd questions."""

from __future__ import annotations

from conformance.provider.faults.effects import Edit, bundle, found, refuses
from conformance.provider.faults.fault import STU3, Fault
from conformance.provider.http import Call, Json
from conformance.provider.refusal import Reply
from conformance.provider.store import Row

_ON = "search"
_BROKEN = Reply("INTERNAL_SERVER_ERROR", 500)


def _first_days(rows: list[Row]) -> list[Row]:
    """The slots of the first two days on which there are any."""
    days = sorted({row["start"] // 86400 for row in rows})[:2]
    return [row for row in rows if row["start"] // 86400 in days]


def _next_page() -> Edit:
    def edit(value: Json) -> Json:
        link = {"relation": "next", "url": "https://beeches.example/Slot?page=2"}
        return {**value, "link": [*value.get("link", ()), link]}

    return edit


def _without_system(call: Call) -> bool:
    return any("|" not in value for value in call.parameters("searchFilter"))


FAULTS = (
    Fault("search.first-ten-slots", "returns the first ten slots only", found(lambda rows: rows[:10], on=_ON)),
    Fault("search.first-days-only", "returns the slots of two days only", found(_first_days, on=_ON)),
    Fault("search.links-to-a-next-page", "names a next page", bundle(_next_page(), on=_ON)),
    Fault(
        "search.filter-without-system-is-server-error",
        "returns 500 for a search filter without system",
        refuses(_without_system, _BROKEN, on=_ON),
        STU3,
    ),
    Fault(
        "search.count-is-server-error",
        "returns 500 for _count",
        refuses(lambda call: bool(call.parameters("_count")), _BROKEN, on=_ON),
    ),
)
