"""Whether the journals of two nodes that have ended say the same."""
import itertools
import json
import subprocess

from harness import programs
from harness.claims import expect


class EqualJournals:
    """For what has `nodes`."""

    def expect_equal_journals(self):
        """Both nodes have ended: each journal is whole and replays, and where both have entries they are the same."""
        stats = [self.verified(node) for node in self.nodes]
        first, last = max(stat["first_lsn"] for stat in stats), min(stat["last_lsn"] for stat in stats)
        expect(last > first, f"the journals have nothing in common: {stats}")
        self._expect_same_entries(first, last)
        ends = [self._replayed(node, last) for node in self.nodes]
        if stats[0]["first_lsn"] != stats[1]["first_lsn"]:  # what is replayed differs, what comes of it must not
            ends = [{key: value for key, value in end.items() if key != "effects_chain"} for end in ends]
        expect(ends[0] == ends[1], f"after lsn {last} the states differ: {ends}")
        return f"lsn {first} to {last}, of {[stat['last_lsn'] for stat in stats]}"

    @staticmethod
    def verified(node):
        """The journal of a node that has ended is whole and replays; what journal-dump --stat says of it."""
        code, text = node.tool("journal-dump", "--verify", node.journal)
        expect(code == 0, f"journal-dump --verify of {node.name} ended with {code}: {text[-500:]}")
        code, text = node.tool("replay", "--verify", "--quiet", node.journal, seconds=120)
        expect(code == 0, f"replay --verify of {node.name} ended with {code}: {text[-500:]}")
        return json.loads(node.tool("journal-dump", "--stat", "--json", node.journal)[1])

    def _expect_same_entries(self, first, last):
        """Line by line: the journals may be large."""
        what = ["--json", "--message", "--lsn", f"{first}..{last}"]
        dumps = [subprocess.Popen([programs.built(f"{node.journal_tools}/journal-dump"), *what, node.journal],
                                  stdout=subprocess.PIPE) for node in self.nodes]
        for ours, theirs in itertools.zip_longest(*(dump.stdout for dump in dumps)):
            expect(ours == theirs, f"the journals differ: {str(ours)[:400]} and {str(theirs)[:400]}")
        expect([dump.wait() for dump in dumps] == [0, 0], "journal-dump does not show what both have")

    @staticmethod
    def _replayed(node, last):
        code, text = node.tool("replay", "--json", "--quiet", "--until", str(last), node.journal, seconds=120)
        expect(code == 0, f"replay of {node.name} ended with {code}: {text[-300:]}")
        told = json.loads(text.splitlines()[-1])
        return {key: value for key, value in told.items() if "digest" in key or "chain" in key or key == "lsn"}
