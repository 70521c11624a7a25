"""Pure verbs, one module each; README.md beside this file states their law."""
