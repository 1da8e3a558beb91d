"""What is written of a run that was judged again: the whole report, what changed, the list of verdicts, and the seal."""

from __future__ import annotations

from conformance.comparing import Comparison, compare
from conformance.evidence.seal import UNSEALED, Seal, seal
from conformance.rejudging.run import JudgedAgain
from conformance.rejudging.verdict_list import verdict_lines
from conformance.reporting import comparison_view
from conformance.reporting.overview import Catalogue
from conformance.reporting.writing import Outputs, write_all, write_whole

DIFF, VERDICTS = "diff.html", "verdicts.txt"


def write_outputs(again: JudgedAgain, catalogue: Catalogue) -> tuple[Outputs, Comparison, Seal]:
    """Write the outputs beside the evidence and seal the folder; the seal names that of the run it was made from.

    `catalogue` has the texts of the requirements. Raises UsageError when a file cannot be written.
    """
    outputs = write_all(again.result, again.folder, catalogue=catalogue, seal=UNSEALED)
    comparison = compare(again.original, again.result)
    page = comparison_view.render(comparison)
    write_whole(again.folder / DIFF, page.encode("utf-8", "backslashreplace"))
    lines = "".join(f"{line}\n" for line in verdict_lines(again.result.scenarios))
    write_whole(again.folder / VERDICTS, lines.encode("utf-8", "backslashreplace"))
    return outputs, comparison, seal(again.folder, again.result.run.id, parent=again.parent)
