"""Watching: which changes are told to whom, and how they are delivered."""
