#!/usr/bin/env python3
"""A Trunk that is a name: its servers are found in a real DNS, the next one takes over, and DNS may change or fall silent.

dnsmasq has the records, sipp is each server.
"""
# time-limit: 200
import signal
import time

from harness import claims, daemon, dns, sandbox, sip
from harness.caller import Caller
from harness.claims import claim, expect, until

sandbox.enter()
directory = sandbox.directory("locating")
SERVERS = {"a": "127.0.0.21", "b": "127.0.0.22", "c": "127.0.0.23"}
TTL = 6


def records(first, second):
    return [dns.naptr("gw.example", 10, "SIP+D2U", "_sip._udp.gw.example"),
            dns.srv("_sip._udp.gw.example", f"{first}.gw.example", 5070, 10),
            dns.srv("_sip._udp.gw.example", f"{second}.gw.example", 5070, 20),
            *(dns.host(f"{name}.gw.example", address) for name, address in SERVERS.items())]


names = dns.Dns(directory, ttl=TTL)
server = daemon.Daemon(
    directory, [daemon.extension("1001"), daemon.trunk("gw", "gw.example", "9", ", recovery-timeout: 3"),
                daemon.trunk("lost", "nowhere.example", "8")],
    options="sip-enable-rfc3263: true, sip-next-server-timeout: 2",
    node=f'  dns-servers: "{names.server}"\n  dns-timeout: 500ms\n')
agent = sip.Agent(f"{sandbox.PHONE_ADDRESS}:5090", server.server)
uas = {}


def answerer(name):
    uas[name] = Caller(directory, name, ["-sn", "uas"], f"{SERVERS[name]}:5070").start()


def answered(name):
    return uas[name].total("IncomingCall")


def call(number="9123"):
    """How long it took to be answered, and by whom."""
    started = time.monotonic()
    made = agent.call(number, user="1001", seconds=20)
    taken = time.monotonic() - started
    made.bye()
    return taken


def goes_to(name, calls=3, within=1.0):
    time.sleep(1.5)  # sipp counts once a second
    before = {one: answered(one) for one in uas}
    taken = max(call() for _ in range(calls))
    until(lambda: answered(name) - before[name] == calls, 5,
          lambda: f"of {calls} calls {({one: answered(one) - before[one] for one in uas})} came")
    expect(taken < within, f"a call took {taken:.1f} s")
    return f"{calls} calls, the slowest in {1000 * taken:.0f} ms"


def start():
    names.start(records("a", "b"))
    for name in SERVERS:
        answerer(name)
    server.start()
    until(lambda: server.metric("understudy_locate_answered_total") > 0, 5, "no name was answered")


def freeze_first():
    uas["a"].process.send_signal(signal.SIGSTOP)
    taken = call()
    uas["a"].process.send_signal(signal.SIGCONT)
    expect(1.5 < taken < 4, f"it took {taken:.1f} s")
    expect(server.metric("understudy_locate_next_server_total") >= 1, "nothing is counted")
    return f"answered by the next after {taken:.1f} s"


def kill_first():
    time.sleep(3.5)  # the time of being avoided is over
    uas["a"].stop()
    taken = call()
    expect(taken < 4, f"it took {taken:.1f} s")
    return f"{taken:.1f} s; {goes_to('b', 2)}"


def new_record():
    names.change(records("c", "b"))
    time.sleep(TTL + 1)
    return goes_to("c")


def silence():
    names.freeze()
    time.sleep(TTL + 2)
    note = goes_to("c")
    expect(server.metric("understudy_locate_stale_total") >= 3, "stale answers are not counted")
    return note


def restart_without_dns():
    server.kill()
    server.start()
    return goes_to("c", within=2.0)


def dns_is_back():
    names.thaw()
    before = server.metric("understudy_locate_answered_total")
    until(lambda: server.metric("understudy_locate_answered_total") > before, 40, "DNS is not asked again")


def lost():
    answer = sip.Call(agent, "8123", "1001").invite(seconds=10)
    expect(answer.status == 480, f"the call got {answer.first}")
    expect("no such name" in answer.headers.get("warning", ""), f"Warning: {answer.headers.get('warning')}")
    return answer.headers["warning"]


def known_by_name():
    uas["c"].stop()
    gateway = sip.Agent(f"{SERVERS['c']}:5070", server.server)
    stranger = sip.Agent("127.0.0.99:5070", server.server)
    from_gateway = sip.Call(gateway, "1001", "4711").invite(seconds=5)
    from_stranger = sip.Call(stranger, "1001", "4711").invite(seconds=5)
    expect(from_gateway.status == 480, f"the Trunk's call to a phone that is not there got {from_gateway.first}")
    expect(from_stranger.status == 403, f"a stranger's call got {from_stranger.first}")


claim("the server starts, and asks DNS for its Trunks", start)
claim("calls go to the server of the lowest priority number", lambda: goes_to("a"))
claim("where it says nothing, the call goes to the next one after sip-next-server-timeout", freeze_first)
claim("where it is killed, calls go to the next one, and later ones go there at once", kill_first)
claim("a call to a name that is not there gets 480 and a Warning", lost)
claim("a new record counts when the old one has run out", new_record)
claim("while DNS says nothing, what it said last is used on", silence)
claim("after a crash the names are there, without DNS", restart_without_dns)
claim("when DNS answers again, it is asked again", dns_is_back)
claim("who calls from a server of the name is the Trunk, and nobody else", known_by_name)

for one in uas.values():
    one.stop()
server.terminate()
names.stop()
claims.finish()
