"""A real DNS server on loopback: dnsmasq, whose records a test gives and changes."""
import os
import signal
import subprocess
import time

from harness.claims import expect


class Dns:
    """start(records); then change(records), freeze(), thaw(), stop()."""

    def __init__(self, directory, address="127.0.0.53", port=5353, ttl=6):
        self.server = f"{address}:{port}"
        self._log = os.path.join(directory, f"dnsmasq-{port}.log")
        self._command = ["dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
                         f"--port={port}", f"--listen-address={address}", "--bind-interfaces", "--local=/example/",
                         f"--local-ttl={ttl}", "--log-queries"]
        self.process = None

    def start(self, records):
        with open(self._log, "ab") as log:
            self.process = subprocess.Popen([*self._command, *records], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        time.sleep(0.3)
        expect(self.process.poll() is None, f"dnsmasq ended at once; see {self._log}")
        return self

    def change(self, records):
        self.stop()
        return self.start(records)

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        self.process.kill()
        self.process.wait()

    def questions(self):
        """The lines of its log that are questions."""
        with open(self._log, encoding="utf-8", errors="replace") as file:
            return [line for line in file if ": query[" in line]


def naptr(name, order, service, replacement):
    return f"--naptr-record={name},{order},10,s,{service},,{replacement}"


def srv(owner, target, port, priority, weight=0):
    return f"--srv-host={owner},{target},{port},{priority},{weight}"


def host(name, address):
    return f"--host-record={name},{address}"
