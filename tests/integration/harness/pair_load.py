"""All that a pair must not lose: registrations, calls that are held, calls that ring, and 50 short ones a second.

    load = PairLoad(directory, pair.server, seed)      # PairLoad.DNS is the dial plan it needs
    load.start()
    load.expect_whole(pair)
    load.claim_end()
"""
import time

from harness import daemon, sandbox, sip
from harness.claims import claim, expect, until
from harness.patient import PatientCalls
from harness.ringing_load import RingingLoad

RATE, RINGING_RATE, HELD, NUMBERS = 50, 4, 30, 20
CALLER, CALLED, RINGING, RUNG, PHONE = (f"{sandbox.PHONE_ADDRESS}:{port}" for port in (5080, 5090, 5081, 5091, 5070))


class PairLoad:
    DNS = [daemon.extension(str(1001 + number)) for number in range(NUMBERS)] + [
        daemon.trunk("from", CALLER), daemon.trunk("from-ringing", RINGING),
        daemon.trunk("to", CALLED, prefix="service"), daemon.trunk("rings", RUNG, prefix="9")]

    def __init__(self, directory, server, seed):
        self.agent = sip.Agent(PHONE, server)
        self.calls = PatientCalls(directory, server, CALLER, CALLED, RATE)
        self.ringing = RingingLoad(server, RINGING, RUNG, RINGING_RATE, "9-ring", seed)
        self.held, self.rang = [], set()

    def start(self, seconds=4):
        """Returns when so many seconds of calls have begun."""
        for number in range(NUMBERS):
            expect(self.agent.register(str(1001 + number)).status == 200, f"{1001 + number} is not registered")
        self.ringing.start()
        self.held.extend(self.agent.call("9-held", user="1001") for _ in range(HELD))
        self.calls.start()
        time.sleep(seconds)
        return f"{HELD} calls held, {RATE} a second, {RINGING_RATE} more that ring"

    def close(self):
        """Gives its addresses free, after claim_end()."""
        for agent in (self.agent, self.ringing.caller.agent, self.ringing.called.agent):
            agent.close()

    def note_ringing(self):
        """Something is about to happen: what rings now must not be lost."""
        self.rang.update(self.ringing.caller.ringing())

    def expect_whole(self, pair):
        """By the account of the node that serves, and of the phones."""
        until(lambda: self._lacks(pair.primary().status()) is None, 2, lambda: self._lacks(pair.primary().status()))
        failures = self.ringing.failures()
        expect(not failures, f"{len(failures)} calls that rang have failed, first {failures[:3]}")

    @staticmethod
    def _lacks(status):
        """A registration is there once its entry is, and a node may be too busy to tell: None if nothing is missing."""
        calls, registrations = status.get("calls", 0), status.get("registrations", 0)
        if calls >= HELD and registrations == NUMBERS:
            return None
        return f"{status.get('name')} has {calls} calls, {HELD} are held; and {registrations} of {NUMBERS} registrations"

    def claim_end(self):
        """No new calls; those that are there come to their end as they should. Three claims."""
        claim("every held call is released as if nothing had happened", self._held)
        claim("every call that rang could be answered or cancelled", self._ringing)
        claim("no call of sipp failed, and it saw nothing unexpected", self._calls)

    def _held(self):
        for call in self.held:
            call.bye()
        return f"{len(self.held)} calls released with 200"

    def _ringing(self):
        failures, caller = self.ringing.finish(60), self.ringing.caller
        expect(not failures, f"{len(failures)} calls failed, first {failures[:3]}")
        ended = {leg.call_id for leg in caller.legs.values() if leg.state == "released"}
        expect(self.rang <= ended, f"{len(self.rang - ended)} of {len(self.rang)} calls that rang then were lost")
        expect(caller.cancelled > 0 and caller.made > 0, f"{caller.cancelled} cancelled, {caller.made} answered")
        return (f"{caller.made} answered, {caller.cancelled} cancelled, {self.ringing.repeated()} repetitions; "
                f"{len(self.rang)} rang when something happened")

    def _calls(self):
        made = self.calls.finish()
        return f"{made} calls, {self.calls.repeated()} repetitions"
