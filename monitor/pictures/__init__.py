"""Pictures as they are laid out: numbers in, marks, a sentence and a table out. All of it pure."""
