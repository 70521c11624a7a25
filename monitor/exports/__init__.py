"""The corpus for others: snapshots with splits, datasheet and model, and every form of them."""
