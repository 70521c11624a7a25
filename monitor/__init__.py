"""The newsroom: when to look, what to fetch, in which order work is done, how people see it."""
