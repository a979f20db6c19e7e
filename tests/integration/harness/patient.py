"""sipp's calls of random lengths, by a caller and a called side who know a repetition from news.

What sipp counts as unexpected is so: no message may come that neither the call at hand nor an earlier step explains.
"""
import os

from harness.caller import Caller
from harness.claims import expect

HERE = os.path.dirname(os.path.abspath(__file__))


class PatientCalls:
    """`rate` calls a second from start() to finish(): 0 to 6 s of talk, three of ten ring for up to 3 s."""

    def __init__(self, directory, server, caller, called, rate, to="service"):
        def side(name, local, arguments, remote=None):
            scenario = os.path.join(HERE, f"patient_{name}.xml")
            return Caller(directory, name, ["-sf", scenario, "-l", "15000", *arguments], local, remote=remote)
        self.called = side("callee", called, [])
        self.caller = side("caller", caller, ["-s", to, "-r", str(rate), "-m", "10000000", "-trace_rtt", "-rtt_freq", "1"], server)

    def start(self):
        self.called.start()
        self.caller.start()
        return self

    def finish(self, seconds=60):
        """No new calls, and those that are there come to their end. Broken if one failed, or anything was unexpected."""
        self.caller.finish(seconds)
        self.called.stop()
        made = self.caller.expect_clean(1)
        for side in (self.caller, self.called):
            odd = {column: side.total(column) for column in (
                "FailedCall", "FailedUnexpectedMessage", "OutOfCallMsgs", "DeadCallMsgs") if side.total(column)}
            expect(not odd, f"sipp {side.name} counted {odd}: {' '.join(side.errors().split())[:400]}; see {side.prefix}.errors")
        return made

    def delays(self):
        """Milliseconds from each INVITE to its 180."""
        return self.caller.delays()

    def repeated(self):
        return self.caller.total("Retransmissions") + self.called.total("Retransmissions")
