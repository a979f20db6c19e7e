"""Clients of the T-Library: the program `tlib` as a process.

    tool = Tool("127.0.0.1:5070")            # or both nodes of a pair: "127.0.0.1:5070,127.0.0.1:5071"
    watch = tool.watch("1001", "1002")       # its events, as they come
    code, outcome = tool.ask("make-call", "1001", "1002")
    watch.wait_for("EventRinging", ThisDN="1002")
    desk = tool.run()                        # one session, which asks what it is told and hears what it registers for
    desk.ask("RequestQueryServer", ReferenceID=5)

Events are dictionaries with the names of the T-Library; what the client says itself (EventLinkConnected and so on) is among
them.
"""
import json
import subprocess
import threading

from harness import programs
from harness.claims import expect, until

REFUSED = 1
LOCAL = ("EventLinkConnected", "EventLinkDisconnected", "EventServerConnected", "EventServerDisconnected",
         "EventRestoreConnection", "EventPrimaryChanged")


def matches(event, name, attributes):
    return event.get("Event") == name and all(event.get(key) == value for key, value in attributes.items())


class Client:
    """A tool that goes on. Its lines are in `heard`, in the order of their coming."""

    def __init__(self, command, log):
        self.heard, self._log = [], log
        with open(log, "ab") as errors:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self):
        for line in self.process.stdout:
            self.heard.append(json.loads(line))

    def events(self, dn=None):
        """What servers said, about one DN or all."""
        return [event for event in list(self.heard)
                if event.get("Event") not in LOCAL and dn in (None, event.get("ThisDN"))]

    def count(self, name, **attributes):
        return sum(matches(event, name, attributes) for event in list(self.heard))

    def wait_for(self, name, seconds=10, after=0, **attributes):
        """The first such event among heard[after:], once it is there."""
        def find():
            return next((event for event in list(self.heard)[after:] if matches(event, name, attributes)), None)
        return until(find, seconds, lambda: f"no {name} {attributes}, but "
                     f"{[(event.get('Event'), event.get('ThisDN')) for event in list(self.heard)[after:]][-12:]}; see {self._log}")

    def put(self, name, **attributes):
        """One more request for a tool that reads them; its outcome comes later."""
        self.process.stdin.write(json.dumps({"Request": name, **attributes}).encode() + b"\n")
        self.process.stdin.flush()

    def ask(self, name, seconds=10, **attributes):
        """A request, and its outcome: the next event with its ReferenceID."""
        reference, after = attributes.setdefault("ReferenceID", 1), len(self.heard)
        self.put(name, **attributes)
        return until(lambda: next((event for event in list(self.heard)[after:] if event.get("ReferenceID") == reference), None),
                     seconds, f"no outcome of {name} {attributes}; see {self._log}")

    def finish(self, seconds=30):
        """No more requests; its exit code once the last one has its outcome."""
        self.process.stdin.close()
        code = self.process.wait(seconds)
        self._thread.join(seconds)
        return code

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self._thread.join(10)


class Tool:
    """`servers`: host:port, or two of them with a comma. Each client has a log of its own in `directory`."""

    def __init__(self, directory, servers):
        self._base = [programs.built("tools/tlib"), "--server", servers, "--json"]
        self._directory, self._clients = directory, 0

    def _client(self, command):
        self._clients += 1
        return Client(command, f"{self._directory}/tlib-{self._clients}.log")

    def watch(self, *dns, seconds=10):
        """Returns once it is registered for all of them."""
        client = self._client([*self._base, "--application", "watch", "watch", *dns])
        for dn in dns:
            if not dn.startswith("--"):
                client.wait_for("EventRegistered", seconds, ThisDN=dn)
        return client

    def run(self, *dns, application="desk"):
        """A session that is registered for these DNs."""
        client = self._client([*self._base, "--application", application, "run", "-"])
        for dn in dns:
            outcome = client.ask("RequestRegisterAddress", ThisDN=dn)
            expect(outcome["Event"] == "EventRegistered", f"{dn} is not registered: {outcome}")
        return client

    def ask(self, *words, seconds=20):
        """One command: (exit code, its outcome as a dictionary, {} when none was printed)."""
        done = subprocess.run([*self._base, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              check=False, timeout=seconds)
        lines = done.stdout.decode().splitlines()
        return done.returncode, json.loads(lines[-1]) if lines else {"tlib": done.stderr.decode().strip()}

    def do(self, *words):
        """A command that is done. Its outcome."""
        code, outcome = self.ask(*words)
        expect(code == 0, f"tlib {' '.join(words)} ended with {code}: {outcome}")
        return outcome
