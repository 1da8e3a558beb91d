"""YAML as values that know their lines: what a person wrote, where, with the environment filled in.

Scalars where the schema wants a string stay as written (an ASID or an NHS number is no number, `NO` no boolean).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from conformance.core.yaml_loader import LOADER

Path_ = tuple[str | int, ...]
Schema = Mapping[str, Any]

_VARIABLE = re.compile(r"\$(\$)?\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?)?(\})?")
_MAX_VALUES = 50_000


@dataclass(slots=True)
class Tree:
    """The value of a file, the line of each path in it (0: given on the command line), and what is wrong so far."""

    value: Any = None
    lines: dict[Path_, int] = field(default_factory=dict)
    problems: list[tuple[Path_, str]] = field(default_factory=list)

    def line(self, path: Path_) -> int:
        """The line of a path, or of its nearest holder."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


class NotYamlError(Exception):
    """The text is not YAML; the message says where."""


def read_tree(text: str, schema: Schema, overrides: Mapping[str, str]) -> Tree:
    """Read YAML text; `overrides` are dotted paths and YAML texts that replace or add values. Raises NotYamlError."""
    reader = _Reader(schema)
    try:
        root = _composed(text)
        for dotted, given in overrides.items():
            root = _overridden(root, dotted, given)
        if root is not None:
            reader.tree.value = reader.read(root, schema, ())
    except yaml.YAMLError as error:
        raise NotYamlError(_said(error)) from error
    except RecursionError:  # or an alias of what it lies in
        raise NotYamlError("it is nested too deeply") from None
    return reader.tree


def _composed(text: str) -> yaml.Node | None:
    """The nodes of a text. What libyaml refuses, Python's reader words better."""
    try:
        return yaml.compose(text, Loader=LOADER)
    except yaml.YAMLError:
        return yaml.compose(text, Loader=yaml.SafeLoader)


def _said(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    text = " ".join(str(getattr(error, "problem", None) or error).split())
    return f"line {mark.line + 1}, column {mark.column + 1}: {text}" if mark else text


def _overridden(root: yaml.Node | None, dotted: str, given: str) -> yaml.Node:
    """Put a value at a dotted path of the node tree, making the mappings on the way."""
    root = root if isinstance(root, yaml.MappingNode) else yaml.MappingNode("tag:yaml.org,2002:map", [])
    value = _composed(given) or yaml.ScalarNode("tag:yaml.org,2002:str", "", style='"')
    _unmark(value)
    holder: yaml.Node = root
    *way, last = dotted.split(".")
    for part in way:
        holder = _member(holder, part)
    _put(holder, last, value)
    return root


def _unmark(node: yaml.Node) -> None:
    node.start_mark = None
    children = [item for pair in node.value for item in pair] if isinstance(node, yaml.MappingNode) else node.value
    for child in children if not isinstance(node, yaml.ScalarNode) else ():
        _unmark(child)


def _member(holder: yaml.Node, name: str) -> yaml.Node:
    if isinstance(holder, yaml.SequenceNode):
        if name.isdecimal() and int(name) < len(holder.value):
            found: yaml.Node = holder.value[int(name)]
            return found
        raise NotYamlError(f"an override names item {name}, which the list has not")
    if not isinstance(holder, yaml.MappingNode):
        raise NotYamlError(f"an override names {name} below a single value")
    for key, value in holder.value:
        if key.value == name and isinstance(value, yaml.MappingNode | yaml.SequenceNode):
            return value
    made = yaml.MappingNode("tag:yaml.org,2002:map", [])
    _put(holder, name, made)
    return made


def _put(holder: yaml.Node, name: str, value: yaml.Node) -> None:
    if isinstance(holder, yaml.SequenceNode):
        _member(holder, name)
        holder.value[int(name)] = value
    elif isinstance(holder, yaml.MappingNode):
        key = yaml.ScalarNode("tag:yaml.org,2002:str", name)
        holder.value = [pair for pair in holder.value if pair[0].value != name] + [(key, value)]
    else:
        raise NotYamlError(f"an override names {name} below a single value")


class _Reader:
    def __init__(self, schema: Schema) -> None:
        self.tree = Tree()
        self._definitions: Mapping[str, Schema] = schema.get("$defs", {})
        self._constructor = yaml.SafeLoader("")

    def read(self, node: yaml.Node, schema: Schema, path: Path_) -> Any:
        if len(self.tree.lines) > _MAX_VALUES:
            raise NotYamlError(f"it holds more than {_MAX_VALUES:,} values")
        self.tree.lines[path] = node.start_mark.line + 1 if node.start_mark else 0
        schema = self._resolved(schema)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, schema, path)
        if isinstance(node, yaml.SequenceNode):
            items = schema.get("items", {})
            return [self.read(item, items, (*path, number)) for number, item in enumerate(node.value)]
        return self._scalar(node, schema, path)

    def _mapping(self, node: yaml.MappingNode, schema: Schema, path: Path_) -> dict[str, Any]:
        members: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else "(a list or mapping)"
            here = (*path, key)
            if key in members:
                first = self.tree.lines[here]
                self.tree.problems.append((here, f"is given twice, first on line {first}"))
            extra = schema.get("additionalProperties")
            below = schema.get("properties", {}).get(key, extra if isinstance(extra, dict) else {})
            members[key] = self.read(value_node, below, here)
            self.tree.lines[here] = key_node.start_mark.line + 1 if key_node.start_mark else 0
        return members

    def _scalar(self, node: yaml.Node, schema: Schema, path: Path_) -> Any:
        text, tag = self._expanded(node.value, path), node.tag
        wants_text = schema.get("type") == "string"
        if text != node.value:
            if wants_text:
                return _as_wanted(text, schema)
            # In quotes, too: a flow mapping cannot hold ${NAME} without them.
            tag = self._constructor.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
        if tag == "tag:yaml.org,2002:null":
            return None
        if wants_text or tag.endswith((":timestamp", ":str")) or not tag.startswith("tag:yaml.org,2002:"):
            return _as_wanted(text, schema)
        try:
            return self._constructor.construct_object(yaml.ScalarNode(tag, text))
        except (yaml.YAMLError, ValueError):
            return text

    def _resolved(self, schema: Schema) -> Schema:
        reference = schema.get("$ref")
        return self._definitions[reference.rpartition("/")[2]] if reference else schema

    def _expanded(self, text: str, path: Path_) -> str:
        def value(match: re.Match[str]) -> str:
            escaped, name, default, closed = match.groups()
            if escaped:
                return match[0][1:]
            if name is None or not closed:
                self.tree.problems.append((path, f"{match[0]!r} is not ${{NAME}} or ${{NAME:-default}}"))
                return match[0]
            found = os.environ.get(name)
            # As in a shell, an empty variable takes the default too.
            if not found and default is not None:
                return default
            if found is None:
                self.tree.problems.append((path, f"the environment variable {name} is not set"))
                return ""
            return found

        return _VARIABLE.sub(value, text)


def _as_wanted(text: str, schema: Schema) -> str:
    """An NHS number is printed in groups, 999 001 0072: the spaces are no part of it."""
    return "".join(text.split()) if schema.get("format") == "nhs-number" else text


def dotted(path: Path_) -> str:
    """Return a path for people: `data.patients[2].nhs_number`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or "the file"


def file_text(path: Path) -> str:
    """Return the text of a file. Raises NotYamlError when it cannot be read as UTF-8, OSError when not at all."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise NotYamlError(f"it is not UTF-8 text (byte {error.start})") from error
