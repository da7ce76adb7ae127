"""From a question on paper to a dated verdict: identity, facts, decision, and how it is known."""
