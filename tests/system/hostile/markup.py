"""A provider whose every text, key and header is markup that would run as a script where a page shows it unescaped."""

from __future__ import annotations

import itertools
import json
import random
from typing import Any

from tests.system.hostile.kinds import Kind, Sound

MARK = "data-ran"
_RUN = f"document.documentElement.setAttribute('{MARK}','1')"
_PAYLOADS = (
    f'"><script>{_RUN}</script>',
    f'\'><img src=x onerror="{_RUN}">',
    f"</script><svg onload={_RUN}>",
    f"javascript:{_RUN}",
    f"{{{{7*7}}}}${{7*7}}<details open ontoggle={_RUN}>",
    f"--></style></textarea></title><script>{_RUN}</script>",
    f"]]><script>{_RUN}</script>",
)
# What a request is made of next: marked now and then, so that scenarios get further than their first response.
_NEEDED = {"id", "reference", "resourceType", "status", "start", "end", "versionId", "url", "system", "profile"}


def markup() -> Kind:
    """Return the kind; which texts of those needed are marked is the same in each run."""
    way = random.Random(1)
    payloads = itertools.cycle(_PAYLOADS)

    def marked(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            extra = {next(payloads): next(payloads)} if way.random() < 0.2 else {}
            return {**{key: marked(below, key) for key, below in value.items()}, **extra}
        if isinstance(value, list):
            return [marked(below, name) for below in value]
        spared = name in _NEEDED and way.random() > 0.05
        return value if spared or not isinstance(value, str) else value + next(payloads)

    def make(sound: Sound) -> bytes:
        out = sound.with_body(json.dumps(marked(sound.json())).encode()) if sound.body[:1] == b"{" else sound
        out = out.header("X-Marked", next(payloads)).header("Server", f"{next(payloads)}1.2")
        out = out.header("ETag", f'W/"1{next(payloads)}"')
        return out.head(f"HTTP/1.1 {sound.status} {next(payloads)}") + (b"" if sound.method == "HEAD" else out.body)

    return Kind("markup-everywhere", make, only="-")


def marked(data: Any) -> Any:
    """Return JSON whose texts, and the names that are put together of words with dots, all end in markup.

    The same text ends in the same markup, so that what refers to another part of the data still does.
    """
    if isinstance(data, dict):
        return {_ended(key) if "." in key else key: marked(below) for key, below in data.items()}
    if isinstance(data, list):
        return [marked(below) for below in data]
    return _ended(data) if isinstance(data, str) else data


def _ended(text: str) -> str:
    return text + _PAYLOADS[len(text) % len(_PAYLOADS)]
