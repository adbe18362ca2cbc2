"""
Child processes, as the kit starts, orders and kills them.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading

from contextlib import suppress
from typing import TYPE_CHECKING

from itil_ops.testing.child import ANSWER


if TYPE_CHECKING:
    from collections.abc import Iterator


class Member:
    """
    A child process.

    Args:
        patience: For how many seconds to wait for it at most.
    """

    def __init__(self, patience: float) -> None:
        self.patience = patience
        self.noise: list[str] = []
        self._answers: queue.Queue[str | None] = queue.Queue()
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from itil_ops.testing.child import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            # It finds what is found here, however this process came by it.
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def order(
        self, factory: str, arguments: tuple[str, ...], *, job: str, name: str, rounds: int
    ) -> None:
        """
        Have it open the data and make ready for *job*.
        """
        told = {"factory": factory, "arguments": arguments, "job": job}
        self._tell(json.dumps({**told, "name": name, "rounds": rounds}))

    def go(self) -> None:
        """
        Let it begin, once it is ready.
        """
        assert self._answer() == "ready"
        self._tell("go")

    def did(self) -> Iterator[str]:
        """
        Yield what it says that it did, until it is over.
        """
        while (answer := self._answer()) != "over":
            yield answer.removeprefix("did ")

    def kill(self) -> list[str]:
        """
        Kill it, and return what it had said by then and nobody has heard.
        """
        self._process.kill()
        self.leave()
        rest = []
        while (answer := self._answers.get(timeout=self.patience)) is not None:
            rest.append(answer.removeprefix("did "))
        return rest

    def leave(self) -> None:
        """
        Let it end, or see that it does.
        """
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it may be gone already
            self._process.stdin.close()
        try:
            self._process.wait(self.patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.join()

    @property
    def is_alive(self) -> bool:
        """
        Whether it can be given another order.
        """
        return self._process.poll() is None

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def _answer(self) -> str:
        answer = self._answers.get(timeout=self.patience)
        if answer is None:
            raise RuntimeError("a child process has failed:\n" + "".join(self.noise))
        return answer

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                if line.startswith(ANSWER):
                    self._answers.put(line.removeprefix(ANSWER).rstrip("\n"))
                else:
                    self.noise.append(line)
        self._answers.put(None)


class Crew:
    """
    Child processes that are kept from test to test; to start one takes longer than most tests.

    Args:
        patience: For how many seconds to wait for each at most.
    """

    def __init__(self, patience: float) -> None:
        self.patience = patience
        self.members: list[Member] = []

    def muster(self, count: int) -> list[Member]:
        """
        Return *count* members; those that were killed are replaced.
        """
        self.members = [member for member in self.members if member.is_alive]
        while len(self.members) < count:
            self.members.append(Member(self.patience))
        return self.members[:count]

    def disband(self) -> None:
        """
        Let all of them end.
        """
        for member in self.members:
            member.leave()
