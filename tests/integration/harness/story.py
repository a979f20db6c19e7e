"""What clients hear of a DN, event by event.

    story = Story(watch, desk)                       # from here on; `watch` asks for nothing, `desk` asks
    ...
    story.expect("1001", ("EventDialing", {"OtherDN": "1002"}), ("EventEstablished", {"OtherDN": "1002"}))

All of a DN's events, in their order, and no other: what follows them in the session has come, too.
"""
import itertools

from harness.claims import expect, until

# Mandatory in every event of a call.
ALWAYS = ("ConnID", "CallUUID", "CallID", "CallType", "Time", "EventSequenceNumber", "ThisDN", "ThisDNRole")
ORIGIN, DESTINATION = {"ThisDNRole": "Origination"}, {"ThisDNRole": "Destination"}
_numbers = itertools.count(1)


class Story:
    def __init__(self, watch, desk):
        self.watch, self.desk = watch, desk
        self._watch_from, self._desk_from = len(watch.heard), len(desk.heard)

    def of(self, dn):
        return [event for event in self.watch.heard[self._watch_from:]
                if event.get("ThisDN") == dn and event["Event"] != "EventUserEvent"]

    def wait(self, name, **attributes):
        return self.watch.wait_for(name, after=self._watch_from, **attributes)

    def expect(self, dn, *wanted):
        until(lambda: len(self.of(dn)) >= len(wanted), 10, lambda: self._told(dn, wanted))
        self._fence(dn)
        found = self.of(dn)
        expect([event["Event"] for event in found] == [name for name, _ in wanted], self._told(dn, wanted))
        for event, (_, attributes) in zip(found, wanted):
            wrong = {key: (event.get(key), value) for key, value in attributes.items() if event.get(key) != value}
            expect(not wrong, f"{event['Event']} of {dn} has (found, wanted) {wrong}")
            missing = [key for key in ALWAYS if key not in event]
            expect(not missing, f"{event['Event']} of {dn} lacks {missing}")
            expect("ReferenceID" not in event, f"{event['Event']} of {dn} has a ReferenceID that another asked with")

    def expect_outcome(self, name, reference, **attributes):
        """The only event with that ReferenceID is this one; it came to who asked."""
        found = [event for event in self.desk.heard[self._desk_from:] if event.get("ReferenceID") == reference]
        expect([event["Event"] for event in found] == [name], f"ReferenceID {reference} is carried by {found}")
        wrong = {key: (found[0].get(key), value) for key, value in attributes.items() if found[0].get(key) != value}
        expect(not wrong, f"{name} has (found, wanted) {wrong}")

    def _told(self, dn, wanted):
        return (f"{dn} heard {[event['Event'] for event in self.of(dn)]}, wanted {[name for name, _ in wanted]}; all: "
                f"{[(event['Event'], event.get('ThisDN')) for event in self.watch.heard[self._watch_from:]]}")

    def _fence(self, dn):
        """Events of a session come in order: when this one has come, all before it have."""
        mark = {"fence": next(_numbers)}
        outcome = self.desk.ask("RequestDistributeUserEvent", ThisDN=dn, UserData=mark, ReferenceID=999)
        expect(outcome["Event"] == "EventUserEvent", f"a user event to {dn} got {outcome}")
        self.watch.wait_for("EventUserEvent", ThisDN=dn, UserData=mark)
