"""The console command. Subcommands are imported only when called, so that `--help` stays fast."""

from __future__ import annotations

import atexit
import gc
import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from conformance import __version__
from conformance.core import stop_signals
from conformance.core.errors import AssureError, ExitCode

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# name → (module:attribute, one line for --help)
COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("conformance.cli.init:command", "Write a configuration, filled in from the provider."),
    "check": ("conformance.cli.check:command", "Look whether a run may begin, and what it would cost."),
    "run": ("conformance.cli.run:command", "Assure a provider and write the reports."),
    "fleet": ("conformance.cli.fleet:command", "Assure many providers, on this machine or on a cluster."),
    "demo": ("conformance.cli.demo:command", "Assure the bundled provider in both editions."),
    "provider": ("conformance.cli.provider:command", "Serve the bundled reference provider."),
    "scenarios": ("conformance.cli.scenarios:command", "List the scenarios."),
    "explain": ("conformance.cli.explain:command", "Explain a scenario, a requirement, an error code or a fault."),
    "requirements": ("conformance.cli.requirements:command", "Print which requirement is verified by which scenario."),
    "validate": ("conformance.cli.validate:command", "Validate FHIR files against the profiles."),
    "profiles": ("conformance.cli.profiles:command", "List, download and verify StructureDefinitions."),
    "merge": ("conformance.cli.merge:command", "Make one run of all its shards."),
    "rejudge": ("conformance.cli.rejudge:command", "Judge a recorded run again, without its provider."),
    "report": ("conformance.cli.report:command", "Write the reports again from a run's evidence."),
    "diff": ("conformance.cli.diff:command", "Compare two runs: what is broken, fixed, new or gone."),
    "export": ("conformance.cli.export:command", "Write the exchanges of a run as HAR, curl commands or files."),
    "verify": ("conformance.cli.verify:command", "Check that a run is as it was when it was sealed."),
    "cleanup": ("conformance.cli.cleanup:command", "Undo what an earlier run left at the provider."),
    "certs": ("conformance.cli.certs:command", "Make test certificates, good and bad."),
    "prove": (
        "conformance.cli.prove:command",
        "Show that every scenario fails on a provider that is wrong in its way.",
    ),
}


class LazyGroup(click.Group):
    """A click group that knows its commands' names and help without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Offer the commands without importing them."""
        from click.shell_completion import CompletionItem

        found = [
            CompletionItem(name, help=about) for name, (_, about) in COMMANDS.items() if name.startswith(incomplete)
        ]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gpconnect-assure")
@click.option(
    "--editions",
    "folders",
    multiple=True,
    type=click.Path(exists=True, file_okay=False),
    metavar="DIR",
    help="A folder of further editions; may be repeated. Also in the environment: GPCONNECT_EDITIONS.",
)
def root(folders: tuple[str, ...]) -> None:
    """Assure that a GP practice system conforms to GP Connect Appointment Management.

    Exit codes: 0 conformant, 1 non-conformities, 2 usage or configuration, 3 provider unreachable or not fit to be
    tested, 4 a fault of this tool, 130 interrupted, 143 terminated.
    """
    if folders:
        from conformance.spec import use_editions

        use_editions(folders)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with the documented code. Never shows a traceback for a foreseen condition."""
    for stream in (sys.stdout, sys.stderr):  # a character that a terminal or a pipe cannot take ends no command
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    atexit.register(gc.freeze)  # a last look for garbage in what the system takes back anyway costs a second
    stop_signals.leave(_run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    """Run a command and return the exit code, with one message for whatever ended it."""
    try:
        code = root.main(args=list(arguments) if arguments is not None else None, standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        return _interrupted()
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except BrokenPipeError:
        sys.stderr.close()
        return ExitCode.CONFORMANT
    except Exception as error:
        if stop_signals.received() is not None:  # what breaks on the way out of an interrupted command is no fault
            return _interrupted()
        return _failed(error)
    return code if isinstance(code, int) else ExitCode.CONFORMANT


def _interrupted() -> ExitCode:
    code = stop_signals.received() or ExitCode.INTERRUPTED
    return _complain("terminated" if code is ExitCode.TERMINATED else "interrupted", code)


def _failed(error: Exception) -> ExitCode:
    if isinstance(error, AssureError):
        return _complain(str(error), error.exit_code)
    if os.environ.get("GPCONNECT_ASSURE_DEBUG"):
        raise error
    message = f"a fault of this tool: {type(error).__name__}: {error}\n  Set GPCONNECT_ASSURE_DEBUG=1 to see where."
    return _complain(message, ExitCode.OUR_FAULT)


def _complain(message: str, code: ExitCode) -> ExitCode:
    click.echo(f"gpconnect-assure: {message}", err=True)
    return code
