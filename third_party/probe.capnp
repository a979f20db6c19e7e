@0xd7a1c9f7a5b3e261;
# The smallest schema: proves that schemas compile and link.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("understudy::third_party");

struct Probe {
  lsn @0 :UInt64;
}
