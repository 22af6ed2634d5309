"""Backup, and restore with a proof (deploy/RUNBOOK.md)."""
