"""
Records and values as JSON text, and back (extra `serialization`).
"""

from itil_ops.adapters.serialization.codec import Codec
from itil_ops.adapters.serialization.kinds import Upcaster
from itil_ops.adapters.serialization.text import JsonText


__all__ = ["Codec", "JsonText", "Upcaster"]
