"""Resources that the configuration supplies because they cannot be had through the interface."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from conformance.consumer.uk_time import LONDON, to_uk_text
from conformance.core.results import Blame
from conformance.engine.stop_reasons import CannotTest
from conformance.engine.values import Values

_MARK = re.compile(r"\{(-?\d+) ([^{}\"]+)\}")


def supplied_resource(path: Path, resource_type: str, today: date, values: Values) -> dict[str, Any]:
    """Return the resource in a JSON file, its marks filled in: `{-7 09:00}` is UK clock time so many days from `today`,
    `{-7 %Y%m%d}` that day's date in any form. `values` note what is read. CannotTest, naming the file, when it holds no such
    resource.
    """

    def look() -> Any:
        try:
            text = path.read_text(encoding="utf-8")
            return {"value": json.loads(_MARK.sub(lambda mark: _filled(mark[1], mark[2], today), text))}
        except (OSError, ValueError) as error:
            return {"trouble": str(error)}

    seen = values.observed(f"file {path.name}", look)
    if "trouble" in seen:
        raise CannotTest(f"the file {path.name} that the configuration names cannot be read: {seen['trouble']}", _OURS)
    value = seen["value"]
    if not isinstance(value, dict) or value.get("resourceType") != resource_type:
        raise CannotTest(f"the file {path.name} that the configuration names holds no {resource_type}", _OURS)
    return value


_OURS = Blame.CONFIGURATION


def _filled(days: str, form: str, today: date) -> str:
    day = today + timedelta(days=int(days))
    if "%" in form:
        return day.strftime(form)
    return to_uk_text(datetime.combine(day, time.fromisoformat(form), LONDON))
