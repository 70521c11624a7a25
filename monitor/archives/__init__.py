"""Web archives and saved pages, read through the stages of the live path, on any engine.

cutting → spans → work (anywhere, no database) → writing (one writer, in the order of spans)
"""
