# The body of a batch. docs/journal_format.md has the grammar and an example.
# Fields are only ever added, with the next number; numbers and types never change.
@0xe1c2a7b5d4930f68;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("understudy::journal::format");

struct Header @0xb5d0a1c6e7f28394 {
  clusterId @0 :UInt64;
  # The store of the primary that formed the batch, and which of its starts.
  storeId @1 :UInt64;
  startNumber @2 :UInt64;
  epoch @3 :UInt64;
  firstLsn @4 :UInt64;
  lastLsn @5 :UInt64;
  # When the batch was formed: engine time and UTC, in nanoseconds.
  engineTime @6 :Int64;
  wallTime @7 :Int64;
  # The kernel's boot id and CLOCK_BOOTTIME at that moment: what passed since then on the same boot is exact.
  bootIdLo @8 :UInt64;
  bootIdHi @9 :UInt64;
  bootTime @10 :Int64;
  # Effects of entries up to here had been released when the batch was formed.
  releasedUpTo @11 :UInt64;
  schemaVersion @12 :UInt32;
  featureLevel @13 :UInt32;
  # State digest after the entry digestLsn; digestLsn 0 means that this batch carries none.
  digestLsn @14 :UInt64;
  digestLo @15 :UInt64;
  digestHi @16 :UInt64;
}

# Entry i of a batch has lsn firstLsn + i. Payloads and calls lie side by side in the lists of the batch.
struct Entry @0xd7a9c3b2f1e60584 {
  engineTime @0 :Int64;
  wallTime @1 :Int64;
  effectsHash @2 :UInt64;
  payloadOffset @3 :UInt32;  # a multiple of 8
  payloadSize @4 :UInt32;
  callsOffset @5 :UInt32;
  callsCount @6 :UInt16;
  kind @7 :UInt16;
}

struct Batch @0xf30b8c5a9e4d2716 {
  header @0 :Header;
  entries @1 :List(Entry);
  payloads @2 :Data;
  calls @3 :List(UInt64);
}
