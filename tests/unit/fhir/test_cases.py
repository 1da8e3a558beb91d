from pathlib import Path
from typing import Any

import pytest

from tests.support.cases_runner import all_cases, validator_of


@pytest.mark.parametrize(("path", "case"), [pytest.param(p, c, id=f"{p.stem}-{c['desc']}") for p, c in all_cases()])
def test_exactly_the_issues_of_the_case_are_found(path: Path, case: dict[str, Any]) -> None:
    profiles = [case["profile"]] if "profile" in case else []
    issues = validator_of(path).validate(case["data"], profiles)
    found = sorted((issue.code, issue.path) for issue in issues)
    wanted = sorted((issue["code"], issue["path"]) for issue in case["issues"])
    assert found == wanted, [issue.message for issue in issues]
