"""The kill matrix as one self-contained page that reads without script and prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import groupby
from typing import Any

_AREAS = (
    "search", "book", "retrieve", "read", "amend", "cancel", "errors", "metadata", "patient", "register",
    "practitioner", "organization", "location", "wire", "http", "jwt", "ssp", "fhir", "format", "formats", "time", "tls",
)  # fmt: skip


def render(data: Mapping[str, Any]) -> str:
    """Return the page of a kill matrix as `matrix` gives it."""
    from jinja2 import ChoiceLoader, PackageLoader

    from conformance.reporting.html import environment
    from conformance.spec import load

    base = environment()
    assert base.loader is not None
    pages = base.overlay(loader=ChoiceLoader([PackageLoader("conformance.proving", "templates"), base.loader]))
    return pages.get_template("matrix.html.j2").render(
        data=data,
        title=load(data["edition"]).title,
        areas=_areas(data),
        cascades=_cascades(data),
        kinds=_kinds(data["variants"]),
    )


def _kinds(variants: Mapping[str, Any]) -> list[tuple[str, list[tuple[str, Any]]]]:
    """Return the variants by the first part of their names."""
    return [
        (kind, list(rows)) for kind, rows in groupby(sorted(variants.items()), lambda row: row[0].partition(".")[0])
    ]


def _areas(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the areas in the order of a practice's day, each with its faults and its scenarios by name."""
    present = {row["area"] for kind in ("faults", "scenarios") for row in data[kind].values()}
    ordered = [name for name in _AREAS if name in present] + sorted(present.difference(_AREAS))
    return [
        {"name": name, **{kind: _of(data[kind], name) for kind in ("faults", "scenarios")}, "amiss": _amiss(data, name)}
        for name in ordered
    ]


def _of(rows: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: row for key, row in sorted(rows.items()) if row["area"] == name}


def _amiss(data: Mapping[str, Any], name: str) -> dict[str, int]:
    return {
        "survivors": sum(data["faults"][fault]["area"] == name for fault in data["survivors"]),
        "unproven": sum(data["scenarios"][scenario]["area"] == name for scenario in data["unproven"]),
    }


def _cascades(data: Mapping[str, Any]) -> list[tuple[str, int, list[str]]]:
    """Return, for each fault that fails scenarios of other areas, how many it fails and which; the most first."""
    counts = Counter(row["fault"] for row in data["cascades"])
    return [
        (fault, count, sorted(row["scenario"] for row in data["cascades"] if row["fault"] == fault))
        for fault, count in counts.most_common()
    ]
