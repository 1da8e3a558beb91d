"""Records of providers, as a fleet gathers them, made by hand."""

from __future__ import annotations

from conformance.fleet.model import Record, SeenCause, State
from conformance.fleet.summary import Summary


def cause(name: str, severity: str = "fail", **more: str) -> SeenCause:
    texts = {"code": "status", "place": "status", "requirement": "STU3-SLOT-023", "message": f"wrong in way {name}"}
    return SeenCause(name, severity, **{**texts, "found": "200", "expected": "422", **more}, scenarios=2)


def record(
    name: str, state: State = State.CLEAN, *causes: SeenCause, reason: str = "fine", seconds: float = 3.0
) -> Record:
    url = f"https://provider.example.org/{name}"
    counts = {"pass": 30, "fail": len(causes)}
    return Record(
        name, url, "000000000001", name, "f", state, reason, int(state.code), 1, "2026-11-29T10:00:00+00:00", seconds, "stu3",
        counts, causes, "0" * 64, "host-1", f"/elsewhere/{name}/1",
    )  # fmt: skip


def summary(*records: Record, stopped: str = "") -> Summary:
    moments = ("2026-11-29T10:00:00+00:00", "2026-11-29T11:00:00+00:00")
    return Summary("fleet.yaml", "smoke", *moments, records, (), stopped)
