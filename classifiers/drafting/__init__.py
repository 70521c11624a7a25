"""A topic pack drafted from examples, and looked over."""
