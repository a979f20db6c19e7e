#!/usr/bin/env python3
"""Plants known mistakes in production code, one at a time, and shows that the simulator finds each one.

The mistakes are in tests/sim/mutations. They are planted in a clone of this tree (what is not committed is taken along), which is
kept between two runs, so that a mistake costs the build of what it touches. First the program without a mistake
runs as many seeds as any of them may take: it must be clean, and a seed at which it is not counts for no mistake.

    tests/sim/mutation_check.py                                    all that were ever found
    tests/sim/mutation_check.py --only sync-skipped timer --jobs 1    some, by a part of the name
    tests/sim/mutation_check.py --class timers --seeds 200         those of one class, 200 seeds each
    tests/sim/mutation_check.py --fit                              only: does each still fit the code? (no build)
    tests/sim/mutation_check.py --compile                          only: does each compile without a warning?
    tests/sim/mutation_check.py --list                             names, classes, what goes wrong

A line each: found or NOT FOUND, the seeds it took, the check that said so, seconds for build and search. Exit codes: 0 each one
was found, 1 one was not (or the program without a mistake is not clean), 2 one does not fit or does not compile.
"""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from mutations import Misfit, read_all

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = "//tests/sim:simulate"
PROGRAM = "bazel-bin/tests/sim/simulate"
CLEAN = (0, 3)  # 3: a mark was not reached, which is another question
VIOLATED = 1


class Tree:
    """The clone in which mistakes are planted."""

    def __init__(self, directory, bazel):
        self.root = pathlib.Path(directory)
        self.bazel = bazel

    def refresh(self):
        """As this tree is, with what git knows and has not committed. Files that are equal keep their times."""
        if not (self.root / ".git").exists():
            self.git_here("clone", "-q", "--shared", str(ROOT), str(self.root))
        head = self.git_here("rev-parse", "HEAD").strip()
        self.git("fetch", "-q", "origin", "HEAD")
        self.git("checkout", "-q", "--force", "--detach", head)
        self.git("clean", "-q", "-d", "--force")
        change = self.git_here("diff", "--binary", "HEAD")
        if change:
            self.git("apply", "-", stdin=change)
        for name in ("user.bazelrc",):
            if (ROOT / name).exists():
                shutil.copy(ROOT / name, self.root / name)

    def git(self, *args, stdin=None):
        return run(["git", *args], cwd=self.root, stdin=stdin)

    @staticmethod
    def git_here(*args):
        return run(["git", *args], cwd=ROOT)

    def plant(self, files):
        """Returns what puts everything back."""
        before = {path: (self.root / path).read_text(encoding="utf-8") for path in files}
        self.write(files)
        return lambda: self.write(before)

    def write(self, files):
        for path, text in files.items():
            (self.root / path).write_text(text, encoding="utf-8")

    def build(self):
        """Empty: it was built. Otherwise what the compiler said."""
        built = subprocess.run([*self.bazel, "build", "--ui_event_filters=-info", "--noshow_progress", TARGET],
                               cwd=self.root, capture_output=True, text=True, check=False)
        return "" if built.returncode == 0 else built.stderr[-4000:]

    def simulate(self, seeds, options, enough, combined):
        """What is wrong, by seed, in so many seeds. Ends with the `enough`th of them; 0: with the last seed."""
        command = [str(self.root / PROGRAM), "--first", str(options.first), "--seeds", str(seeds), "--json",
                   "--violations", str(enough)]
        if combined:
            command += ["--combinations"]
        if options.jobs:
            command += ["--jobs", str(options.jobs)]
        if options.minutes:
            command += ["--minutes", str(options.minutes)]
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=False)
        if done.returncode not in (*CLEAN, VIOLATED):
            raise SystemExit(f"{' '.join(command)}: exit code {done.returncode}: {done.stderr[-2000:]}")
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        return {line["seed"]: line for line in lines if line.get("type") == "violation"}

    def first_find(self, mutation, seeds, options, unclean):
        """The first violation at a seed that is clean without a mistake, or None. A crash counts where it is expected."""
        violations = self.simulate(seeds, options, len(unclean) + 1, mutation.combined)
        finds = [line for seed, line in sorted(violations.items()) if seed not in unclean]
        return next((line for line in finds if line["check"] != "crash" or mutation.crash_expected), None)


def run(command, cwd, stdin=None):
    done = subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def chosen(options):
    mutations = read_all(ROOT)
    if options.kind:
        mutations = [m for m in mutations if m.kind in options.kind]
    if options.only:
        mutations = [m for m in mutations if any(word in m.name for word in options.only)]
    if not (options.only or options.unseen or options.list or options.fit or options.compile):
        mutations = [m for m in mutations if not m.unseen]
    if not mutations:
        raise Misfit("no mistake has such a name or class; see --list")
    return mutations


def show(name, result, seeds="", check="", build="", search="", said=""):
    said = said.splitlines()[0][:90] if said else ""
    print(f"{name:40} {result:10} {seeds!s:>6} {check:20} {build!s:>6} {search!s:>6}  {said}", flush=True)


def try_one(tree, mutation, options, unclean):
    """What is known of one mistake, as a line of JSON."""
    began = time.monotonic()
    put_back = tree.plant(mutation.planted(tree.root))
    try:
        complaint = tree.build()
        built = time.monotonic()
        line = {"name": mutation.name, "class": mutation.kind, "within": options.seeds or mutation.within,
                "harm": mutation.harm, "build_s": round(built - began, 1), "compiles": not complaint}
        if complaint:
            print(f"{mutation.name} does not compile:\n{complaint}", file=sys.stderr)
        elif not options.compile:
            first = tree.first_find(mutation, line["within"], options, unclean[mutation.combined])
            line |= {"found": first is not None, "search_s": round(time.monotonic() - built, 1)}
            if first:
                line |= {"seeds": first["seed"] - options.first + 1, "check": first["check"], "said": first["violation"]}
        return line
    finally:
        put_back()


def try_all(tree, mutations, options, unclean):
    lines = []
    for mutation in mutations:
        line = try_one(tree, mutation, options, unclean)
        lines.append(line)
        result = "NO BUILD" if not line["compiles"] else "compiles" if options.compile else \
            "found" if line["found"] else "NOT FOUND"
        show(line["name"], result, line.get("seeds") or line["within"], line.get("check", ""), line["build_s"],
             line.get("search_s", ""), line.get("said", ""))
        if options.json:
            with open(options.json, "a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
    if any(not line["compiles"] for line in lines):
        return 2
    return 0 if all(options.compile or line["found"] for line in lines) else 1


def without_mistake(tree, mutations, options):
    """The seeds at which the program as it is is not clean, of plans without and with combinations; none, if all is well."""
    unclean = {False: set(), True: set()}
    began = time.monotonic()
    complaint = tree.build()
    if complaint:
        raise SystemExit(complaint)
    build_s = round(time.monotonic() - began, 1)
    if options.compile or options.trust:
        return unclean
    for combined in sorted({m.combined for m in mutations}):
        seeds = max(options.seeds or m.within for m in mutations if m.combined == combined)
        began = time.monotonic()
        violations = tree.simulate(seeds, options, 0, combined)
        took = round(time.monotonic() - began, 1)
        name = "(no mistake, combinations)" if combined else "(no mistake)"
        if not violations:
            show(name, "clean", seeds, "", build_s, took)
        for seed, line in sorted(violations.items()):
            show(name, "NOT CLEAN", seed, line["check"], build_s, took, line["violation"])
        unclean[combined] = set(violations)
    return unclean


def parse(args):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="mistakes whose name contains one of these")
    parser.add_argument("--class", dest="kind", nargs="+", metavar="CLASS", help="mistakes of these classes")
    parser.add_argument("--unseen", action="store_true", help="also those that were looked for in vain; each says why")
    parser.add_argument("--list", action="store_true", help="names them and ends")
    parser.add_argument("--fit", action="store_true", help="only: does each still fit the code?")
    parser.add_argument("--compile", action="store_true", help="only: does each compile?")
    parser.add_argument("--seeds", type=int, default=0, metavar="N", help="instead of each one's own number")
    parser.add_argument("--first", type=int, default=1, metavar="S", help="the first seed (default 1)")
    parser.add_argument("--minutes", type=int, default=0, metavar="M", help="at most so long a search")
    parser.add_argument("--jobs", type=int, default=0, metavar="J", help="processes (default: one a processor)")
    parser.add_argument("--json", metavar="FILE", help="appends a line of JSON each")
    parser.add_argument("--trust", action="store_true", help="does not first run the program without a mistake")
    parser.add_argument("--tree", default=str(pathlib.Path(tempfile.gettempdir()) / "understudy-mutations"),
                        metavar="DIR", help="where the clone is kept (default %(default)s)")
    parser.add_argument("--bazel", default="nice bazel", metavar="COMMAND", help="default: %(default)s")
    return parser.parse_args(args)


def main(args):
    options = parse(args)
    mutations = chosen(options)
    if options.list:
        for m in mutations:
            print(f"{m.name:40} {m.kind:10} {m.within:6}  {m.harm}" + (f" Not seen: {m.unseen}" if m.unseen else ""))
        return 0
    if options.fit:
        for m in mutations:
            m.planted(ROOT)
        print(f"PASS {len(mutations)} planted mistakes fit the code")
        return 0
    tree = Tree(options.tree, options.bazel.split())
    tree.refresh()
    show("mistake", "result", "seeds", "check", "build", "search", "what it said")
    unclean = without_mistake(tree, mutations, options)
    code = try_all(tree, mutations, options, unclean)
    return max(code, 1) if unclean[False] or unclean[True] else code


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Misfit as misfit:
        print(f"FAIL a planted mistake does not fit: {misfit}", file=sys.stderr)
        sys.exit(2)
