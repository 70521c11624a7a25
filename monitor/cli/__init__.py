"""The commands. Their names and their ``--json`` shapes are a contract: scripts rely on them."""
