"""Workflow commands of GitHub Actions: lines of a job's log that become annotations of its page."""

from __future__ import annotations


def command(level: str, message: str, **properties: str) -> str:
    """Return an annotation (`error`, `warning` or `notice`) as one line; what would end the command is encoded.

    Source: GitHub Actions, "Workflow commands"; `%`, CR and LF are encoded everywhere, `:` and `,` in properties too.
    """
    shown = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {shown}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
