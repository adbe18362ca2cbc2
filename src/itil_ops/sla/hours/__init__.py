"""
When it is open: calendars, and the working time they come to.
"""
