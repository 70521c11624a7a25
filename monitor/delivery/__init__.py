"""From the outbox to people: the ways out, what leaves by them, and one that takes nothing."""
