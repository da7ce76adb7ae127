"""Registers that only the chaos house has."""
