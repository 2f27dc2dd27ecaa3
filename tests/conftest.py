"""What all tests share: the flag that rewrites golden pages."""

from __future__ import annotations

import os

import pytest

# Small networks are slower on several BLAS threads, and much slower where something else runs too. NumPy reads
# this when it is imported, and child processes take it over.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--accept", action="store_true", help="rewrite the golden pages; read the diff before committing"
    )


@pytest.fixture
def accept(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--accept"))
