"""`python -m conformance` is the console command."""

from conformance.cli import main

main()
