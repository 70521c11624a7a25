"""The world: one module per outside thing."""
