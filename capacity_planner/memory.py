"""How much memory this process has needed, and how to let it need less."""

from __future__ import annotations

import ctypes
import gc
import sys
from functools import cache
from typing import Any, Final

__all__ = ["peak_memory_mib", "release_memory", "save_memory"]

_LITTLE_MIB: Final = 1024
"""What a process may have held without anyone wanting it back: a province needs less."""


def peak_memory_mib() -> int:
    """Return the most memory that this process has held so far, in MiB."""
    if sys.platform == "win32":
        return _peak_on_windows() >> 20
    import resource  # noqa: PLC0415 (not on Windows)

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(most >> 20 if sys.platform == "darwin" else most >> 10)


def _peak_on_windows() -> int:
    # PROCESS_MEMORY_COUNTERS: two 32-bit words, then sizes, the first of them the peak.
    counters = (ctypes.c_size_t * 9)()
    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined, unused-ignore]
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    handle = ctypes.c_void_p(kernel.GetCurrentProcess())
    kernel.K32GetProcessMemoryInfo(handle, ctypes.byref(counters), ctypes.sizeof(counters))
    return int(counters[1])


@cache
def save_memory() -> None:
    """Let this process hold no more than it uses: for a program, not for a library's caller; once.

    Arrow's own allocator keeps what it has freed, a tenth of the most memory that a province needed;
    the system's does not, and is no slower. What is loaded by now stays, and is left out when Python
    looks for cycles.
    """
    import pyarrow as pa  # noqa: PLC0415 (a command that reads nothing starts without it)

    pa.set_memory_pool(pa.system_memory_pool())
    gc.freeze()


def release_memory(*, beyond_mib: int = _LITTLE_MIB) -> None:
    """Give freed memory back to the system, between two steps that each need much of it.

    The C library on Linux keeps holes between small objects; after a province's zones were read they
    were an eighth of all memory. Elsewhere nothing needs doing.

    Parameters
    ----------
    beyond_mib
        Of a process that has never held more than this nothing is given back: to take it anew page by
        page cost a county, a city and a province a twentieth of their time.
    """
    if sys.platform == "linux" and peak_memory_mib() > beyond_mib:
        trim: Any = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:  # not every C library has it
            trim(0)
