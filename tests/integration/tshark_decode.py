#!/usr/bin/env python3
"""Everything the server sends, as Wireshark's dissectors see it: nothing malformed, nothing that is not SIP.

The dissector is lenient and often says nothing where it understands nothing: what every message must have is asked for.
"""
# time-limit: 90
import collections
import os
import re
import signal
import subprocess
import time

from harness import claims, daemon, programs, sandbox, sip
from harness.caller import Caller
from harness.claims import claim, expect, until
from harness.phone import Phone

ERROR = 0x800000  # PI_ERROR of epan/proto.h
FIELDS = ("frame.number", "sip.Method", "sip.Status-Code", "_ws.malformed", "_ws.expert.severity", "_ws.expert.message",
          "sip.Content-Type", "sdp.version", "udp.length", "tcp.reassembled_in", "tcp.payload")
EXPECTED = ("sip.Call-ID", "sip.CSeq.seq", "sip.CSeq.method", "sip.Via.branch", "sip.Via.sent-by.address", "sip.from.addr",
            "sip.from.tag", "sip.to.addr", "sip.Content-Length")

missing = programs.find_missing("tshark", "sipp", "baresip")
if missing:
    claims.skip("decoding what the server sends", f"{missing} is not installed")
    claims.finish()
sandbox.enter()
directory = sandbox.directory("tshark")
capture, tshark_log = os.path.join(directory, "calls.pcapng"), os.path.join(directory, "tshark.log")
UAS_PORT = 5090  # the server connects to it from a port of the kernel's choice
uac, uas = f"{sandbox.PHONE_ADDRESS}:5080", f"{sandbox.PHONE_ADDRESS}:{UAS_PORT}"
server = daemon.Daemon(directory, [
    daemon.extension("1001"), daemon.extension("1002"), daemon.trunk("from", uac),
    daemon.trunk("to", uas, prefix="service"), daemon.trunk("to-tcp", f"sip:{uas};transport=tcp", prefix="tcp")])
said = {}  # by the server, of what it sent


def traffic():
    """Calls over UDP and TCP that succeed, ring out, are cancelled, held and refused."""
    callees = [Caller(directory, f"uas-{mode}", ["-sn", "uas"], uas, mode).start() for mode in ("u1", "t1")]
    for service, mode in (("service", "u1"), ("tcp", "t1")):
        caller = Caller(directory, f"uac-{mode}", ["-sn", "uac", "-s", service, "-r", "50", "-m", "100", "-d", "50"], uac,
                        mode, server.server)
        caller.run(30)
        caller.expect_clean(100)
    phones()
    oddities()
    for callee in callees:
        callee.stop()


def phones():
    anna = Phone(directory, "1001", server.server, 1, 500).start()
    bert = Phone(directory, "1002", server.server, 2, 1100, transport="tcp", answer="manual").start()
    anna.wait_registered()
    bert.wait_registered()
    for ending in (anna, bert):
        anna.dial("1002")
        bert.wait_for("CALL_INCOMING")
        bert.command("accept")
        anna.wait_for("CALL_ESTABLISHED")
        bert.wait_for("CALL_ESTABLISHED")
        anna.hold()
        anna.wait_for("CALL_REMOTE_SDP")
        ending.hang_up()
        anna.wait_for("CALL_CLOSED")
        bert.wait_for("CALL_CLOSED")
    for ending in (anna, bert):
        anna.dial("1002")
        bert.wait_for("CALL_INCOMING")
        ending.hang_up()
        anna.wait_for("CALL_CLOSED")
    anna.stop()
    bert.stop()


def oddities():
    agent = sip.Agent(f"{sandbox.PHONE_ADDRESS}:5070", server.server)
    for headers in ("", "Require: 100rel-of-mars\r\n", "Proxy-Require: moon\r\n"):
        for method in ("OPTIONS", "INVITE", "MESSAGE", "SUBSCRIBE", "PUBLISH", "REFER", "FOO"):
            agent.final(agent.build(method, "nobody", f"odd-{method}-{len(headers)}", 1, headers=headers))
    for expires in (3600, 1, 0):
        agent.register("1001", expires)
    agent.send(agent.build("INVITE", "1001", "bad", 1).replace("CSeq: 1", "CSeq: x"))
    agent.receive(1)


def captured():
    with open(tshark_log, "wb") as log:
        tshark = subprocess.Popen(["tshark", "-q", "-i", "lo", "-B", "64", "-f", f"port {server.port} or {UAS_PORT}", "-w", capture], stdout=log,
                                  stderr=log, stdin=subprocess.DEVNULL)
    until(lambda: os.path.exists(capture) and os.path.getsize(capture) > 0, 15, f"tshark does not capture; see {log.name}")
    server.start()
    traffic()
    time.sleep(6)  # the last repetitions of what nobody answered
    said.update(udp=server.metric("understudy_net_udp_datagrams_out_total"),
                tcp=server.metric("understudy_net_stream_messages_out_total"))
    expect(server.terminate() == 0, f"the server ended with {server.process.returncode}; see {server.log}")
    until(quiet, 10, "the capture does not end")
    tshark.send_signal(signal.SIGINT)
    tshark.wait(10)
    dropped = re.findall(r"(\d+) packets? dropped", open(tshark_log, encoding="utf-8").read())
    expect(not sum(map(int, dropped)), f"tshark missed {dropped} packets")
    return f"the server says it sent {said['udp']:.0f} datagrams and {said['tcp']:.0f} messages over TCP"


def quiet():
    """The capture comes in blocks: it is whole when it has not grown for a while."""
    before = os.path.getsize(capture)
    time.sleep(1.5)
    return os.path.getsize(capture) == before


def decoded():
    command = ["tshark", "-r", capture, "-d", f"udp.port=={server.port},sip", "-d", f"tcp.port=={server.port},sip",
               "-d", f"tcp.port=={UAS_PORT},sip", "-Y", f"udp.srcport=={server.port} || (tcp.len > 0 && "
               f"(tcp.srcport=={server.port} || tcp.dstport=={UAS_PORT}))",
               "-T", "fields", "-E", "separator=\x1f",
               *[part for field in FIELDS + EXPECTED for part in ("-e", field)]]
    out = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=40)
    expect(out.returncode == 0, f"tshark: {out.stderr.decode()[-300:]}")
    counts, wrong, sent = collections.Counter(), [], collections.Counter()
    for line in out.stdout.decode(errors="replace").splitlines():
        found = dict(zip(FIELDS + EXPECTED, line.split("\x1f")))
        if found["tcp.reassembled_in"] not in ("", found["frame.number"]):  # a part: the whole is in a later frame
            continue
        if found["tcp.payload"] and not found["tcp.payload"].replace("0d0a", ""):  # the answer to a phone's keep-alive
            continue
        names = [name for name in (found["sip.Method"] + "," + found["sip.Status-Code"]).split(",") if name]
        counts.update(names)
        sent["udp" if found["udp.length"] else "tcp"] += len(names)
        wrong += [f"frame {found['frame.number']}: {why}" for why in faults(found, len(names))]
    print("  sent:", ", ".join(f"{name} {count}" for name, count in sorted(counts.items())))
    expect(sum(counts.values()) > 1000, f"only {sum(counts.values())} messages were decoded; see {capture}")
    expect(not wrong, f"{len(wrong)} faults, first: {'; '.join(wrong[:3])}; see {capture}")
    expect(sent == said, f"decoded were {dict(sent)}, the server says it sent {said}; see {capture}")
    return f"{sent['udp']} over UDP, {sent['tcp']} over TCP"


def faults(found, messages):
    """What is wrong with a frame that holds so many messages."""
    if messages == 0:
        yield "not SIP"
    if found["_ws.malformed"]:
        yield f"malformed: {found['_ws.expert.message']}"
    if any(int(value) >= ERROR for value in found["_ws.expert.severity"].split(",") if value):
        yield found["_ws.expert.message"]
    for field in EXPECTED:
        if len([value for value in found[field].split(",") if value]) < messages:
            yield f"no {field}"
    if found["sip.Content-Type"].count("application/sdp") > len(found["sdp.version"].replace(",", "")):
        yield "a session description that is none"


if claim("calls of all kinds are made while tshark listens", captured):
    claim("tshark decodes every message the server sent, as many as it counted, without a malformed field", decoded)
claims.finish()
