#!/usr/bin/env python3
"""Planted mistakes are read as they are written, a place that is missing or there twice is told with the mistake's name, and
all that there are fit the code."""
import pathlib
import sys
import tempfile

from mutations import DIRECTORY, Misfit, read_all

ROOT = pathlib.Path(__file__).resolve().parents[2]
CODE = "int F() {\n  Lock();\n  Write();\n  Sync();\n}\nint G() {\n  Sync();\n}\n"
HEAD = "Of the disk.\n\n== sync-skipped\nA power loss takes\nwhat phones have.\nwithin 20\n"

# (claim, the file of mistakes, what the code then is or what the complaint contains)
CASES = (
    ("a line that goes", HEAD + "@@ a.cc\n   Write();\n-  Sync();\n", CODE.replace("Write();\n  Sync();", "Write();")),
    ("a line that comes", HEAD + "@@ a.cc\n-  Lock();\n+  Lock(1);\n", CODE.replace("Lock()", "Lock(1)")),
    ("two places of one file", HEAD + "@@ a.cc\n-  Lock();\n@@ a.cc\n-  Write();\n+  Put();\n",
     CODE.replace("  Lock();\n", "").replace("Write", "Put")),
    ("a part of a line names no place", HEAD + "@@ a.cc\n-  Loc\n+  Unloc\n", "sync-skipped: in a.cc there are 0 places"),
    ("a place that is there twice", HEAD + "@@ a.cc\n-  Sync();\n", "sync-skipped: in a.cc there are 2 places"),
    ("a file that is gone", HEAD + "@@ b.cc\n-  Sync();\n", "sync-skipped: there is no b.cc"),
    ("a mistake that changes nothing", HEAD + "@@ a.cc\n   Lock();\n", "changes nothing"),
    ("a mistake without a number of seeds", HEAD.replace("within 20\n", "") + "@@ a.cc\n-  Lock();\n", "number of seeds"),
    ("a mistake that harms nobody", "== x\nwithin 3\n@@ a.cc\n-  Lock();\n", "what goes wrong"),
    ("a line of a hunk without its mark", HEAD + "@@ a.cc\nLock();\n", "disk.txt:8: a line of a hunk begins with"),
    ("a name that is given twice", (HEAD + "@@ a.cc\n-  Lock();\n\n") * 2, "given twice"),
)


def outcome(text):
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory)
        (root / DIRECTORY).mkdir(parents=True)
        (root / DIRECTORY / "disk.txt").write_text(text, encoding="utf-8")
        (root / "a.cc").write_text(CODE, encoding="utf-8")
        try:
            mutation = read_all(root)[0]
            assert (mutation.kind, mutation.within, mutation.harm) == ("disk", 20, "A power loss takes what phones have.")
            return mutation.planted(root)["a.cc"]
        except Misfit as misfit:
            return str(misfit)


def all_fit():
    mutations = read_all(ROOT)
    assert len(mutations) >= 26 and len({m.kind for m in mutations}) >= 7, "some are gone"
    for mutation in mutations:
        mutation.planted(ROOT)


def main():
    failed = 0
    for claim, text, wanted in CASES:
        got = outcome(text)
        good = got == wanted if wanted.startswith("int") else wanted in got
        print(f"PASS {claim}" if good else f"FAIL {claim}: {got!r}")
        failed += not good
    try:
        all_fit()
        print("PASS every planted mistake fits the code")
    except (Misfit, AssertionError) as why:
        print(f"FAIL every planted mistake fits the code: {why}")
        failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
