"""What `python -m anchoring` does, a module per command. No Django."""
