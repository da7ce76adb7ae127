"""The read API under /api/v1: questions in, ``{data, meta}`` or a problem out."""
