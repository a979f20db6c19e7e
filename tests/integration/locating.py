#!/usr/bin/env python3
"""A Trunk that is a name: its servers are found in a real DNS, the next one takes over, and DNS may change or fall silent; over UDP,
TCP and TLS, at the same time. Over TLS a server must show a certificate that is believed, and is passed over otherwise.

dnsmasq has the records, sipp is each server.
"""
# time-limit: 200
import os
import signal
import threading
import time

from harness import claims, daemon, dns, sandbox, sip, tls_relay
from harness.caller import Caller
from harness.certificates import Certificates
from harness.claims import claim, expect, until
from harness.sipp_item import SCENARIOS
from harness.tcp_agent import TcpAgent
from harness.tls_agent import tls_agent

SERVERS = ("a", "b", "c")
DOUBTFUL = ("stranger", "elsewhere")  # over TLS: a certificate of another CA, and one that is its address's alone
DOMAINS = ("gw.example", "said.example", "doubtful.example", "refused.example")
ADDRESSES = {name: f"127.0.0.{21 + index}" for index, name in enumerate(SERVERS + DOUBTFUL)}
TTL = 6
GATEWAY = os.path.join(SCENARIOS, "gateway_uas.xml")
SERVICES = {"udp": ("SIP+D2U", "_sip._udp"), "tcp": ("SIP+D2T", "_sip._tcp"), "tls": ("SIPS+D2T", "_sips._tcp")}

sandbox.enter()
directory = sandbox.directory("locating")
pki, others = Certificates(directory), Certificates(directory, "other-ca")
certificate, key = pki.certificate("server", sandbox.ADDRESS)
AGENTS = {"udp": sip.Agent, "tcp": TcpAgent, "tls": tls_agent(*pki.certificate("phone"), pki.ca)}


class Bench:
    """A server, its DNS, and those that are found there."""

    def __init__(self, number, transport):
        self.transport = transport
        self.ports = {name: 5070 + 10 * number + index for index, name in enumerate(ADDRESSES)}
        self.naptr, self.service = SERVICES[transport]
        self.names = dns.Dns(directory, port=5353 + number, ttl=TTL)
        self.port = 5060 + 100 * number
        self.server = self.serving(f"sip-{transport}", self.port, f"  sip-tls-ca: {pki.ca}\n")
        self.place = f"{sandbox.ADDRESS}:{self.port + (transport == 'tls')}"
        self.agent = sip.Agent(f"{sandbox.PHONE_ADDRESS}:{self.port + 30}", self.server.server)
        self.uas, self.relays = {}, {}

    def serving(self, name, port, believes):
        dns_line = f'  dns-servers: "{self.names.server}"\n  dns-timeout: 500ms\n'
        return daemon.Daemon(
            directory, [daemon.extension("1001"), daemon.trunk("gw", "gw.example", "9", ", recovery-timeout: 3"),
                        daemon.trunk("said", f"sip:said.example;transport={self.transport}", "7"),
                        daemon.trunk("lost", "nowhere.example", "8"), daemon.trunk("doubtful", "doubtful.example", "6"),
                        daemon.trunk("refused", "refused.example", "5")],
            name=name, port=port, options=f"sip-enable-rfc3263: true, sip-next-server-timeout: 2, sip-tls-port: {port + 1}",
            node=f"{dns_line}  sip-tls-cert: {certificate}\n  sip-tls-key: {key}\n{believes}")

    def records(self, first, second):
        found = [dns.host(f"{name}.gw.example", address) for name, address in ADDRESSES.items()]
        found += [dns.naptr(domain, 10, self.naptr, f"{self.service}.{domain}")
                  for domain in ("gw.example", "doubtful.example", "refused.example")]
        for domain, hosts in (("gw.example", (first, second)), ("said.example", ("b",)), ("doubtful.example", (*DOUBTFUL, "b")),
                              ("refused.example", DOUBTFUL)):
            found += [dns.srv(f"{self.service}.{domain}", f"{name}.gw.example", self.ports[name], 10 * (rank + 1))
                      for rank, name in enumerate(hosts)]
        return found

    def answerer(self, name, both=None):
        local, path = f"{ADDRESSES[name]}:{self.ports[name]}", GATEWAY
        if self.transport == "tls":
            self.relays[name] = tls_relay.taking(local, both or pki.both(name, domains=DOMAINS))
            path, local = tls_relay.outside(path, directory, local), tls_relay.inside(local)
        self.uas[name] = Caller(directory, f"{self.transport}-{name}", ["-sf", path], local,
                                "u1" if self.transport == "udp" else "t1").start()

    def stop(self, name):
        self.uas[name].stop()
        if name in self.relays:
            self.relays[name].stop()

    def answered(self, name):
        return self.uas[name].total("IncomingCall")

    def call(self, number="9123"):
        """How long it took to be answered."""
        started = time.monotonic()
        made = self.agent.call(number, user="1001", seconds=20)
        taken = time.monotonic() - started
        made.bye()
        return taken

    def went_on(self):
        """Requests that went on to a further server."""
        return self.server.metric("understudy_locate_next_server_total")

    def goes_to(self, name, calls=3, number="9123", tried=0):
        """`tried`: servers that are tried in vain before it, once."""
        time.sleep(1.5)  # sipp counts once a second
        before, others = {one: self.answered(one) for one in self.uas}, self.went_on()
        taken = max(self.call(number) for _ in range(calls))
        until(lambda: self.answered(name) - before[name] == calls, 5,
              lambda: f"of {calls} calls {({one: self.answered(one) - before[one] for one in self.uas})} came")
        expect(self.went_on() == others + tried, f"{self.went_on() - others:.0f} requests went on to a further server")
        return f"{calls} calls, the slowest in {1000 * taken:.0f} ms"

    def start(self):
        self.names.start(self.records("a", "b"))
        for name in SERVERS:
            self.answerer(name)
        self.server.start()
        until(lambda: self.server.metric("understudy_locate_answered_total") > 0, 5, "no name was answered")

    def said(self):
        """RFC 3263 4.1: the URI says the transport, so NAPTR is not asked for."""
        note = self.goes_to("b", 2, number="7123")
        asked = [line for line in self.names.questions() if "said.example" in line]
        expect(asked and all(f"{self.service}.said.example" in line for line in asked), f"DNS was asked {asked}")
        return note

    def doubtful(self):
        """The certificate of one is signed by others, that of another is of its address and no domain (RFC 5922)."""
        self.answerer("stranger", others.both("stranger", domains=DOMAINS))
        self.answerer("elsewhere", pki.both("elsewhere", ADDRESSES["elsewhere"]))
        note = self.goes_to("b", 2, number="6123", tried=len(DOUBTFUL))
        failed = self.server.metrics().get('understudy_net_flows_ended_total{reason="tls-failed"}', 0)
        expect(failed >= len(DOUBTFUL), f"{failed:.0f} connections have failed")
        return note

    def lenient(self):
        """Without the check of names the certificate of no domain will do; without a CA anybody's."""
        for port, name, believes in ((self.port + 10, "elsewhere", f"  sip-tls-ca: {pki.ca}\n  sip-tls-target-name-check: false\n"),
                                     (self.port + 20, "stranger", "")):
            server, before = self.serving(f"sip-{name}", port, believes).start(), self.answered(name)
            sip.Agent(f"{sandbox.PHONE_ADDRESS}:{port}", server.server).call("6123", user="1001").bye()
            until(lambda name=name, before=before: self.answered(name) > before, 5, f"{name} has not been called")
            expect(server.terminate() == 0, f"it ended with {server.process.returncode}")

    def refused(self):
        before = {name: self.answered(name) for name in DOUBTFUL}
        answer = sip.Call(self.agent, "5123", "1001").invite(seconds=20)
        expect(answer.status in (500, 503), f"the call got {answer.first}")
        time.sleep(1.5)  # sipp counts once a second
        taken = {name: self.answered(name) - before[name] for name in DOUBTFUL}
        expect(not any(taken.values()), f"calls came to {taken}")
        for name in DOUBTFUL:
            self.stop(name)
            del self.uas[name]
        return answer.first

    def freeze_first(self):
        self.uas["a"].process.send_signal(signal.SIGSTOP)
        before, others = self.answered("b"), self.went_on()
        taken = self.call()
        self.uas["a"].process.send_signal(signal.SIGCONT)
        expect(self.went_on() == others + 1, f"{self.went_on() - others:.0f} requests went on")
        until(lambda: self.answered("b") == before + 1, 5, "the next one was not called")
        return f"answered by the next after {taken:.1f} s"

    def kill_first(self):
        time.sleep(3.5)  # the time of being avoided is over
        self.stop("a")
        others = self.went_on()
        taken = self.call()
        expect(self.went_on() == others + 1, f"{self.went_on() - others:.0f} requests went on")
        return f"{taken:.1f} s; {self.goes_to('b', 2)}"

    def new_record(self):
        self.names.change(self.records("c", "b"))
        time.sleep(TTL + 1)
        return self.goes_to("c")

    def silence(self):
        self.names.freeze()
        time.sleep(TTL + 2)
        note = self.goes_to("c")
        expect(self.server.metric("understudy_locate_stale_total") >= 3, "stale answers are not counted")
        return note

    def restart_without_dns(self):
        self.server.kill()
        self.server.start()
        return self.goes_to("c")

    def dns_is_back(self):
        self.names.thaw()
        before = self.server.metric("understudy_locate_answered_total")
        until(lambda: self.server.metric("understudy_locate_answered_total") > before, 40, "DNS is not asked again")

    def lost(self):
        answer = sip.Call(self.agent, "8123", "1001").invite(seconds=10)
        expect(answer.status == 480, f"the call got {answer.first}")
        expect("no such name" in answer.headers.get("warning", ""), f"Warning: {answer.headers.get('warning')}")
        return answer.headers["warning"]

    def known_by_name(self):
        self.stop("c")
        gateway, stranger = (AGENTS[self.transport](f"{address}:{self.ports['c']}", self.place) for address in (ADDRESSES["c"], "127.0.0.99"))
        from_gateway = sip.Call(gateway, "1001", "4711").invite(seconds=5)
        from_stranger = sip.Call(stranger, "1001", "4711").invite(seconds=5)
        expect(from_gateway.status == 480, f"the Trunk's call to a phone that is not there got {from_gateway.first}")
        expect(from_stranger.status == 403, f"a stranger's call got {from_stranger.first}")

    def claim_all(self):
        certificates = [("a server whose certificate is not the domain's, or of a CA that is not believed, is passed over", self.doubtful),
                        ("without sip-tls-target-name-check the former is called, without sip-tls-ca the latter, too", self.lenient),
                        ("a call to a name whose servers are all of that kind is refused, and they hear nothing of it", self.refused)]
        for text, check in (
                ("the server starts, and asks DNS for its Trunks", self.start),
                ("calls go to the server of the lowest priority number", lambda: self.goes_to("a")),
                ("a name with a transport is found by that one's SRV records", self.said),
                *(certificates if self.transport == "tls" else ()),
                ("where it says nothing, the call goes to the next one after sip-next-server-timeout", self.freeze_first),
                ("where it is killed, calls go to the next one, and later ones go there at once", self.kill_first),
                ("a call to a name that is not there gets 480 and a Warning", self.lost),
                ("a new record counts when the old one has run out", self.new_record),
                ("while DNS says nothing, what it said last is used on", self.silence),
                ("after a crash the names are there, without DNS", self.restart_without_dns),
                ("when DNS answers again, it is asked again", self.dns_is_back),
                ("who calls from a server of the name is the Trunk, and nobody else", self.known_by_name),
                ("the server ends when asked to", lambda: expect(self.server.terminate() == 0, self.server.last_words()))):
            claim(f"{self.transport}: {text}", check)


running = [threading.Thread(target=Bench(number, transport).claim_all) for number, transport in enumerate(SERVICES)]
for one in running:
    one.start()
for one in running:
    one.join()
claims.finish()
