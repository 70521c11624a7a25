"""Learning from decisions: from examples to an artifact, and what they taught."""
