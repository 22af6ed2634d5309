"""The thin edge: permission, input → command, handler, result. No SQL, no arithmetic."""
