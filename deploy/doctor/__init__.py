"""``labdir doctor``: looks at a set-up, says what is wrong with it and how to mend it."""
