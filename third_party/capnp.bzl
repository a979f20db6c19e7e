"""Cap'n Proto schemas: one capnp_library a schema."""

def capnp_library(name, src, deps = [], visibility = None):
    """Compiles the schema room/x.capnp; C++ includes it as "room/x.capnp.h".

    Args:
      name: of the cc_library, by custom x_capnp.
      src: the schema, a file of this package.
      deps: capnp_library targets whose schemas this one imports by their path from the root ("/room/y.capnp").
      visibility: of the cc_library.
    """
    path = native.package_name() + "/" + src
    native.filegroup(
        name = name + "_schema",
        srcs = [src] + [dep + "_schema" for dep in deps],
        visibility = visibility,
    )

    # The generated header calls itself a system header so that our warnings stop at its door.
    native.genrule(
        name = name + "_generated",
        srcs = [":" + name + "_schema"],
        outs = [src + ".h", src + ".c++"],
        cmd = " && ".join([
            "capnp compile -I. -oc++:$(GENDIR) " + path,
            "sed -i '1i #pragma GCC system_header' $(GENDIR)/" + path + ".h",
        ]),
        message = "Compiling Cap'n Proto schema",
        visibility = ["//visibility:private"],
    )
    native.cc_library(
        name = name,
        srcs = [src + ".c++"],
        hdrs = [src + ".h"],
        copts = ["-w"],
        visibility = visibility,
        deps = deps + ["//third_party:capnp"],
    )
