"""Outside tools against a running system and against our code: ``make security``."""
