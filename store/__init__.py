"""The memory: one SQLite file. Knows nothing of monitor or classifiers."""
