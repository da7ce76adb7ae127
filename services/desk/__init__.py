"""What stewards decide."""
