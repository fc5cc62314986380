"""Bitcoin's wire formats, as far as an anchor needs them: transactions, scripts, Merkle paths, headers."""
