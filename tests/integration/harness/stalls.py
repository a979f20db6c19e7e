"""The server's own account of slow commits, and what they explain."""
import datetime
import re

from harness.sip import T1

# A peer repeats 0.5, 1.5, 3.5, 7.5 s after it sent, if nothing answers until then. So whatever the repetition's number, the
# half second before it was one in which the server did not serve; but for the rounds of the server (7 ms) and the time
# that it holds input back for the disk (50 ms at most) that is the commits'.
REACHES = T1 - 0.06
COUNTED = 1.0  # seconds between two lines of sipp's figures
SLACK = 0.03   # between sipp's clock and its figures


def slow_commits(log):
    """[(begin, end)] in seconds since the epoch, of the group commits that took long."""
    found = []
    with open(log, encoding="utf-8", errors="replace") as file:
        for line in file:
            match = re.match(r"(\S+) WARNING +\S+ slow commit .*?\bms=(\d+)", line)
            if match:
                end = datetime.datetime.fromisoformat(match.group(1).replace("Z", "+00:00")).timestamp()
                found.append((end - float(match.group(2)) / 1000, end))
    return found


def stalled(slow, moment):
    """How much of the T1 before `moment` slow commits took."""
    return sum(max(0.0, min(end, moment) - max(begin, moment - T1)) for begin, end in slow)


def explain(when, slow):
    """Whether repetitions that were counted in the second before `when` can come from slow commits."""
    moments = [when - COUNTED - SLACK, when + SLACK]
    # What was stalled most is the T1 that ends with a commit, or the ends of the second.
    moments += [end for _, end in slow if moments[0] <= end <= moments[1]]
    return any(stalled(slow, moment) >= REACHES for moment in moments)
