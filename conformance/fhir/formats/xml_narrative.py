"""The XHTML of a narrative, taken out of FHIR XML as text."""

from __future__ import annotations

import re

from conformance.fhir.formats.xml_names import XHTML, split_name

_TAG = re.compile(rb"<(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")


class Narrative:
    """Follows one `div`. Its text is what the document holds, byte for byte, if that stands alone; else a rewriting."""

    def __init__(self, data: bytes, start: int) -> None:
        self.depth = 0
        self._data = data
        self._start = start
        self._inside: set[str | None] = {"xml"}
        self._stands_alone = True
        self._pieces: list[str] = []
        self._names: list[str] = []

    def start(
        self,
        namespace: str,
        local: str,
        prefix: str,
        attributes: dict[str, str],
        declared: dict[str | None, str | None],
    ) -> None:
        """An element opens; `declared` are the namespaces it declares, by prefix."""
        self._inside.update(declared)
        used = {prefix or None} | {found for name in attributes if (found := split_name(name)[2])}
        if not self.depth and namespace != XHTML:
            # In the document's default namespace: the bare text has none, which is just what it then says in JSON.
            self._inside.add(None)
        if used - self._inside or (not self.depth and prefix):
            self._stands_alone = False
        self._write_start(namespace, local, attributes)
        self.depth += 1

    def end(self) -> None:
        """The element last opened closes."""
        self.depth -= 1
        self._pieces.append(f"</{self._names.pop()}>")

    def characters(self, text: str) -> None:
        """Text inside."""
        self._pieces.append(_escaped(text))

    def text(self, end: int) -> str:
        """The narrative as text; `end` is the offset of the parser at the closing of the div."""
        if not self._stands_alone:
            return "".join(self._pieces)
        return self._data[self._start : self._stop(end)].decode("utf-8")

    def _stop(self, end: int) -> int:
        """Where the div ends: the parser stands before a closing tag, but behind a tag that opens and closes in one."""
        opening = _TAG.match(self._data, self._start)
        if opening and opening.end() == end and opening[0].endswith(b"/>"):
            return end
        closing = _TAG.match(self._data, end)
        return closing.end() if closing else len(self._data)

    def _write_start(self, namespace: str, local: str, attributes: dict[str, str]) -> None:
        shown = "" if self.depth and namespace == XHTML else f" xmlns={_quoted(namespace)}" if namespace else ""
        for name, value in attributes.items():
            shown += f" {_attribute_name(name)}={_quoted(value)}"
        self._names.append(local)
        self._pieces.append(f"<{local}{shown}>")


def _attribute_name(name: str) -> str:
    _, local, prefix = split_name(name)
    return f"xml:{local}" if prefix == "xml" else local


# Not the standard library's: that brings the whole of urllib with it, a tenth of the time a command takes to start.
_SPECIAL = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_IN_ATTRIBUTE = _SPECIAL | str.maketrans({'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def _escaped(text: str) -> str:
    return text.translate(_SPECIAL)


def _quoted(text: str) -> str:
    return f'"{text.translate(_IN_ATTRIBUTE)}"'
