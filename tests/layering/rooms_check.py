#!/usr/bin/env python3
"""The layer table of docs/architecture.md holds: no room sees another that it must not see.

Asks Bazel for what the rooms depend on, and the #include lines for which libraries they use (Debian's headers lie in the
compiler's search path, so Bazel cannot see those). Prints PASS, or FAIL and every edge that should not be there.
"""
import re
import subprocess
import sys

# Room: the rooms and the libraries that it may see. What lies in tests/ and tools/ is seen by nobody else.
TABLE = {
    "base": (set(), {"absl"}),
    "journal": ({"base"}, {"absl", "capnp", "rocksdb", "openssl"}),
    "sip": ({"base"}, {"absl", "openssl"}),
    "tlib": ({"base"}, {"absl", "capnp"}),
    "engine": ({"base", "sip", "tlib"}, {"absl", "capnp"}),
    "replication": ({"base", "journal"}, {"absl", "capnp"}),
}
# What client applications link: it holds nothing of the server's.
TABLE["client"] = ({"base", "tlib"}, {"absl", "boost", "openssl"})
TABLE["daemon"] = (set(TABLE) - {"client"}, {"absl", "boost", "capnp", "cares", "openssl", "rocksdb", "spdlog", "yaml_cpp"})
TABLE["tools"] = (set(TABLE), TABLE["daemon"][1] | {"editline"})

# A test may also see the shared fixtures and the test libraries.
TEST_ROOMS = {"tests"}
TEST_LIBRARIES = {"gtest", "benchmark"}
PUBLIC_ROOMS = {"base", "tests", "third_party"}

# First directory of an #include <...> or "...": the library it belongs to.
LIBRARY_OF = {
    "absl": "absl",
    "benchmark": "benchmark",
    "boost": "boost",
    "capnp": "capnp",
    "editline": "editline",
    "fmt": "spdlog",
    "gmock": "gtest",
    "gtest": "gtest",
    "kj": "capnp",
    "openssl": "openssl",
    "rocksdb": "rocksdb",
    "spdlog": "spdlog",
    "yaml-cpp": "yaml_cpp",
}
INCLUDE = re.compile(r'^\s*#\s*include\s+[<"]([\w-]+)/')
TEST_FILE = re.compile(r"_(test|bench|fuzz|testing)\.(cc|h)$|/testing/")


def query(expression):
    done = subprocess.run(
        ["bazel", "query", "--noshow_progress", "--output=label", expression],
        capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"FAIL the layering query: {expression}\n{done.stderr}")
    return done.stdout.split()


def forbidden_edges(edges, table):
    """edges: (from room, is a test, to room, to label). Yields those that the table does not allow."""
    for source, is_test, room, label in edges:
        if source not in table or room == source:
            continue
        rooms, libraries = table[source]
        if room == "third_party":
            library = label.rpartition(":")[2]
            allowed = library in libraries or (is_test and library in TEST_LIBRARIES)
        else:
            allowed = room in rooms or (is_test and room in TEST_ROOMS)
        if not allowed:
            yield f"{source}{' (test)' if is_test else ''} -> {label}"


def room_of(label):
    return label.removeprefix("//").partition(":")[0].partition("/")[0]


def edges_of_the_build(rooms):
    for room in rooms:
        tests = f"attr(testonly, 1, //{room}/...)"
        for is_test, targets in ((False, f"(//{room}/... - {tests})"), (True, tests)):
            for label in query(f'kind("cc_.* rule", deps({targets}, 1) ^ //...)'):
                yield room, is_test, room_of(label), label


def edges_of_the_includes(files):
    for path in files:
        with open(path, encoding="utf-8") as file:
            for line in file:
                found = INCLUDE.match(line)
                if found and found[1] in LIBRARY_OF:
                    library = LIBRARY_OF[found[1]]
                    yield room_of(path), bool(TEST_FILE.search(path)), "third_party", f"{path} includes :{library}"


def public_targets(rooms):
    closed = [f"//{room}/..." for room in rooms if room not in PUBLIC_ROOMS]
    if not closed:
        return []
    return query(f'attr(visibility, "//visibility:public", kind("cc_.* rule", {" + ".join(closed)}))')


def report(claim, wrong):
    print(f"FAIL {claim}: {len(wrong)}" if wrong else f"PASS {claim}")
    for line in wrong:
        print(f"    {line}")
    return not wrong


def main():
    tracked = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True).stdout.splitlines()
    # Rooms need at least one target each: an empty pattern is an error of Bazel's.
    rooms = [room for room in TABLE if any(path.startswith(f"{room}/") and path.endswith("BUILD.bazel") for path in tracked)]
    sources = [path for path in tracked if path.endswith((".cc", ".h"))]
    good = report("no room depends on one that it must not see",
                  sorted(set(forbidden_edges(edges_of_the_build(rooms), TABLE))))
    good &= report("no room includes a library that is not its own",
                   sorted(set(forbidden_edges(edges_of_the_includes(sources), TABLE))))
    good &= report("no room's target is public", public_targets(rooms))
    bad = [("sip", False, "engine", "//engine:state"), ("engine", False, "third_party", "//third_party:boost"),
           ("base", False, "tests", "//tests:corpus")]
    good &= report("an edge against the table is noticed",
                   [str(edge) for edge in bad if not list(forbidden_edges([edge], TABLE))])
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
