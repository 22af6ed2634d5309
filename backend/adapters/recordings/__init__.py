"""Finished recordings: made compact, sealed, kept, found again, and given out."""
