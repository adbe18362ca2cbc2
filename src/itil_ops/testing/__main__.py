"""
The kit with a report by clause: `python -m itil_ops.testing FILE[::TestMyStore]`.

All arguments go to pytest; `--clause C4` runs the tests of one clause alone. The exit code is 0 if
nothing has failed.
"""

from __future__ import annotations

import subprocess
import sys


def main(arguments: list[str]) -> int:
    """
    Run pytest with *arguments* and the report, and return its exit code.
    """
    # In a process of its own: pytest must be there before the tests of the kit are imported.
    plugin = ["-p", "itil_ops.testing.report"]
    return subprocess.call([sys.executable, "-m", "pytest", *plugin, *arguments])  # noqa: S603


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
