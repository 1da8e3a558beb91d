"""What a shell offers for an incomplete word: ids and names, each with a few words about it where the shell shows them.

Imported only where a shell asks (cli/offers.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click
from click.shell_completion import CompletionItem

Pairs = Iterable[tuple[str, str]]


def scenarios(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """Return the ids of scenarios, of the edition on the line or of all."""
    return _offered(_scenarios(_editions_on(ctx)), incomplete)


def interactions(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """Return the short names of interactions."""
    from conformance.spec import load

    return _offered(
        ((one.short, one.title) for name in _editions_on(ctx) for one in load(name).interactions.values()), incomplete
    )


def requirements(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """Return the ids of requirements."""
    return _offered(_requirements(_editions_on(ctx)), incomplete.upper())


def faults(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """Return the names of the bundled provider's faults."""
    return _offered(_faults(_editions_on(ctx)), incomplete)


def variants(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """Return the names of the bundled provider's variants."""
    from conformance.provider.variants import variants_of

    found = {name: one.title for edition in _editions_on(ctx) for name, one in variants_of(edition).items()}
    return _offered(found.items(), incomplete)


def editions(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """Return the names of the editions."""
    from conformance.spec import editions as known
    from conformance.spec import load

    return _offered(((name, load(name).title) for name in known()), incomplete)


def explainable(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """Return all that can be explained: requirements and error codes where the word is in capitals, else the rest."""
    from conformance.provider.variants import variants_of

    names = _editions_on(ctx)
    if incomplete[:1].isupper():
        return _offered((*_requirements(names), *_error_codes(names)), incomplete)
    variants = ((name, one.title) for edition in names for name, one in variants_of(edition).items())
    return _offered((*_scenarios(names), *_faults(names), *variants), incomplete)


def _editions_on(ctx: click.Context) -> tuple[str, ...]:
    from conformance.spec import editions as known

    given = ctx.params.get("edition")
    return (given,) if given in known() else tuple(known())


def _scenarios(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    from conformance.engine.collection import collect

    wanted = tuple(names)
    return (
        (entry.case.id, entry.case.title) for entry in collect() if any(entry.case.runs_in(name) for name in wanted)
    )


def _requirements(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    from conformance.spec import load

    return ((row.id, row.text) for name in names for row in load(name).requirements.values())


def _error_codes(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    from conformance.spec import load

    return ((row.code, row.display) for name in names for row in load(name).errors.values())


def _faults(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    from conformance.provider.faults import faults_of

    return (pair for name in names for pair in faults_of(name).items())


def _offered(pairs: Pairs, incomplete: str) -> list[CompletionItem]:
    found = {name: about for name, about in pairs if name.startswith(incomplete)}
    return [CompletionItem(name, help=about) for name, about in found.items()]
