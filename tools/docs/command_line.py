"""The page of the command line, from the commands' own help."""

from __future__ import annotations

import click

from conformance.cli import COMMANDS, root
from tools.docs.markdown import page

_WIDTH = 88  # characters that a page is wide


def command_line_page() -> str:
    """Return the help of every command and subcommand, as the terminal shows it."""
    parts = ["What `--help` prints, for each command."]
    context = click.Context(root, info_name="gpconnect-assure")
    for name in COMMANDS:
        command = root.get_command(context, name)
        assert command is not None
        parts.extend(_help(command, name, context))
    return page("Command line", *parts)


def _help(command: click.Command, name: str, parent: click.Context) -> list[str]:
    context = click.Context(command, info_name=name, parent=parent, terminal_width=_WIDTH, max_content_width=_WIDTH)
    parts = [f"## {context.command_path.partition(' ')[2]}", f"```text\n{command.get_help(context)}\n```"]
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            assert found is not None
            parts.extend(_help(found, inner, context))
    return parts
