"""The child process that compiles: Typst sources in through standard input, PDFs out through standard output.

It is run by its path, with nothing of dlcalc around it. Both ways a frame is one sign, the length of
what follows in eight bytes, and the bytes: S a source, Z one whose signs the fonts inside Typst may
not have, P a PDF, E an error, M "the package is missing".
"""

from __future__ import annotations

import os
import struct
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO

HEAD = struct.Struct(">cQ")
MOST_THREADS = 4


def frames(stream: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """The frames of a stream to its end; half a frame counts as the end."""
    while len(head := stream.read(HEAD.size)) == HEAD.size:
        kind, length = HEAD.unpack(head)
        body = stream.read(length)
        if len(body) < length:
            return
        yield kind, body


def put(stream: BinaryIO, kind: bytes, body: bytes) -> None:
    """Writes one frame."""
    stream.write(HEAD.pack(kind, len(body)) + body)
    stream.flush()


def serve(root: str, sources: BinaryIO, results: BinaryIO) -> None:
    """Compiles the sources on all cores and answers in their order; files and packages are looked for in
    ``root`` only, which is empty.
    """
    try:
        compiler(root, system_fonts=False)
    except (ImportError, TypeError) as missing:  # not there, or too old to know the options
        put(results, b"M", str(missing).encode())
        return
    own = threading.local()  # a compiler does one thing at a time

    def made(frame: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
        kind, source = frame
        if getattr(own, "kind", None) != kind:
            own.kind, own.compiler = kind, compiler(root, system_fonts=kind == b"Z")
        try:
            return b"P", own.compiler.compile(input=source, format="pdf", timestamp=0)
        except Exception as trouble:  # whatever it is, the parent tells it
            return b"E", str(trouble).encode("utf-8", "replace")

    with ThreadPoolExecutor(min(os.cpu_count() or 1, MOST_THREADS)) as threads:
        for kind, body in threads.map(made, frames(sources)):
            put(results, kind, body)


def compiler(root: str, *, system_fonts: bool) -> Any:
    """A compiler; its fonts are loaded once for all sources."""
    import typst

    return typst.Compiler(
        b"", root=root, ignore_system_fonts=not system_fonts, package_path=root, package_cache_path=root
    )


if __name__ == "__main__":
    serve(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer)
