"""Acceptance by a market: pure functions over dated facts. Reading order: grammar, judge, plan."""
