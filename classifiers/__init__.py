"""The judgement: texts in, explained verdicts out. Knows nothing of monitor or store."""
