#!/usr/bin/env python3
"""Clients of the T-Library that keep to no rule: the server says why, ends their links, and serves the others meanwhile.

The server is the build of the poison test, under its supervisor: one kind of request brings it down.
"""
# time-limit: 180
import glob
import os
import random
import socket
import struct
import subprocess
import time

from harness import claims, daemon, programs, sandbox, tlib
from harness.claims import claim, expect, until
from harness.raw_client import (GOODBYE, PING, REFERENCE_ID, REGISTER_ADDRESS, THIS_DN, WELCOME, RawClient,
                                attach, framed, hello, message, request)

PORT, PASSWORD = 7200, "Canary7Secret"
AT = ("127.0.0.1", PORT)
GROWTH_KIB = 40 << 10
SILENT_LINKS = 800

sandbox.enter()
directory = sandbox.directory("tlib_edge")
chance = random.Random(int(os.environ.get("UNDERSTUDY_TEST_SEED", "1")))
NODE = f"  tlib-port: {PORT}\n  tlib-addp-timeout: 60s\n  limits: {{max-clients: 1000, max-clients-per-host: 900, max-client-requests: 2000, max-client-queue: 64KiB}}\n"
PHONES, OPTIONS = [daemon.extension("1001"), daemon.extension("1002")], "client-queue-events: 100000, client-queue-bytes: 8388608"
server = daemon.Daemon(directory, PHONES, node=NODE, options=OPTIONS,
                       program="tests/poison/understudyd_poison",
                       wrapper=[os.path.join(programs.ROOT, "scripts/supervise.sh")])
tool = tlib.Tool(directory, f"127.0.0.1:{PORT}")


def verifier():
    done = subprocess.run([server.program, "--client-verifier"], input=PASSWORD.encode() + b"\n", stdout=subprocess.PIPE,
                          check=True, timeout=10)
    return done.stdout.decode().strip()


def ended(reason):
    return server.metrics().get(f'understudy_client_links_ended_total{{reason="{reason}"}}', 0)


def said(octets):
    """The code of the Goodbye that such octets are answered by."""
    client = RawClient(AT)
    client.send(octets)
    code = client.code()
    client.close()
    return code


def comes_in(name, password=""):
    client = RawClient(AT)
    client.send(hello(name, password))
    first = client.frame()
    client.close()
    return first is not None and first[0] == WELCOME


def begin():
    server.start()
    outcome = tool.do("query-server")
    expect(outcome["Event"] == "EventServerInfo", f"the outcome is {outcome}")
    return outcome["ServerRole"]


def damaged():
    """Valid frames with some octets changed. Some are frames still, so that only the server's life is asked about."""
    octets = bytearray(hello("monitor") + attach() + request(1, REGISTER_ADDRESS, {THIS_DN: "1001", REFERENCE_ID: 1}))
    for _ in range(chance.randint(1, 6)):
        octets[chance.randrange(4, len(octets))] = chance.randrange(256)
    return bytes(octets)


def garbage():
    before = ended("garbage"), ended("too-large"), ended("out-of-turn")
    cases = {
        "MessageTooLarge": [b"GET / HTTP/1.1\r\n\r\n", b"\xff\xff\xff\xff", struct.pack("<I", 65544), b"\x16\x03\x01\x02\x00\x01\x00",
                            struct.pack("<I", 60000) + bytes(5000)],
        "ProtocolError": [struct.pack("<I", 16) + b"x" * 16, struct.pack("<I", 0), struct.pack("<I", 5) + b"12345",
                          framed(PING), attach(), framed(GOODBYE + 90), hello("monitor") + hello("monitor"), hello(""),
                          hello("monitor") + attach() + attach(seen=1), hello("monitor") + framed(3), hello("monitor") + framed(5)],
        "Version": [hello("monitor", version=0)],
    }
    for code, streams in cases.items():
        for octets in streams:
            expect(said(octets) == code, f"{octets[:40]!r} is answered by {said(octets)}, not {code}")
    for _ in range(300):
        client = RawClient(AT)
        client.send(damaged())
        client.close()
    for size in (1, 3, 4, 5, 20, 39):  # halves, and then the end
        client = RawClient(AT)
        client.send(hello("monitor")[:size])
        client.close()
    until(lambda: server.metric("understudy_client_links") == 0, 10, "links of clients that have gone are left")
    counted = ended("garbage") - before[0], ended("too-large") - before[1], ended("out-of-turn") - before[2]
    expect(min(counted) > 3, f"only {counted} are counted as garbage, too large, out of turn")
    expect(server.process.poll() is None, f"the server ended; see {server.log}")
    return f"{counted[0]:.0f} garbage, {counted[1]:.0f} too large, {counted[2]:.0f} out of turn"


def requests_that_make_no_sense():
    """Of any type, with any attributes: each has its outcome."""
    client = RawClient(AT)
    client.send(hello("monitor") + attach())
    client.wait_for(3)
    for number in range(1, 301):
        attributes = {chance.randint(1, 59): chance.choice([5, "text", "1001", -1]) for _ in range(chance.randint(0, 4))}
        client.send(request(number, chance.randint(0, 182), {**attributes, REFERENCE_ID: number}))
    client.close()
    inside = message(REGISTER_ADDRESS, {THIS_DN: "1001"})
    expect(len(inside) % 8 == 0, "a message is no whole words")
    tool.do("query-server")


def half_open():
    """Links over which nothing is said are closed, and keep nobody out for long."""
    before = ended("no-handshake")
    links = [socket.create_connection(AT, 5) for _ in range(SILENT_LINKS)]
    tool.do("query-server")
    until(lambda: ended("no-handshake") - before >= SILENT_LINKS, 15, "silent links are not closed")
    for link in links:
        link.close()
    crowd = [socket.create_connection(AT, 5) for _ in range(950)]
    until(lambda: ended("too-many-links-of-host") > 0, 10, "one host may have any number of links")
    for link in crowd:
        link.close()
    until(lambda: server.metric("understudy_client_links") == 0, 10, "links of a crowd that has gone are left")
    return f"{SILENT_LINKS} closed after 5 s"


def pid():
    """Of the server, not of its supervisor."""
    return int(subprocess.run(["pgrep", "-P", str(server.process.pid), "-x", "understudyd_poi"], stdout=subprocess.PIPE,
                              check=True).stdout)


def memory():
    with open(f"/proc/{pid()}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


def never_reads():
    """It asks and asks, and does not read. What it costs is bounded, others are served as before, and its link ends."""
    before, number, slowest = memory(), 0, 0
    deaf = RawClient(AT, receive_buffer=4096)
    deaf.send(hello("deaf") + attach())
    deaf.patience(0.2)
    end = time.monotonic() + 30
    while ended("slow") == 0 and time.monotonic() < end:
        many = b"".join(request(number + n, REGISTER_ADDRESS, {THIS_DN: "1001", REFERENCE_ID: n}) for n in range(1, 201))
        number += 200 if deaf.send_whole(many) else 0
        began = time.monotonic()
        tool.do("query-server")
        slowest = max(slowest, time.monotonic() - began)
    expect(ended("slow") == 1, f"{ended('slow'):.0f} links of slow clients were closed")
    expect("client too slow" in server.log_text(), f"the log does not say why; see {server.log}")
    growth = memory() - before
    expect(growth < GROWTH_KIB, f"memory grew by {growth} KiB")
    expect(server.metric("understudy_client_stalls_total") > 0, "the client was read all the time")
    deaf.close()
    return f"{number} requests sent, {growth} KiB more, others are served in at most {1000 * slowest:.0f} ms"


def passwords():
    text = open(server.config, encoding="utf-8").read()
    clients = f'pair:\n  clients: [{{name: crm, password: {PASSWORD}}}, {{name: stat, verifier: "{verifier()}"}}]\n'
    with open(server.config, "w", encoding="utf-8") as file:
        file.write(text.replace("pair:\n", clients, 1))
    server.reload()
    until(lambda: not comes_in("monitor"), 10, "anybody comes in after the reload")
    for name in ("crm", "stat"):
        expect(said(hello(name, "sesame")) == "InvalidPassword", f"{name} comes in with another password")
        expect(comes_in(name, PASSWORD), f"{name} does not come in with its password")
    codes = [said(hello("crm", f"guess{number}")) for number in range(30)]
    expect("TooManyRequests" in codes, f"30 wrong passwords are answered by {set(codes)}")
    expect(PASSWORD not in server.log_text(), "the password is in the log")
    for path in glob.glob(os.path.join(server.journal, "**"), recursive=True):
        expect(not os.path.isfile(path) or PASSWORD.encode() not in open(path, "rb").read(), f"the password is in {path}")
    until(lambda: comes_in("crm", PASSWORD), 20, "the right password is refused for ever after wrong ones")
    return f"{codes.count('InvalidPassword')} wrong ones are checked, then none"


def crashes():
    return server.log_text().count("ended with")


def poison():
    """A request that fails a CHECK, from a client that repeats it: one crash, then it is refused like any other."""
    before = crashes()
    number = 1
    for _ in range(20):
        try:
            client = RawClient(AT)
            client.send(hello("crm", PASSWORD) + attach() + request(1, REGISTER_ADDRESS, {THIS_DN: "poison", REFERENCE_ID: 5}))
            if client.wait_for(5) is not None:
                break
            client.close()
        except OSError:
            pass
        time.sleep(0.3)
        number += 1
    else:
        expect(False, "the request has no outcome")
    expect(crashes() - before == 1, f"{crashes() - before} crashes; see {server.log}")
    files = glob.glob(os.path.join(server.directory, "**", "*.bin"), recursive=True)
    expect(any(b"poison" in open(path, "rb").read() for path in files), f"it is not kept in {files}")
    expect(server.metric("understudy_client_requests_quarantined_total") >= 1, "no quarantined request is counted")
    return f"an outcome at try {number}"


def end():
    expect(server.terminate() == 0, f"the server ended with {server.process.returncode}; see {server.log}")
    code, text = server.tool("replay", "--verify", server.journal)
    expect(code == 0, f"replay ended with {code}: {text[-300:]}")


if claim("a client of the T-Library is served", begin):
    claim("garbage, halves and frames out of turn end their links with the reason", garbage)
    claim("requests that make no sense change nothing", requests_that_make_no_sense)
    claim("who says nothing is closed in time, and one host does not take all links", half_open)
    claim("who never reads costs neither memory nor the time of others", never_reads)
    claim("passwords are checked, guesses are limited, and no password is anywhere", passwords)
    claim("a request that brings the server down does so once, and has an outcome then", poison)
    claim("the journal replays bit for bit", end)
claims.finish()
