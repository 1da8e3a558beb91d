"""What a shell offers for an incomplete word: ids and names, each with a few words about it where the shell shows them.

Imported only where a shell asks (cli/offers.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from conformance.cli.selection_options import choice_of

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


def packs(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """Return the names of the packs."""
    from conformance.planning.packs import load_pack, pack_names

    return _offered(((name, load_pack(name).about) for name in pack_names()), incomplete)


def causes(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """Return the ids of the causes of the run that --of names, else of the last one."""
    return _offered(_causes(ctx), incomplete)


def runs(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """Return the folders of runs, the last first; without any, the shell is left to offer folders of its own."""
    from conformance.pytest_plugin.earlier_runs import runs_in

    folders = [str(folder) for folder in runs_in(_reports(ctx))]
    found = _offered(((folder, "") for folder in reversed(folders)), incomplete)
    return found or [CompletionItem(incomplete, type="dir")]


def explainable(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """Return all that can be explained: where the word is in capitals, what has such ids (causes among them), else the rest."""
    from conformance.provider.variants import variants_of

    names = _editions_on(ctx)
    if incomplete[:1].isupper():
        listed = (*_requirements(names), *_error_codes(names), *_contradictions(names))
        return _offered((*listed, *(_causes(ctx) if incomplete.startswith("C") else ())), incomplete)
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


def _contradictions(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    from conformance.spec import load

    return ((key, str(row["contradiction"])) for name in names for key, row in load(name).contradictions.items())


def _causes(ctx: click.Context) -> list[tuple[str, str]]:
    """The causes of a run, with what each is; none where there is no such run, or it cannot be read."""
    from conformance.core.errors import AssureError
    from conformance.pytest_plugin.earlier_runs import causes_in, last_run

    named = choice_of(ctx)["of"] or tuple(filter(None, [ctx.params.get("run")]))
    try:
        folder = Path(named[-1]) if named else last_run(_reports(ctx))
        return [(cause.id, cause.message) for cause in causes_in(folder)[0].values()]
    except AssureError:
        return []


def _reports(ctx: click.Context) -> Path:
    """The folder of reports: that of the configuration on the line, where it can be read, else the usual one."""
    from conformance.config.loading import load_config
    from conformance.core.errors import AssureError

    given = ctx.params.get("config")
    try:
        return load_config(Path(given)).run.reports if given else Path("reports")
    except AssureError:
        return Path("reports")


def _faults(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    from conformance.provider.faults import faults_of

    return (pair for name in names for pair in faults_of(name).items())


def _offered(pairs: Pairs, incomplete: str) -> list[CompletionItem]:
    found = {name: about for name, about in pairs if name.startswith(incomplete)}
    return [CompletionItem(name, help=about) for name, about in found.items()]
