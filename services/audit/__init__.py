"""Audits: a stranger's file of rows, each judged on its own dates, and the result as a file.

Reading order: upload (bytes arrive), reading (in a bounded process: csv_text, workbook),
columns, ledger (who works on what), carry (the whole way of one audit), judge, find, result.
"""
