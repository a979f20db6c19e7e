"""The server's own account of slow commits, and what they explain."""
import datetime
import re

# A peer repeats after 0.5 s, then 1 s, 2 s and 4 s: what is seen now may have been caused that long ago.
BEFORE, AFTER = 8.0, 1.0


def slow_commits(log):
    """[(seconds since the epoch, milliseconds)] of the warnings about group commits that took long."""
    found = []
    with open(log, encoding="utf-8", errors="replace") as file:
        for line in file:
            match = re.match(r"(\S+) WARNING +\S+ slow commit .*?\bms=(\d+)", line)
            if match:
                when = datetime.datetime.fromisoformat(match.group(1).replace("Z", "+00:00"))
                found.append((when.timestamp(), float(match.group(2))))
    return found


def explain(when, slow):
    """Whether a retransmission that was counted at `when` can come from one of the slow commits."""
    return any(-AFTER <= when - at <= BEFORE for at, _ in slow)
