"""Fuzz targets: one source, two programs."""

def fuzz_target(name, src, deps, corpus = "", seeds = None):
    """A libFuzzer program and a plain test of the same LLVMFuzzerTestOneInput.

    Args:
      name: of the libFuzzer program, by custom x_fuzz: bazel run --config=fuzz //room:x_fuzz -- -max_total_time=60 DIR
      src: the file that defines LLVMFuzzerTestOneInput.
      deps: of src.
      corpus: a directory of the SIP corpus (tests/corpus.h) whose every file the plain test, name_test, feeds to it;
        several are separated by commas.
      seeds: labels of files in the repository that the plain test feeds to it as well.
    """
    native.cc_binary(
        name = name,
        testonly = True,
        srcs = [src],
        copts = ["-Wno-missing-declarations"],
        linkopts = ["-fsanitize=fuzzer"],
        tags = ["manual"],
        deps = deps,
    )
    seeds = seeds or []
    native.cc_test(
        name = name + "_test",
        size = "medium",
        srcs = [src],
        copts = ["-Wno-missing-declarations"],
        args = ["--corpus=" + corpus] + ["$(rootpaths %s)" % seed for seed in seeds],
        data = seeds,
        deps = deps + ["//tests:fuzz_corpus_main"],
    )
