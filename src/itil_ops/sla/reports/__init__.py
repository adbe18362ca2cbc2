"""
What was kept, what was up, what it costs, and what would be under other terms.
"""
