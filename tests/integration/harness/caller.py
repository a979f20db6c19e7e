"""sipp: many calls at a time, and what it says about them."""
import csv
import os
import signal
import subprocess

from harness.claims import expect


class Caller:
    """One sipp. start(), then wait(); or run(), which is both. All of its files are in `directory`/`name`*."""

    def __init__(self, directory, name, arguments, local, transport="u1", remote=None):
        """`local` is host:port; `remote`, if any, the server's."""
        self.name = name
        self.prefix = os.path.join(directory, name)
        host, port = local.rsplit(":", 1)
        self.command = ["sipp"] + ([remote] if remote else []) + [
            "-i", host, "-p", port, "-t", transport, "-nostdin", "-trace_stat", "-fd", "1",
            "-stf", self.prefix + ".csv", "-trace_err", "-error_file", self.prefix + ".errors",
            *arguments]
        self.process = None

    def start(self):
        with open(self.prefix + ".out", "wb") as out:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                            env={**os.environ, "TERM": "dumb"}, cwd=os.path.dirname(self.prefix))
        return self

    def wait(self, seconds):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            expect(False, f"sipp {self.name} still runs after {seconds} s; see {self.prefix}.out")

    def run(self, seconds):
        self.start()
        return self.wait(seconds)

    def finish(self, seconds):
        """No new calls; waits until those that are there have ended."""
        self.process.send_signal(signal.SIGUSR1)
        return self.wait(seconds)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def rows(self):
        """One dictionary a second, as sipp counted."""
        if not os.path.exists(self.prefix + ".csv"):
            return []
        with open(self.prefix + ".csv", encoding="ascii", errors="replace") as file:
            return [row for row in csv.DictReader(file, delimiter=";") if row.get("FailedCall(C)")]

    def total(self, column):
        """The last value of a cumulative column, for example SuccessfulCall."""
        rows = self.rows()
        return int(rows[-1][column + "(C)"]) if rows else 0

    def unexpected(self):
        return sum(self.total(column) for column in (
            "FailedUnexpectedMessage", "FailedOutboundCongestion", "FailedTimeoutOnRecv")) + self.strays()

    def strays(self):
        """Messages of no call, or of one that was over; one for each repetition of ours is the second answer to it."""
        return max(0, self.total("OutOfCallMsgs") + self.total("DeadCallMsgs") - self.total("Retransmissions"))

    def errors(self):
        if not os.path.exists(self.prefix + ".errors"):
            return ""
        with open(self.prefix + ".errors", encoding="utf-8", errors="replace") as file:
            return file.read()

    def delays(self):
        """Milliseconds of what the scenario measures, one a call; sipp must have been told -trace_rtt."""
        folder, found = os.path.dirname(self.prefix), []
        for name in os.listdir(folder):
            if name.endswith(f"_{self.process.pid}_rtt.csv"):
                with open(os.path.join(folder, name), encoding="ascii", errors="replace") as file:
                    found += [float(fields[1]) for fields in (line.split(";") for line in file) if len(fields) == 3 and fields[0][:1].isdigit()]
        return found

    def expect_clean(self, calls):
        """All calls succeeded and nothing unexpected came."""
        made, failed = self.total("SuccessfulCall"), self.total("FailedCall")
        first = " ".join(self.errors().split())[:300]
        expect(failed == 0, f"{self.name}: {failed} of {made + failed} calls failed: {first}; see {self.prefix}.errors")
        expect(made >= calls, f"{self.name}: {made} of {calls} calls, sipp ended with {self.process.poll()}; see {self.prefix}.out")
        expect(self.unexpected() == 0, f"{self.name}: {self.unexpected()} unexpected: {first}")
        return made

    def retransmissions(self):
        """[(time of day in seconds since the epoch, how many in the second before, calls there were in it)], only where
        there were some."""
        return [(float(row["CurrentTime"].split("\t")[-1]), int(row["Retransmissions(P)"]),
                 int(row["CurrentCall"]) + int(row["SuccessfulCall(P)"]) + int(row["FailedCall(P)"]))
                for row in self.rows() if int(row["Retransmissions(P)"] or 0)]
