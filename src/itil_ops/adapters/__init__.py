"""
Optional adapters, each beside the extra it needs: what other packages and files know of time.
"""
