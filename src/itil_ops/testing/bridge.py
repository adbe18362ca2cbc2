"""
A bridge on which an asynchronous store passes for a synchronous one, so that the kit can run it.
"""

from __future__ import annotations

import asyncio
import inspect
import threading

from typing import TYPE_CHECKING, Any, Self, cast


if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from itil_ops.repositories.ports import Store


PARTS = frozenset({"incidents", "problems", "known_errors", "service_requests", "journal", "due"})
"""
What of a store or a unit has calls of its own.
"""


def bridge(open_store: Callable[[], Coroutine[Any, Any, Any]]) -> Store:
    """
    Return the store that *open_store* opens, on a loop in a thread of its own.

    Its calls are those of the ports, with `await` before each, `async with` around a unit, and
    `unit`, `journal`, `due` and the repositories as they are. To close it ends the loop too.

    Args:
        open_store: What opens the store, on the loop.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        return cast("Store", _BridgedStore(_over(loop, open_store()), loop, thread))
    except BaseException:
        _end(loop, thread)
        raise


def _over(loop: asyncio.AbstractEventLoop, call: Coroutine[Any, Any, Any]) -> Any:
    if loop.is_closed():  # what is called after `close` is refused, on any loop
        return asyncio.run(call)
    return asyncio.run_coroutine_threadsafe(call, loop).result()


class _Bridged:
    """
    Something that lives on the loop, and is waited for here.
    """

    def __init__(self, far: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._far = far
        self._loop = loop

    def __getattr__(self, name: str) -> Any:
        part = getattr(self._far, name)
        if name in PARTS:
            return _Bridged(part, self._loop)
        return self._waiting(part) if callable(part) else part

    def _waiting(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def waited(*args: Any, **kwargs: Any) -> Any:
            found = call(*args, **kwargs)
            if inspect.iscoroutine(found):
                return _over(self._loop, found)
            return _Bridged(found, self._loop) if hasattr(found, "__aenter__") else found

        return waited

    def __enter__(self) -> Self:
        _over(self._loop, self._far.__aenter__())
        return self

    def __exit__(self, *error: object) -> None:
        _over(self._loop, self._far.__aexit__(*error))


class _BridgedStore(_Bridged):
    """
    A store on the loop, which ends with it.
    """

    def __init__(self, far: Any, loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
        super().__init__(far, loop)
        self._thread = thread

    def close(self) -> None:
        """
        Close the store, and end the loop.
        """
        _over(self._loop, self._far.close())
        _end(self._loop, self._thread)


def _end(loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
