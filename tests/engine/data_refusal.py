"""What every refusal of a file must be: a DataError, short, that names the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlcalc.engine.data import DataError, read


def refused(path: Path | str, *words: str, **options: object) -> str:
    with pytest.raises(DataError) as caught:
        read(path, **options)  # type: ignore[arg-type]
    message = str(caught.value)
    for word in words:
        assert word in message, message
    assert Path(path).name in message
    assert len(message) < 500
    return message
