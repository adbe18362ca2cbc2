"""
Known errors: what is understood of a problem, so that the next incident is short.
"""
