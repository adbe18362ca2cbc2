"""
What is promised: targets, the records they are for, and what clocks do about them.
"""
