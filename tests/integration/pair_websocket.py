#!/usr/bin/env python3
"""Clients that speak JSON over WebSocket: the example for Node.js goes on when the primary dies, and what is no WebSocket,
no frame, or of a stranger's page is told why."""
# time-limit: 120
import os
import shutil
import signal
import subprocess

from harness import claims, daemon, programs, sandbox, tlib, websocket
from harness.claims import claim, expect, until
from harness.pair import WEBSOCKET_PORTS, Pair

DEATHS, REQUESTS = 4, 40
AT = ("127.0.0.1", WEBSOCKET_PORTS["sip-a"])
ORIGIN = "https://crm.example.com"

sandbox.enter()
directory = sandbox.directory("pair_websocket")
pair = Pair(directory, [daemon.extension("1001"), daemon.extension("1002")], tlib=True)
WATCH = os.path.join(programs.ROOT, "examples/nodejs/watch.mjs")


def greeted(path="/tlib", origin=None):
    _, link = websocket.connect(AT, path, origin=origin)
    link.send({"Frame": "Hello", "Application": "page"})
    return link, link.wait_for("Welcome")


def begin():
    pair.start()
    link, welcome = greeted()
    expect(welcome["Server"] == "sip-a" and welcome["Role"] == "Primary", f"the welcome is {welcome}")
    link.send({"Frame": "Attach"})
    attached = link.wait_for("Attached")
    link.send({"Frame": "Request", "Number": 1, "Message": {"Request": "RequestRegisterAddress", "ThisDN": "1001", "ReferenceID": 9}})
    event = link.wait_for("Event")
    expect(event["Number"] == 1 and event["Message"]["Event"] == "EventRegistered", f"the event is {event}")
    link.close()
    again, _ = greeted()
    again.send({"Frame": "Attach", "Session": attached["Session"], "Token": attached["Token"], "SeenEvent": 0})
    expect(again.wait_for("Attached")["LastRequest"] == 1, "the session does not know its request")
    expect(again.wait_for("Event") == event, "the event is another one when it comes again")
    again.send({"Frame": "Goodbye"})
    again.close()


def strangers():
    for path, upgrade, status in (("/", True, 404), ("/tlib", False, 426), ("/tlib?x", True, 404)):
        found, _ = websocket.connect(AT, path, upgrade=upgrade)
        expect(found == status, f"{path} is answered by {found}, not {status}")
    status, _ = websocket.connect(AT, "/tlib", origin=ORIGIN)
    expect(status == 101, f"an origin is answered by {status} where none are named")


def origins():
    """Of a node that names them: no other page comes in, and programs do."""
    backup = pair.backup()
    backup.rest()
    backup.kill()
    with open(backup.config, encoding="utf-8") as file:
        text = file.read()
    with open(backup.config, "w", encoding="utf-8") as file:
        file.write(text.replace("  tlib-websocket-port", f'  tlib-websocket-origins: "{ORIGIN}"\n  tlib-websocket-port', 1))
    backup.supervise()
    pair.wait_ready()
    at = ("127.0.0.1", WEBSOCKET_PORTS[backup.name])
    for origin, status in ((ORIGIN, 101), (None, 101), ("https://evil.example.com", 403), (ORIGIN + ".evil.com", 403)):
        found, _ = websocket.connect(at, "/tlib", origin=origin)
        expect(found == status, f"{origin} is answered by {found}, not {status}")
    expect(backup.metric("understudy_client_websockets_refused_total") == 2, "the refused are not counted")


def rubbish():
    for octets, kind in ((b"{", websocket.TEXT), (b"[]", websocket.TEXT), (b"\xff\xfe\x00", websocket.BINARY),
                         (b'{"Frame":"Attach"}', websocket.TEXT)):
        _, link = websocket.connect(AT, "/tlib")
        link.send_octets(octets, kind)
        goodbye = link.wait_for("Goodbye")
        expect(goodbye and goodbye["Code"] == "ProtocolError", f"{octets!r} is answered by {goodbye}")
        link.close()
    for size in (5000, 300000):  # nobody has said who it is
        _, link = websocket.connect(AT, "/tlib")
        link.send_octets(b'{"Frame":"Hello","Application":"' + b"x" * size + b'"}')
        goodbye = link.wait_for("Goodbye")
        expect(goodbye and goodbye["Code"] == "MessageTooLarge", f"a Hello of {size} octets is answered by {goodbye}")
        link.close()
    link, _ = greeted()
    link.send_octets(os.urandom(200), 3)
    expect(link.frame() is None, "a frame of an unknown kind is read")
    expect(all(node.process.poll() is None for node in pair.nodes), "a node ended")


def example():
    watch = tlib.Client(["node", WATCH, "--application", "example", Pair.websockets, "1001", "1002"],
                        os.path.join(directory, "watch.log"))
    watch.wait_for("EventRegistered", ThisDN="1002")
    asked = 0
    for _ in range(DEATHS):
        pair.wait_ready()
        for number in range(REQUESTS):
            asked += 1
            watch.put("RequestQueryServer", ReferenceID=asked)
            if number == REQUESTS // 2:
                pair.primary().kill()
        until(lambda: watch.count("EventServerInfo") >= asked, 30,
              lambda: f"{watch.count('EventServerInfo')} outcomes of {asked} requests")
    references = [event["ReferenceID"] for event in watch.heard if event["Event"] == "EventServerInfo"]
    expect(references == list(range(1, asked + 1)), f"the outcomes are {references}")
    expect(watch.count("EventRegistered") == 2, "the session was lost")
    watch.process.send_signal(signal.SIGTERM)
    expect(watch.process.wait(5) == 0, f"the example ended with {watch.process.returncode}")
    until(lambda: pair.primary().metric("understudy_client_sessions") == 0, 10, "its session is left")
    return f"{asked} requests, {DEATHS} deaths of the primary"


def not_json():
    """What is no request ends the example with a reason, wherever the server is."""
    nothing = "it has no Request"
    for line, why in (("hello", "JSON"), ("[1]", nothing), ("null", nothing), ('{"Request":7}', nothing)):
        done = subprocess.run(["node", WATCH, "ws://127.0.0.1:9/tlib"], input=f"\n{line}\n", capture_output=True,
                              text=True, timeout=20)
        expect(done.returncode == 2, f"{line} ends it with {done.returncode}")
        expect("line 2 is no request: " in done.stderr and why in done.stderr, f"{line} is answered by {done.stderr}")


def equal():
    pair.wait_ready()
    pair.leave()
    pair.expect_no_crash()
    return pair.expect_equal_journals()


if claim("a session over WebSocket begins, and is taken up again", begin):
    claim("what is no WebSocket at /tlib is answered by HTTP", strangers)
    claim("pages of other origins are refused where origins are named", origins)
    claim("what is no frame ends the link with the reason", rubbish)
    if shutil.which("node"):
        claim("the example for Node.js goes on when the primary dies", example)
        claim("the example for Node.js says which line is no request, and ends", not_json)
    else:
        claims.skip("the example for Node.js", "node is not installed")
    claim("both journals are whole, replay bit for bit, and agree", equal)
claims.finish()
