"""What becomes of an article: read, kept, told again, read anew, let go."""
