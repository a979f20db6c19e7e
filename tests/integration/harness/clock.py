"""Clocks of the test's choice for a server: Daemon(environment=clock.environment), then clock.set() while it runs."""
import os
import struct
import subprocess

SECOND = 10**9
SHIM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clock_shim.c")


class Clock:
    def __init__(self, directory):
        library, self._offsets = os.path.join(directory, "clock_shim.so"), os.path.join(directory, "offsets")
        subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-o", library, SHIM, "-ldl"], check=True)
        self.environment = {"LD_PRELOAD": library, "CLOCK_SHIM": self._offsets}
        self.set(0)

    def set(self, wall, since_boot=0):
        """Seconds that are added to the wall clock, and to the clocks that count from the start of the machine."""
        with open(self._offsets, "r+b" if os.path.exists(self._offsets) else "wb") as file:
            file.write(struct.pack("<qq", wall * SECOND, since_boot * SECOND))
