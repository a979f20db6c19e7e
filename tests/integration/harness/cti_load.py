"""cti_load: clients of the T-Library that make calls by requests, and check what each of them hears."""
import json
import subprocess
import threading

from harness import programs
from harness.claims import expect, until


class CtiLoad:
    """start() returns when all clients are registered and calls begin; finish() ends them and takes the report."""

    def __init__(self, directory, servers, dns, clients, registrations, rate, talk_ms=500, seconds=3600):
        """`dns`: (first, last)."""
        self._log, self.phases = f"{directory}/cti_load.log", []
        self._command = [programs.built("tests/bench/cti_load"), "--server", servers, "--dns", f"{dns[0]}..{dns[1]}",
                         "--clients", str(clients), "--registrations", str(registrations), "--rate", str(rate),
                         "--talk-ms", str(talk_ms), "--seconds", str(seconds)]
        self.process = None

    def start(self):
        with open(self._log, "ab") as log:
            self.process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log)
        threading.Thread(target=self._listen, daemon=True).start()
        until(lambda: self._phase("calling") or self.process.poll() is not None, 60, f"no calls begin; see {self._log}")
        self.expect_running()
        return self

    def _listen(self):
        for line in self.process.stdout:
            self.phases.append(json.loads(line))

    def _phase(self, name):
        return next((phase for phase in list(self.phases) if phase["phase"] == name), None)

    def expect_running(self):
        expect(self.process.poll() is None, f"cti_load ended with {self.process.poll()}; see {self._log}")

    def finish(self, seconds=60):
        """No new calls; returns when those that are there have ended."""
        self.process.terminate()
        self.process.wait(seconds)
        until(lambda: self._phase("done"), 5, f"cti_load has no report; see {self._log}")

    @property
    def report(self):
        return self._phase("done")

    def expect_outcomes(self):
        requests = self.report["requests"]
        expect(requests["missing"] == 0 and requests["again"] == 0, f"{requests}")
        expect(self.report["events"]["unasked_errors"] == 0, f"an EventError that nobody asked for: {self.report['events']}")
        return f"{requests['asked']} requests, errors {requests['errors']}"

    def expect_calls(self):
        calls = self.report["calls"]
        wrong = {key: calls[key] for key in ("refused", "failed", "left") if calls[key]}
        expect(not wrong and calls["released"] == calls["asked"] > 0, f"{calls}, errors {self.report['requests']['errors']}")
        return f"{calls['released']} calls made and released, {calls['postponed']} postponed"

    def expect_streams(self):
        events = self.report["events"]
        wrong = {key: events[key] for key in ("lost", "twice", "disordered", "doubled") if events[key]}
        expect(not wrong, f"{wrong}, first: {events['first_fault']}")
        expect(events["heard"] > 0, "nothing was heard")
        return f"{events['heard']} events heard"

    def expect_sessions(self):
        sessions = self.report["sessions"]
        expect(sessions["lost"] == 0 and sessions["streams_broken"] == 0, f"{sessions}")
        return f"taken up again {sessions['resumed']} times"

    def figures(self):
        for name, what in (("event_age", "from the entry to the client"), ("answer", "from a request to its outcome")):
            told = self.report[name]
            yield (f"{what}: median {told['p50_ms']:.0f} ms, p99 {told['p99_ms']:.0f} ms, max {told['max_ms']:.0f} ms of "
                   f"{told['count']}")
