"""The optional extra: likeness across languages by a small model that ships in a package."""
