"""
Who agreed on what: SLAs, OLAs and underpinning contracts, and which of them binds.
"""
