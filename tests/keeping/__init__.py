"""Backups taken under load and brought back."""
