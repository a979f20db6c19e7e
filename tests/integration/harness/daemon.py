"""The server as a process: its configuration, its start, its signals and its death."""
import json
import os
import signal
import subprocess
import urllib.error
import urllib.request

from harness import programs, sandbox
from harness.claims import Broken, expect, until

CONFIG = """\
node:
  name: {name}
  http-address: 127.0.0.1
  http-port: {http_port}
  journal: {{path: {journal}, durability: {durability}{journal_options}}}
  log: {{level: {level}}}
{node}
pair:
  options:
    TServer: {{sip-address: {address}, sip-port: {port}{options}}}
{sections}  switch:
    name: Main
    dns:
{dns}
"""

NOTHING_FOUND = 4  # exit code of the tools
JOURNAL_TOOLS = ("journal-dump", "replay")


def extension(number, options=""):
    """A line of the dial plan: a phone that registers, or whose options say where it is."""
    return f'      - {{number: "{number}", type: Extension, options: {{TServer: {{contact: "*"{options}}}}}}}'


def trunk(number, contact, prefix="", options=""):
    prefix = f', prefix: "{prefix}"' if prefix else ""
    return f'      - {{number: {number}, type: Trunk, options: {{TServer: {{contact: "{contact}"{prefix}{options}}}}}}}'


class Daemon:
    """start() returns when it serves. It may be killed and started again as often as one likes."""

    def __init__(self, directory, dns, options="", node="", name="sip-a", port=5060, level="info",
                 program="daemon/understudyd", environment=None, wrapper=(), journal_options="", durability="local-sync", http_port=None,
                 sections=()):
        self.directory = os.path.join(directory, name)
        self.journal = os.path.join(self.directory, "journal")
        self.config = os.path.join(self.directory, "understudy.yaml")
        self.log = os.path.join(self.directory, "understudyd.log")
        self.address, self.port, self.http_port = sandbox.ADDRESS, port, http_port or port + 3000
        self.server = f"{self.address}:{port}"
        self.program = programs.built(program)
        self.process = None
        self.journal_tools = "tools"  # where those are that know what the journal says
        self._name, self._level, self._environment, self._wrapper = name, level, environment or {}, list(wrapper)
        self._sections = "".join(f"    {line}\n" for line in sections)  # of the pair's options, beside TServer
        self._journal_options, self._durability = journal_options and ", " + journal_options, durability
        os.makedirs(self.directory, exist_ok=True)
        self.configure(dns, options, node)

    def configure(self, dns, options="", node=""):
        """Writes the configuration file; a running server reads it at its next reload()."""
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(name=self._name, http_port=self.http_port, journal=self.journal,
                                     durability=self._durability, journal_options=self._journal_options,
                                     level=self._level, sections=self._sections, address=self.address, port=self.port, node=node,
                                     options=options and ", " + options, dns="\n".join(dns)))

    def launch(self):
        """Starts the process without waiting for it to serve."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([*self._wrapper, self.program, "--config", self.config],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env={**os.environ, **self._environment}, cwd=self.directory)
        return self

    def start(self, seconds=10):
        self.launch()
        until(self._serves, seconds, f"the server is not ready; see {self.log}", interval=0.01)
        return self

    def _serves(self):
        if self.process.poll() is not None:
            raise Broken(f"the server ended with {self.process.returncode}: {self.last_words()}; see {self.log}")
        return self.healthy()

    def healthy(self):
        try:
            return self.get("/healthz") is not None
        except (OSError, urllib.error.URLError):
            return False

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}{path}", timeout=2) as answer:
            return answer.read().decode()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def terminate(self, seconds=10):
        """Asks it to end, as systemd does, and returns its exit code."""
        self.process.terminate()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Broken(f"the server ignores SIGTERM for {seconds} s; see {self.log}") from None

    def metrics(self):
        """{name with labels: value}."""
        lines = (line for line in self.get("/metrics").splitlines() if line and not line.startswith("#"))
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}

    def metric(self, name):
        """The sum of all series of a name; Broken if there is none."""
        found = [value for series, value in self.metrics().items() if series.split("{")[0] == name]
        expect(found, f"/metrics has no {name}")
        return sum(found)

    def memory(self):
        """Resident KiB."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))

    def cpu_seconds(self):
        """On a processor until now, all threads."""
        tasks = f"/proc/{self.process.pid}/task"
        total = 0
        for task in os.listdir(tasks):
            with open(f"{tasks}/{task}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
        return total / 1e9

    def log_text(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def last_words(self):
        return " / ".join(self.log_text().strip().splitlines()[-3:])

    def tool(self, name, *arguments, seconds=60):
        """Runs a program of tools/ and returns (exit code, output)."""
        room = self.journal_tools if name in JOURNAL_TOOLS else "tools"
        done = subprocess.run([programs.built(f"{room}/{name}"), *arguments], stdin=subprocess.DEVNULL, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds)
        return done.returncode, done.stdout.decode(errors="replace")

    def entries(self, *filters):
        """The journal's entries that journal-dump lets through, as dictionaries. The server may run."""
        code, text = self.tool("journal-dump", "--json", *filters, self.journal)
        expect(code in (0, NOTHING_FOUND), f"journal-dump {' '.join(filters)} ended with {code}: {text[-300:]}")
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    def up_calls(self):
        """The calls that are up by the journal's account, as dictionaries; from the newest snapshot on."""
        code, text = self.tool("replay", "--from", "snapshot", "--show", "calls", "--json", "--quiet", self.journal)
        expect(code == 0, f"replay --show calls ended with {code}: {text[-300:]}")
        return json.loads(text.splitlines()[-1])["show"]
