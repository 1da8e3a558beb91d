"""What every package uses: verdicts, findings, exchanges, results, errors. Imports nothing of ours."""
