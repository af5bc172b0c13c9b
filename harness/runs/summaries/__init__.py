"""`summary.json` as records."""
