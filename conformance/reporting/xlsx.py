"""requirements.xlsx: requirements, causes and the run as a workbook, for an assurance team that tracks them there.

XlsxWriter (the extra `xlsx`) writes it: half the size of openpyxl, nothing else with it, and it only writes. It is imported
when a workbook is requested.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.core.errors import UsageError
from conformance.core.results import RunResult, Verdict
from conformance.reporting import overview
from conformance.reporting.cause_view import heaviest, in_one_line, kind_of, seen_of, shown_causes, title_of
from conformance.reporting.display import visible
from conformance.reporting.html import VERDICT_WORDS
from conformance.reporting.outcome import outcome
from conformance.reporting.overview import Catalogue, RequirementRow, RequirementText

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format

FILE_NAME = "requirements.xlsx"
MOST = 32_000  # characters of a cell: Excel holds 32,767
_MOST_NAMED = 20  # scenarios and exchanges named in a cell
_ACTIVE = re.compile(r"[=+\-@\t\r\n]")
_HOW = {"inspection": "to be attested, by inspection", "manual": "to be attested, by witness"}


class Column(NamedTuple):
    """A column: its heading and its width in characters."""

    heading: str
    width: int


REQUIREMENTS = (
    Column("Requirement", 16), Column("Section", 12), Column("Level", 11), Column("Description", 60), Column("Source", 34),
    Column("Verified by", 24), Column("Verdict", 14), Column("Finding or reason", 50), Column("Scenarios", 40),
    Column("Evidence reference", 34), Column("Attested: met?", 14), Column("Attested: evidence", 34),
    Column("Attested: name", 20), Column("Attested: date", 14), Column("Remarks", 34),
)  # fmt: skip
_MET = REQUIREMENTS.index(Column("Attested: met?", 14))
CAUSES = (
    Column("Cause", 14), Column("Class", 10), Column("What is wrong", 60), Column("Found and expected", 50),
    Column("Requirement", 16), Column("Scenarios", 40), Column("Keeps from being tested", 20),
    Column("Evidence reference", 30), Column("Owner", 20), Column("Ticket", 16), Column("Remarks", 34),
)  # fmt: skip
RUN = (Column("What", 28), Column("Value", 90))


def check_installed() -> None:
    """UsageError where the library that writes workbooks is not installed."""
    try:
        import xlsxwriter  # noqa: F401
    except ImportError:
        fix = "Install it with: pip install 'gpconnect-assure[xlsx]'"
        raise UsageError("a workbook needs XlsxWriter, which is not installed", fix=fix) from None


def dumps(result: RunResult, catalogue: Catalogue | None = None) -> bytes:
    """Return requirements.xlsx of a run. `catalogue` gives the requirements by id. Raises UsageError without XlsxWriter."""
    check_installed()
    from xlsxwriter import Workbook

    texts = overview.texts_of(catalogue)
    data = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(data, options) as book:
        book.set_properties({"title": f"Requirements, run {cell(result.run.id)}", "created": _created(result)})
        rows = list(_requirements(result, texts))
        _sheet(book, "Requirements", REQUIREMENTS, rows)
        _sheet(book, "Causes", CAUSES, _causes(result))
        _sheet(book, "Run", RUN, _facts(result))
    return data.getvalue()


def cell(text: str) -> str:
    """Return a text as a cell may hold it: nothing invisible, not too long, and nothing that a spreadsheet would run.

    A text that begins with = + - @, a tab or a line end gets an apostrophe before it, which a spreadsheet takes for the
    mark of a text, also when the sheet is saved as CSV and opened again.
    """
    shown = f"'{text}" if _ACTIVE.match(text) else text
    shown = visible(shown)
    return shown if len(shown) <= MOST else f"{shown[:MOST]}… cut here; the whole is in evidence.sqlite"


def _created(result: RunResult) -> datetime:
    try:
        return datetime.fromisoformat(result.run.started)
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)


def _sheet(book: Workbook, name: str, columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
    heading: Format = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 2})
    body: Format = book.add_format({"text_wrap": True, "valign": "top"})
    sheet: Any = book.add_worksheet(name)
    for number, column in enumerate(columns):
        sheet.set_column(number, number, column.width)
        sheet.write_string(0, number, column.heading, heading)
    last = 0
    for last, row in enumerate(rows, start=1):
        for number, text in enumerate(row):
            sheet.write_string(last, number, cell(text), body)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, last, len(columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    if columns is REQUIREMENTS and last:
        sheet.data_validation(1, _MET, last, _MET, {"validate": "list", "source": ["yes", "no", "not applicable"]})


def _requirements(result: RunResult, texts: dict[str, RequirementText]) -> Iterator[list[str]]:
    """A row for each requirement on a provider, and for each that a scenario names."""
    verified = {row.id: row for row in overview.requirement_rows(overview.shown_scenarios(result), texts)}
    on_provider = {name for name, text in texts.items() if text.actor in ("provider", "")}
    for name in sorted({*verified, *on_provider}):
        text, row = texts.get(name, RequirementText()), verified.get(name)
        how = "scenarios" if row else _HOW.get(text.testable, "no scenario of this run")
        yield [
            name,
            overview.section_of(name),
            text.level,
            text.text,
            text.url or text.source,
            how,
            VERDICT_WORDS[row.verdict] if row else "",
            _finding(row) if row else "",
            _named([shown.result.id for shown in row.scenarios]) if row else "",
            _evidence(result, row) if row else "",
            *[""] * 5,
        ]


def _finding(row: RequirementRow) -> str:
    """What the scenarios that did not pass say: a finding, else why there is no verdict."""
    for shown in row.scenarios:
        one = shown.result
        if one.verdict is row.verdict and one.verdict is not Verdict.PASS:
            first = heaviest(one.findings)
            return in_one_line(first, MOST) if first else one.reason
    return ""


def _evidence(result: RunResult, row: RequirementRow) -> str:
    worst = [shown.result for shown in row.scenarios if shown.result.verdict is row.verdict]
    pointed = [finding.exchange for one in worst for finding in one.findings if finding.exchange]
    numbers = pointed or [number for one in worst for number in one.exchanges]
    named = _named([str(number) for number in dict.fromkeys(numbers)])
    return f"run {result.run.id}, exchanges {named}" if named else f"run {result.run.id}"


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def _causes(result: RunResult) -> Iterator[list[str]]:
    for one in shown_causes(result):
        cause = one.cause
        yield [
            cause.id,
            kind_of(one),
            title_of(cause),
            seen_of(cause),
            cause.requirement,
            _named(cause.scenarios),
            str(len(cause.untested) or ""),
            f"run {result.run.id}, exchange {cause.exchange}" if cause.exchange else f"run {result.run.id}",
            "",
            "",
            "",
        ]


def _facts(result: RunResult) -> Iterator[list[str]]:
    run, verdict = result.run, outcome(result)
    yield ["Verdict", f"{verdict.word}: {verdict.sentence}"]
    facts = {"Run": run.id, "Specification": run.edition_title, "Provider": run.provider, "Started": run.started}
    facts |= {"Finished": run.finished or "cut short", "Tool": f"gpconnect-assure {run.tool_version}"}
    yield from ([name, value] for name, value in (facts | run.subject | run.settings).items())
    yield from (["Notice", notice.message] for notice in run.notices)
    yield from (["Waiver", f"{use.state}: {use.sentence}: {use.waiver.reason}"] for use in result.waivers)
