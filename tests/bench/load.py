"""The load: one sipp that calls, one that is called, both on a core of their own; and what they counted.

sipp's clock ticks every 4 ms: a small library loaded before libc (fine_clock.c) gives it the fine one.
"""
import csv
import os
import signal
import subprocess
import time

BUFFER_BYTES = 4 << 20
ONE_FROM = "caller"
VARIED_FROM = "caller[call_number]"
HERE = os.path.dirname(os.path.realpath(__file__))
MAX_CALLS = 200000


class Load:
    """`directory` gets sipp's files."""

    def __init__(self, directory, start, one_pair=False, ring_ms=0):
        """`start`: the command's beginning that pins a program, for example ["taskset", "-c", "1"]."""
        os.makedirs(directory, exist_ok=True)
        self.directory = directory
        self.start = start
        self.shim = os.path.join(directory, "fine_clock.so")
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", self.shim, os.path.join(HERE, "fine_clock.c")], check=True)
        self.callee = self._scenario("callee.xml", "RINGS", f'<pause milliseconds="{ring_ms}"/>' if ring_ms else "")
        self.caller = self._scenario("caller.xml", "CALLER", ONE_FROM if one_pair else VARIED_FROM)

    def _scenario(self, name, mark, value):
        return self.scenario_with(os.path.join(HERE, name), mark, value)

    def scenario_with(self, source, mark, value):
        """A copy of it with a value in the place of the mark; its path."""
        with open(source, encoding="ascii") as file:
            head, begin, body = file.read().partition("<scenario")  # the comment before it names the mark too
        path = os.path.join(self.directory, os.path.basename(source))
        with open(path, "w", encoding="ascii") as file:
            file.write(head + begin + body.replace(mark, value))
        return path

    def sipp(self, name, arguments, mode="u1"):
        """`mode`: sipp's -t."""
        return Sipp(os.path.join(self.directory, name), self.start, self.shim, arguments, mode)

    def answer(self, port):
        """Starts the called side."""
        return self.sipp("callee", ["-sf", self.callee, "-i", "127.0.0.1", "-p", str(port)])

    def call(self, server_port, port, rate, calls, hold_ms):
        """Starts the calling side."""
        return self.sipp("caller", ["-sf", self.caller, "-i", "127.0.0.1", "-p", str(port), f"127.0.0.1:{server_port}",
                                    "-s", "service", "-r", str(rate), "-m", str(calls), "-d", str(hold_ms),
                                    "-trace_rtt", "-rtt_freq", "200"])


def _seconds(text):
    """Of sipp's 00:00:20:123456, or 00:00:20."""
    hours, minutes, seconds = text.split(":")[:3]
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds)


class Sipp:
    """One running sipp."""

    runs = 0

    def __init__(self, prefix, start, shim, arguments, mode="u1"):
        Sipp.runs += 1
        self.prefix = f"{prefix}-{Sipp.runs}"
        self.files = os.path.dirname(prefix)
        command = [*start, "sipp", *arguments, "-t", mode, "-nostdin", "-l", str(MAX_CALLS),
                   "-buff_size", str(BUFFER_BYTES), "-trace_stat", "-fd", "1", "-stf", self.prefix + ".csv",
                   "-trace_err", "-error_file", self.prefix + ".errors"]
        with open(self.prefix + ".out", "wb") as out:
            self.process = subprocess.Popen(command, cwd=self.files, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                            env={**os.environ, "TERM": "dumb", "LD_PRELOAD": shim})
        self.pid = self.process.pid

    def wait(self, seconds, each=None):
        """Until it ends by itself or `seconds` are over; calls each() about once a second. True: it ended."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                self.process.wait(1)
                return True
            except subprocess.TimeoutExpired:
                if each is not None:
                    each()
        return False

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def total(self, column):
        """The last value of a cumulative column, for example "SuccessfulCall"."""
        rows = self.rows(column)
        return rows[-1][1] if rows else 0

    def rows(self, column):
        """[(seconds since its start, the value then)] of a cumulative column."""
        if not os.path.exists(self.prefix + ".csv"):
            return []
        with open(self.prefix + ".csv", encoding="ascii", errors="replace") as file:
            rows = [row for row in csv.DictReader(file, delimiter=";") if row.get(column + "(C)")]
        return [(_seconds(row["ElapsedTime(C)"]), int(row[column + "(C)"])) for row in rows]

    def setups(self):
        """[(when it began, milliseconds until its 200)] of every call that was answered, in the order of the answers; the
        first in milliseconds of a clock of its own."""
        found = []
        for name in os.listdir(self.files):
            if not name.endswith(f"_{self.pid}_rtt.csv"):
                continue
            with open(os.path.join(self.files, name), encoding="ascii", errors="replace") as file:
                for line in file:
                    fields = line.strip().split(";")
                    if len(fields) == 3 and fields[2].strip('"') in ("1", "rtd1"):
                        took = float(fields[1])
                        found.append((float(fields[0]) - took, took))
        return found
