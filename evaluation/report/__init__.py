"""What a person sees or keeps: words, tables, charts, workbooks.

Rounding happens here and nowhere else.
"""
