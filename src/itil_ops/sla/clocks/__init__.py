"""
Clocks, from a record or by hand, and all that can be read off them.
"""
