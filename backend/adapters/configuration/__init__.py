"""The whole configuration as documents: named, by name and not by number, without secrets (docs/decisions/0014)."""
