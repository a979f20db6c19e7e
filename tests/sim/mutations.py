"""Planted mistakes: read from tests/sim/mutations/*.txt (README.md there says how), and planted in a tree.

    for mutation in read_all(root):
        files = mutation.planted(root)     # {path: text with the mistake}; Misfit: the code has changed
"""
import dataclasses
import pathlib
import re

DIRECTORY = "tests/sim/mutations"
HEAD = re.compile(r"== ([a-z0-9]+(?:-[a-z0-9]+)*)")


class Misfit(Exception):
    """A mistake that cannot be read, or that does not fit the code; says which and where."""


@dataclasses.dataclass
class Hunk:
    path: str
    lines: list = dataclasses.field(default_factory=list)  # each with its mark

    def text(self, marks):
        return "".join(line[1:] + "\n" for line in self.lines if line[0] in marks)


@dataclasses.dataclass
class Mutation:
    name: str
    kind: str  # its class: the name of its file
    harm: str = ""
    within: int = 0
    crash_expected: bool = False
    combined: bool = False  # looked for in plans with a combination of faults
    unseen: str = ""        # why it is not looked for
    hunks: list = dataclasses.field(default_factory=list)

    def planted(self, root):
        files = {}
        for hunk in self.hunks:
            path = pathlib.Path(root) / hunk.path
            if not path.is_file():
                raise Misfit(f"{self.name}: there is no {hunk.path}")
            text = files.get(hunk.path) or path.read_text(encoding="utf-8")
            old = "\n" + hunk.text(" -")
            places = ("\n" + text).count(old)
            if places != 1:
                raise Misfit(f"{self.name}: in {hunk.path} there are {places} places instead of one for:\n{old}")
            files[hunk.path] = ("\n" + text).replace(old, "\n" + hunk.text(" +"))[1:]
        return files


def read_file(path):
    """All of one file, in its order. What stands before the first head is a remark."""
    mutations = []
    hunk = None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        head = HEAD.fullmatch(line)
        if head:
            mutations.append(Mutation(head[1], path.stem))
            hunk = None
        elif not mutations:
            continue
        elif line.startswith("@@ "):
            hunk = Hunk(line[3:])
            mutations[-1].hunks.append(hunk)
        elif hunk is None:
            take_word(mutations[-1], line)
        elif not line:
            hunk = None
        elif line[0] in " -+":
            hunk.lines.append(line)
        else:
            raise Misfit(f"{path}:{number}: a line of a hunk begins with ' ', '-' or '+', not with {line[0]!r}")
    for mutation in mutations:
        check(mutation, path)
    return mutations


def take_word(mutation, line):
    if line.startswith("within "):
        mutation.within = int(line.split()[1])
    elif line == "crash expected":
        mutation.crash_expected = True
    elif line == "combinations":
        mutation.combined = True
    elif line.startswith("unseen: "):
        mutation.unseen = line.removeprefix("unseen: ")
    else:
        mutation.harm = f"{mutation.harm} {line}".strip()


def check(mutation, path):
    for wanted, there in (("says what goes wrong", mutation.harm), ("has a number of seeds", mutation.within > 0),
                          ("changes something", mutation.hunks)):
        if not there:
            raise Misfit(f"{path}: {mutation.name}: each mistake {wanted}")
    for hunk in mutation.hunks:
        if not hunk.text(" -").strip() or hunk.text(" -") == hunk.text(" +"):
            raise Misfit(f"{path}: {mutation.name}: the hunk of {hunk.path} names no place, or changes nothing there")


def read_all(root):
    mutations = [m for path in sorted((pathlib.Path(root) / DIRECTORY).glob("*.txt")) for m in read_file(path)]
    names = [m.name for m in mutations]
    for name in names:
        if names.count(name) > 1:
            raise Misfit(f"{name}: the name is given twice")
    return mutations
