"""The click options that several commands share, each declared once: same names, same completion, same meaning."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from conformance.cli.offers import offers
from conformance.core.gates import FAIL_ON

F = TypeVar("F", bound=Callable[..., Any])


def config_option(*, required: bool = False, text: str = "Configuration (YAML).") -> Callable[[F], F]:
    """Return the option that names the configuration; `text` is its help."""
    return click.option("--config", "-c", "config", required=required, type=click.Path(path_type=Path), help=text)


def set_option(function: F) -> F:
    """Add the option that overrides configured values, as many as wanted; the parameter is `overrides`."""
    return click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a configured value.")(
        function
    )


def edition_option(text: str, name: str = "edition", **more: Any) -> Callable[[F], F]:
    """Return the option that names an edition: `text` is its help, `name` the parameter, `more` what else click takes."""
    return click.option("--edition", "-e", name, shell_complete=offers("editions"), help=text, **more)


def keyword_option(function: F) -> F:
    """Add pytest's -k; the parameter is `select`."""
    return click.option(
        "--select", "-k", default="", help="Only scenarios whose name matches this pytest -k expression."
    )(function)


def packs_option(text: str) -> Callable[[F], F]:
    """Return the option that names packs of scenarios, as many as wanted; `text` is its help."""
    return click.option("--pack", "packs", multiple=True, metavar="NAME", shell_complete=offers("packs"), help=text)


def read_only_option(text: str) -> Callable[[F], F]:
    """Return the option that leaves out whatever may change something at the provider; `text` is its help."""
    return click.option("--read-only", is_flag=True, help=text)


def gate_options(function: F) -> F:
    """Add the options that decide what else ends a run with 1; the parameters are `fail_on` and `min_verified`."""
    share = click.option(
        "--min-verified",
        type=click.FloatRange(0, 100),
        metavar="PERCENT",
        help="End with 1 where a smaller share of the requirements is verified.",
    )
    verdicts = click.option(
        "--fail-on", multiple=True, type=click.Choice(FAIL_ON), help="End with 1 for these, too; a fail always counts."
    )
    return verdicts(share(function))


def waivers_option(function: F) -> F:
    """Add the option that names accepted failures."""
    return click.option(
        "--waivers", type=click.Path(path_type=Path), metavar="FILE", help="YAML file of failures accepted for a while."
    )(function)


def since_option(function: F) -> F:
    """Add the option that names the run to compare with."""
    return click.option(
        "--since",
        type=click.Path(path_type=Path),
        metavar="RUN",
        help="Mark what is new since an older run (its folder).",
    )(function)


def xlsx_option(function: F) -> F:
    """Add the option that writes the workbook."""
    return click.option("--xlsx", is_flag=True, help="Also write requirements.xlsx (needs the extra xlsx).")(function)
