#!/usr/bin/env python3
"""What of its calls survives a server's death: ours, and Kamailio with and without replicated dialogs, on the same two hosts.

    bazel build //daemon:understudyd //tools:arbiter //tools:understudyctl
    tests/bench/failover.py                       about 2 minutes a server; needs root (network namespaces)

Two hosts are two network namespaces, a service address moves from one to the other. 400 calls are up, 100 ring, 20 new
ones a second come and go; the primary dies by SIGKILL. Six seconds later half of the ringing ones are answered and hung up,
the others given up by their callers; then all that are up are hung up. What the survivor still holds after a minute is
counted. Our pair notices the death itself; Kamailio's address is moved at once by this script, as if it were noticed in no time.
"""
import argparse
import collections
import json
import os
import re
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "integration"))

from harness import daemon, sandbox  # noqa: E402
from harness.claims import Broken, until  # noqa: E402
from harness.hosts import CABLE, OTHER, PHONES, SERVICE, Hosts  # noqa: E402
from harness.sip_trace import SipTrace  # noqa: E402
from failover_load import Calls  # noqa: E402
from servers import KAMAILIO_MODULES, missing_kamailio  # noqa: E402

SERVERS = ("understudy", "kamailio", "kamailio-dmq")
CALLER, CALLED = f"{PHONES}:5080", f"{PHONES}:5090"
DMQ_PORT, WITHIN = 5062, 40  # seconds in which what is asked for must have happened: Timer B, and some
SET_UP_RATE, NEW_RATE, FORGOTTEN = 50, 20, 60
DMQ = """
loadmodule "dmq.so"
modparam("dmq", "server_address", "sip:{here}:{port}")
modparam("dmq", "notification_address", "sip:{there}:{port}")
modparam("dmq", "num_workers", 1)
loadmodule "dialog.so"
modparam("dialog", "enable_dmq", 1)
"""
# A CANCEL whose INVITE the dead node took is sent on, so that the phone may decide.
CANCEL = """if (t_check_trans()) { t_relay(); exit; }
    $ru = "sip:" + $rU + "@CALLEE";
    forward();"""


class Ours:
    """The pair with durability durable, an arbiter on the phones' host, scripts that move the address."""

    def __init__(self, directory):
        dns = [daemon.trunk("from", CALLER), daemon.trunk("to", CALLED, prefix="service")]
        self.hosts = Hosts(directory, dns)

    def start(self):
        self.hosts.start()
        self.dies = self.hosts.primary()
        self.survivor = self.hosts.other(self.dies)

    def kill(self):
        self.dies.process.kill()
        return time.time()

    def move_address(self):
        """Its scripts do."""

    def left(self):
        return self.survivor.status()["calls"]

    def stop(self):
        self.survivor.terminate(20)
        self.hosts.witness.kill()


class Kamailio:
    """Two of them, each with the service address among its own; `replicated`: dialogs over DMQ on the cable."""

    def __init__(self, directory, replicated):
        self.hosts = Hosts(directory, [])
        self.directory, self.replicated, self.processes = directory, replicated, {}

    def start(self):
        for name in CABLE:
            self.launch(name)
        subprocess.run(["ip", "netns", "exec", "sip-a", self.hosts.up], check=True)
        time.sleep(3 if self.replicated else 1)  # DMQ's nodes find each other

    def launch(self, name):
        place = os.path.join(self.directory, f"kamailio-{name}")
        os.makedirs(place)
        with open(os.path.join(place, "kamailio.cfg"), "w", encoding="ascii") as file:
            file.write(self.configuration(name, place))
        subprocess.run(["ip", "netns", "exec", name, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_nonlocal_bind"], check=True)
        with open(os.path.join(place, "log"), "ab") as log:
            self.processes[name] = subprocess.Popen(
                ["ip", "netns", "exec", name, "kamailio", "-f", file.name, "-DD", "-E", "-m", "512", "-M", "32", "-Y", place,
                 "-P", os.path.join(place, "pid")], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        until(lambda: os.path.exists(self.socket(name)), 20, f"kamailio does not start; see {place}/log")

    def socket(self, name):
        return os.path.join(self.directory, f"kamailio-{name}", "ctl.sock")

    def configuration(self, name, place):
        with open(os.path.join(HERE, "kamailio.cfg"), encoding="ascii") as file:
            text = file.read()
        text = text.replace("if (t_check_trans()) t_relay();", CANCEL, 1)
        if self.replicated:
            text = text.replace("listen=udp:LISTEN", f"listen=udp:LISTEN\nlisten=udp:{CABLE[name]}:{DMQ_PORT}")
            text = text.replace('loadmodule "dialog.so"\n', DMQ.format(
                here=CABLE[name], there=CABLE[OTHER[name]], port=DMQ_PORT))
            text = text.replace("request_route {\n", 'request_route {\n  if (is_method("KDMQ")) {\n    dmq_handle_message();\n    exit;\n  }\n')
        for mark, value in (("LISTEN", f"{SERVICE}:5060"), ("CALLEE", CALLED), ("DIRECTORY", place), ("MODULES", KAMAILIO_MODULES)):
            text = text.replace(mark, value)
        return text

    def kill(self):
        os.killpg(self.processes["sip-a"].pid, signal.SIGKILL)
        self.processes["sip-a"].wait()
        return time.time()

    def move_address(self):
        subprocess.run(["ip", "netns", "exec", "sip-a", self.hosts.down], check=True)
        subprocess.run(["ip", "netns", "exec", "sip-b", self.hosts.up], check=True)

    def left(self):
        told = subprocess.run(["kamcmd", "-s", f"unix:{self.socket('sip-b')}", "dlg.list"], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=True).stdout.decode(errors="replace")
        found = collections.Counter(re.findall(r"call-?id: (up|ring|short)-", told))
        self.what = ", ".join(f"{number} {kind}" for kind, number in sorted(found.items()))
        return told.count("h_id:")

    def stop(self):
        os.killpg(self.processes["sip-b"].pid, signal.SIGKILL)


def shows(calls, kind, count, *states):
    until(lambda: calls.count(kind, *states) >= count, 30, lambda: f"{calls.count(kind, *states)} of {count} calls are {states}: "
          f"{calls.calling.failures[:3]}")


def end(calls, legs, what, seconds=WITHIN):
    """Asks for the end of each, a few at a time; returns when they have ended, or did not in time."""
    for leg in legs:
        calls.do(what, leg)
        time.sleep(1 / SET_UP_RATE)
    limit = time.monotonic() + seconds
    while any(leg.state not in ("released", "failed") for leg in legs) and time.monotonic() < limit:
        time.sleep(0.05)


def measured(server, args):
    server.start()
    calls, trace = Calls(f"{SERVICE}:5060", CALLER, CALLED), SipTrace(5060)
    calls.begin_many("up", args.established, SET_UP_RATE)
    calls.begin_many("ring", args.ringing, SET_UP_RATE)
    shows(calls, "up", args.established, "up")
    shows(calls, "ring", args.ringing, "ringing")
    calls.begin_many("short", 3 * NEW_RATE, NEW_RATE)
    dead = server.kill()
    server.move_address()
    calls.begin_many("short", 6 * NEW_RATE, NEW_RATE)
    first = trace.first_answer(dead)
    ringing = calls.legs("ring")
    given_up, answered = ringing[::2], ringing[1::2]
    end(calls, given_up, calls.calling.cancel)
    for leg in list(calls.called.ringing):
        calls.do(calls.called.pick_up, leg)
    await_answers(answered)
    end(calls, answered, calls.calling.hang_up)
    end(calls, calls.legs("up"), calls.calling.hang_up)
    end(calls, calls.legs("short"), lambda leg: None)
    left_at_once = server.left()
    time.sleep(FORGOTTEN)
    figures = {
        "established": args.established, "ringing": args.ringing,
        "established_kept": sum(leg.end == "BYE" for leg in calls.legs("up")),
        "ringing_answered": sum(leg.end == "BYE" for leg in answered), "of_answered": len(answered),
        "ringing_cancelled": sum(leg.end == "CANCEL" for leg in given_up), "of_cancelled": len(given_up),
        "called_left": calls.called.open(), "called_unheard": len(calls.called.failures), "new": len(calls.legs("short")), "new_made": calls.count("short", "released"),
        "repeated": calls.repeated(), "left_at_once": left_at_once, "left": server.left(),
        "what_is_left": getattr(server, "what", ""), "first_answer_ms": (first - dead) * 1000 if first else float("nan"), "failures": calls.calling.failures[:5],
        "load_average": os.getloadavg()[0]}
    calls.stop()
    server.stop()
    return figures


def await_answers(legs):
    """Until the called side's answers have come to all, or for 10 s."""
    limit = time.monotonic() + 10
    while any(leg.state == "ringing" for leg in legs) and time.monotonic() < limit:
        time.sleep(0.05)


def one(args):
    """In namespaces of its own; the figures are the last line."""
    sandbox.enter()
    directory = sandbox.directory("failover")
    server = Ours(directory) if args.one == "understudy" else Kamailio(directory, args.one == "kamailio-dmq")
    try:
        print(json.dumps(measured(server, args)), flush=True)
    except Broken as reason:
        print(json.dumps({"broken": str(reason), "directory": directory}), flush=True)


def text(name, row):
    if "broken" in row:
        return f"  {name:13} INCOMPLETE: {row['broken']} ({row['directory']})"
    return (f"  {name:13} established kept {row['established_kept']}/{row['established']}, ringing answered {row['ringing_answered']}/"
            f"{row['of_answered']}, ringing cancelled {row['ringing_cancelled']}/{row['of_cancelled']}, new calls {row['new_made']}/"
            f"{row['new']}, {row['repeated']} retransmissions; first answer {row['first_answer_ms']:.0f} ms after the death; left on the "
            f"survivor {row['left_at_once']}, {FORGOTTEN} s later {row['left']}"
            f"{row['what_is_left'] and ' (' + row['what_is_left'] + ')'}, at the called {row['called_left']}, "
            f"of whose answers {row['called_unheard']} were never acknowledged")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", nargs="+", choices=SERVERS, default=SERVERS)
    parser.add_argument("--established", type=int, default=400)
    parser.add_argument("--ringing", type=int, default=100)
    parser.add_argument("--json", help="append every single result to this file, one JSON object a line")
    parser.add_argument("--one", choices=SERVERS, help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    args = arguments()
    if args.one:
        return one(args)
    print(f"{args.established} calls up, {args.ringing} ringing, {NEW_RATE} new ones a second; SIGKILL")
    for name in args.servers:
        if name != "understudy" and missing_kamailio():
            print(f"  {name}: {missing_kamailio()}")
            continue
        done = subprocess.run([sys.executable, os.path.realpath(__file__), "--one", name, "--established", str(args.established),
                               "--ringing", str(args.ringing)], stdout=subprocess.PIPE, check=False)
        lines = done.stdout.decode().strip().splitlines()
        if done.returncode != 0 or not lines:
            print(f"  {name}: ended with {done.returncode}: {' '.join(lines[-1:])}")
            continue
        row = json.loads(lines[-1])
        print(text(name, row), flush=True)
        for failure in row.get("failures", []):
            print(f"    {failure}")
        if args.json:
            with open(args.json, "a", encoding="utf-8") as file:
                file.write(json.dumps({"server": name, **row}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
