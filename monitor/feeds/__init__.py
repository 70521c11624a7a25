"""What becomes of an answer of a feed: its entries, its holes, and who hears that it is unwell."""
