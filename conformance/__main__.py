"""The console command, also as `python -m conformance`: hears signals before anything else is loaded."""

from __future__ import annotations

from conformance.core import stop_signals
from conformance.core.errors import ExitCode


def main() -> None:
    """Run the command line and exit with the documented code."""
    stop_signals.listen()
    try:
        from conformance.cli import main as command_line

        command_line()
    except KeyboardInterrupt:  # while the command line was still being loaded, or on its last step
        stop_signals.leave(ExitCode.INTERRUPTED)


if __name__ == "__main__":
    main()
