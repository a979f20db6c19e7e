#!/usr/bin/env python3
"""Clients of a pair whose primary dies again and again: each request has its one outcome, in order, and no event is lost,
repeated or out of turn.

Clients are linked to both nodes, ask all the time, and go on with the session at whichever node serves.
"""
# time-limit: 200
import random
import threading
import time

from harness import claims, daemon, sandbox, tlib
from harness.claims import claim, expect, until
from harness.pair import Pair

CLIENTS, DEATHS, SWITCHOVERS, PAUSE = 6, 8, 3, 0.004
DNS = [daemon.extension(str(number)) for number in range(1001, 1001 + CLIENTS)]

sandbox.enter()
directory = sandbox.directory("pair_clients")
chance = random.Random(7)
pair = Pair(directory, DNS, tlib=True)
tool = tlib.Tool(directory, Pair.clients)


class Asker:
    """Asks one thing after another, as fast as PAUSE lets it. The ReferenceID counts."""

    def __init__(self, dn):
        self.client, self.dn, self.asked = tool.run(application=f"asker-{dn}"), dn, 0
        self.longest = 0  # seconds without an outcome
        self._goes_on = True
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def _ask(self):
        kinds = (("RequestRegisterAddress", {"ThisDN": self.dn}), ("RequestQueryServer", {}),
                 ("RequestUnregisterAddress", {"ThisDN": self.dn}), ("RequestQueryServer", {}))
        heard, since = 0, time.monotonic()
        while self._goes_on:
            name, attributes = kinds[self.asked % len(kinds)]
            self.asked += 1
            self.client.put(name, ReferenceID=self.asked, **attributes)
            time.sleep(PAUSE)
            if len(self.client.heard) > heard:
                heard, since = len(self.client.heard), time.monotonic()
            self.longest = max(self.longest, time.monotonic() - since)

    def end(self):
        self._goes_on = False
        self._thread.join()
        code = self.client.finish()
        expect(code == 0, f"the client of {self.dn} ended with {code}")

    def outcomes(self):
        return [event for event in self.client.events() if "ReferenceID" in event]

    def expect_whole(self):
        references = [event["ReferenceID"] for event in self.outcomes()]
        wanted = list(range(1, self.asked + 1))
        wrong = next(((i, r) for i, r in enumerate(references) if i >= len(wanted) or wanted[i] != r), None)
        expect(references == wanted, f"{self.dn}: {len(references)} outcomes of {self.asked} requests, the first out of turn is "
                                     f"{wrong}")
        numbers = [int(event["EventSequenceNumber"], 16) for event in self.client.events()]
        expect(all(a < b for a, b in zip(numbers, numbers[1:])), f"{self.dn}: an event came twice, or out of turn")
        errors = [event for event in self.outcomes() if event["Event"] == "EventError"]
        expect(not errors, f"{self.dn}: {len(errors)} were refused, the first with {errors[:1]}")
        expect(self.client.count("EventServerDisconnected") == 0, f"{self.dn}: the session was lost")


def begin():
    pair.start()
    askers.extend(Asker(str(number)) for number in range(1001, 1001 + CLIENTS))
    for asker in askers:
        until(lambda: len(asker.outcomes()) > 20, 10, f"{asker.dn} has no outcomes")
    links = [node.metric("understudy_client_links") for node in pair.nodes]
    expect(links == [CLIENTS, CLIENTS], f"the nodes have {links} links")
    return f"{CLIENTS} clients, each linked to both nodes"


def progress():
    """Every client has had further outcomes."""
    before = [len(asker.outcomes()) for asker in askers]
    for asker, count in zip(askers, before):
        until(lambda: len(asker.outcomes()) > count + 20, 20, f"{asker.dn} has no more outcomes")


def linked():
    """Every client has its links to both nodes."""
    until(lambda: all(node.metric("understudy_client_links") == CLIENTS for node in pair.nodes), 15, "links are missing")


def die(waits_for_links):
    for asker in askers:
        asker.longest = 0
    for _ in range(DEATHS):
        pair.wait_ready()
        if waits_for_links:
            linked()
        time.sleep(chance.uniform(0, 0.3))
        pair.primary().kill()
        progress()
    pair.expect_no_crash()
    return f"{DEATHS} deaths, at most {1000 * max(asker.longest for asker in askers):.0f} ms without an outcome"


def switch_over():
    """No link ends: clients hear that the node is a backup now, and attach at the other."""
    pair.wait_ready()
    linked()
    accepted = [node.metric("understudy_client_links_accepted_total") for node in pair.nodes]
    for _ in range(SWITCHOVERS):
        pair.wait_ready()
        code, text = pair.primary().ctl("switchover")
        expect(code == 0, f"understudyctl switchover ended with {code}: {text}")
        progress()
    now = [node.metric("understudy_client_links_accepted_total") for node in pair.nodes]
    expect(now == accepted, f"links were opened anew: {accepted}, then {now}")
    return f"{SWITCHOVERS} switchovers over the same links"


def backup_dies():
    pair.wait_ready()
    pair.backup().kill()
    progress()
    pair.wait_ready()
    linked()


def whole():
    for asker in askers:
        asker.end()
    for asker in askers:
        asker.expect_whole()
    return f"{sum(asker.asked for asker in askers)} requests, as many outcomes, each in its turn"


def acknowledged():
    """All sessions have ended, and acknowledgements were entries for all clients together."""
    primary = pair.primary()
    until(lambda: primary.metric("understudy_client_sessions") == 0, 10, "sessions are left")
    entries = primary.metric("understudy_client_acknowledgement_entries_total")
    events = primary.metric("understudy_client_events_total")
    expect(0 < entries < events / 3, f"{entries:.0f} entries acknowledged {events:.0f} events")
    return f"{entries:.0f} entries for {events:.0f} events"


def equal():
    pair.wait_ready()
    pair.leave()
    pair.expect_no_crash()
    return pair.expect_equal_journals()


askers = []
if claim("clients ask at a pair", begin):
    claim("the primary dies often, and every client goes on over its link to the other node", lambda: die(True))
    claim("it dies before clients are back at the other node, and they go on when they are", lambda: die(False))
    claim("after a switchover clients go on over the links that they have", switch_over)
    claim("the death of the backup is nothing to clients", backup_dies)
    claim("every request had one outcome, in order, and no event came twice", whole)
    claim("acknowledgements are gathered", acknowledged)
    claim("both journals are whole, replay bit for bit, and agree", equal)
claims.finish()
