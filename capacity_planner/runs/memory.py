"""How much memory this process has needed."""

from __future__ import annotations

import sys

__all__ = ["peak_memory_mib"]


def peak_memory_mib() -> int:
    """Return the most memory that this process has held so far, in MiB."""
    if sys.platform == "win32":
        return _peak_on_windows() >> 20
    import resource  # noqa: PLC0415 (not on Windows)

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(most >> 20 if sys.platform == "darwin" else most >> 10)


def _peak_on_windows() -> int:
    import ctypes  # noqa: PLC0415 (only there)

    # PROCESS_MEMORY_COUNTERS: two 32-bit words, then sizes, the first of them the peak.
    counters = (ctypes.c_size_t * 9)()
    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined, unused-ignore]
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    handle = ctypes.c_void_p(kernel.GetCurrentProcess())
    kernel.K32GetProcessMemoryInfo(handle, ctypes.byref(counters), ctypes.sizeof(counters))
    return int(counters[1])
