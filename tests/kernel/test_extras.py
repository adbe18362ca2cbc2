"""
Optional packages are imported where they are used, and missed with advice.
"""

from __future__ import annotations

import json

import pytest

from itil_ops.errors import MissingExtraError
from itil_ops.kernel.extras import imported


def test_a_package_that_is_there_is_imported():
    assert imported("json", "numpy") is json


def test_a_missing_package_says_which_extra_to_install():
    with pytest.raises(MissingExtraError, match=r"itil_ops\[numpy\]") as caught:
        imported("no_such_package", "numpy")

    assert (caught.value.package, caught.value.extra) == ("no_such_package", "numpy")
