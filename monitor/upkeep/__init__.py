"""The care of the service itself: its copies, and how it does."""
