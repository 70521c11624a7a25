"""Names the lexicon does not know: where texts name something, and what is new of it."""
