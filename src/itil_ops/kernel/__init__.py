"""
What every room stands on; it grows only when two rooms need the same thing.
"""
