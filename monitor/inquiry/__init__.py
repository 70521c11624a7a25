"""What people ask about the judgement, answered from the store: why, how well, what if."""
