"""How this process uses memory: what is freed goes back to the system at once, for its highest point is what counts."""

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

# Of glibc's malloc.h: parameters of mallopt.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_SMALL = 64 * 1024


def give_back() -> None:
    """From now on; to be called once, before much is allocated. Does nothing where the C library is another one."""
    pa.set_memory_pool(pa.system_memory_pool())
    if sys.platform != "linux":
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:
        return
    for parameter, value in ((_TRIM_THRESHOLD, _SMALL), (_MMAP_THRESHOLD, _SMALL), (_ARENA_MAX, 2)):
        mallopt(parameter, value)


@contextmanager
def without_cycles() -> Iterator[None]:
    """Nobody looks for cycles of objects while the block runs; of the whole process, for one that does nothing else.

    Rows of a database form none, and looking through each of them again and again takes a third of the time.
    """
    looked_for = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looked_for:
            gc.enable()
