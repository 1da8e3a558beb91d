"""What every room speaks in: verdicts, findings, exchanges, results, errors. Imports nothing of ours."""
