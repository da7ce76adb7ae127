"""A directory of made data, of honest shape and any size, for measuring: loaded by COPY."""
