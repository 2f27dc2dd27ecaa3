"""Ctrl-C during training: noted, so that the step under way is finished."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any, Self


class Interruption:
    """While open, the first Ctrl-C sets ``wanted``; a second one raises ``KeyboardInterrupt`` as usual.

    In another thread than the first, and where Ctrl-C is ignored, nothing changes.
    """

    def __init__(self) -> None:
        self.wanted = False
        self._before: Any = None

    def __enter__(self) -> Self:
        in_first = threading.current_thread() is threading.main_thread()
        if in_first and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *trouble: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.wanted:
            raise KeyboardInterrupt
        self.wanted = True
