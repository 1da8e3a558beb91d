"""The case files: exactly the issues that each case lists, in JSON and in XML; and every issue code occurs in one of them."""

from __future__ import annotations

import pytest

from tests.support.cases_runner import Row, all_rows

SEVERITIES = ("error", "warning", "information")


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in all_rows()])
def test_exactly_the_issues_of_the_case_are_found(row: Row) -> None:
    issues = row.issues()
    wanted = sorted(row.wanted, key=_plain)
    found = sorted((f"{one.code} {one.path}" for one in issues), key=_plain)
    assert found == [_plain(one) for one in wanted], [issue.message for issue in issues]
    graded = [one for one in wanted if one.split()[0] in SEVERITIES]
    assert not set(graded) - {f"{one.severity.value} {one.code} {one.path}" for one in issues}


def _plain(wanted: str) -> str:
    severity, _, rest = wanted.partition(" ")
    return rest if severity in SEVERITIES else wanted
