"""How good the judgement is: figures, intervals, curves, and simpler rankings beside it."""
