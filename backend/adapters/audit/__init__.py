"""The audit: written, sealed into a chain, verified, searched, pruned (docs/decisions/0014)."""
