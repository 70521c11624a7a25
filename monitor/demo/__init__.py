"""The demonstration: the whole product on a sample newsroom served on this machine."""
