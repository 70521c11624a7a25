"""The desk's pages: each view asks the store, and hands what it got to a template."""
