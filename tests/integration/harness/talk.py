"""Two phones in a call with each other, and what each hears of the other.

    talk = Talk(anna, bert, tap)
    talk.dial()
    talk.wait_established()
    talk.wait_heard(1.6)             # by the phones' own recordings
    talk.hold(); talk.retrieve()     # by the caller
    talk.release()                   # by the called
"""
import time

from harness import tone
from harness.claims import until


def directions(phone):
    """The directions of all session descriptions that the phone sent and got, in order."""
    return [line[2:] for line in phone.trace_text().splitlines()
            if line in ("a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive")]


class Talk:
    """Times are seconds. Each phone's newest recording is that of this call."""

    def __init__(self, caller, called, tap):
        self.caller, self.called, self.tap = caller, called, tap
        self.ways = ((caller, called), (called, caller))  # who hears whom

    def dial(self):
        self.caller.dial(self.called.number)

    def wait_established(self):
        self.caller.wait_for("CALL_ESTABLISHED")
        self.called.wait_for("CALL_ESTABLISHED")

    def recorded(self):
        """How much both have recorded so far."""
        return min(tone.length(phone.recordings()[-1]) if phone.recordings() else 0.0 for phone, _ in self.ways)

    def heard(self, since=0.0):
        """How much of the other's tone each heard after the first `since` of its recording: the caller, the called."""
        return [tone.heard(phone.recordings()[-1], other.hertz, since) if phone.recordings() else 0.0
                for phone, other in self.ways]

    def wait_heard(self, seconds, since=0.0):
        until(lambda: min(self.heard(since)) >= seconds, seconds + 5,
              f"{self.caller.number} and {self.called.number} do not hear each other; recordings and SIP traces are in "
              f"{self.caller.directory} and {self.called.directory}")

    def silence(self, since):
        """The longest time without the other's tone in either recording after its first `since`."""
        return max(tone.longest_silence(phone.recordings()[-1], other.hertz, since) for phone, other in self.ways)

    def pause(self, since):
        """The longest time without a packet to either phone since that monotonic time."""
        return max(self.tap.longest_pause(phone, since) for phone, _ in self.ways)

    def hold(self):
        caller, called = self.caller, self.called
        caller.hold()
        until(lambda: "sendonly" in directions(called) or "inactive" in directions(called), 5,
              f"no offer to hold came to {called.number}; see {called.trace}")
        until(lambda: "recvonly" in directions(caller) or "inactive" in directions(caller)[1:], 5,
              f"no answer to the hold came to {caller.number}; see {caller.trace}")
        time.sleep(0.7)
        return f"{called.number} was offered sendonly, {caller.number} was answered recvonly"

    def retrieve(self):
        """By the packets: baresip 1.0.0 does not record any more after a hold."""
        caller, called, held = self.caller, self.called, len(directions(self.caller))
        caller.resume()
        until(lambda: "sendrecv" in directions(caller)[held + 1:], 5, f"no answer to the retrieve; see {caller.trace}")
        since = time.monotonic()
        until(lambda: all(self.tap.heard(phone, other.hertz, since) >= 1 for phone, other in self.ways), 5,
              f"no sound between {caller.number} and {called.number} after the retrieve")

    def release(self):
        self.called.hang_up()
        self.caller.wait_for("CALL_CLOSED")
        self.called.wait_for("CALL_CLOSED")
