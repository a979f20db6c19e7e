# What the two nodes of a pair say to each other, one struct a frame; docs/replication.md has the sequence.
# Fields are only ever added, with the next number; numbers and types never change.
@0xa1f5c27d90be4c33;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("understudy::replication::wire");

struct Incarnation {
  storeId @0 :UInt64;
  startNumber @1 :UInt64;
}

struct Register {
  clusterId @0 :UInt64;
  version @1 :UInt64;
  epoch @2 :UInt64;
  primary @3 :Incarnation;
  inSync @4 :List(Incarnation);
  mode @5 :UInt8;
  forced @6 :Bool;
}

struct Hello {
  protocol @0 :UInt32;
  clusterId @1 :UInt64;
  node @2 :Incarnation;
  promise @3 :UInt64;
  end @4 :UInt64;
  chainLo @5 :UInt64;
  chainHi @6 :UInt64;
  history @7 :Data;  # replication/epoch_history.h
  schemaVersion @8 :UInt32;
  featureLevel @9 :UInt32;
  mode @10 :UInt8;
  name @11 :Text;
  service @12 :Text;
  configurationDigest @13 :UInt64;
  remoteTimeout @14 :Int64;
  wantsState @15 :Bool;
  quarantined @16 :List(UInt64);
  warm @17 :Bool;
  remoteTrace @18 :Bool;
  timeout @19 :Int64;
}

struct Welcome {
  clusterId @0 :UInt64;
  node @1 :Incarnation;
  epoch @2 :UInt64;
  commonEpoch @3 :UInt64;
  commonLsn @4 :UInt64;
  chainLo @5 :UInt64;
  chainHi @6 :UInt64;
  plan @7 :UInt8;
  end @8 :UInt64;
  schemaVersion @9 :UInt32;
  featureLevel @10 :UInt32;
  name @11 :Text;
  configurationDigest @12 :UInt64;
  remoteTimeout @13 :Int64;
  quarantined @14 :List(UInt64);
  remoteTrace @15 :Bool;
  timeout @16 :Int64;
  bootTime @17 :Int64;
}

struct Refusal {
  reason @0 :UInt8;
  text @1 :Text;
  node @2 :Incarnation;
  view @3 :Register;  # version 0: none
  quarantined @4 :List(UInt64);
}

struct Ack {
  epoch @0 :UInt64;
  received @1 :UInt64;
  durable @2 :UInt64;
  applied @3 :UInt64;
}

struct Heartbeat {
  ping @0 :UInt64;
  pong @1 :UInt64;
  released @2 :UInt64;
}

struct StateEnd {
  snapshot @0 :Data;  # head of a snapshot file, journal/snapshot_format.h
  digestLo @1 :UInt64;
  digestHi @2 :UInt64;
  bytes @3 :UInt64;
  counts @4 :List(UInt64);
  batch @5 :Data;
  callsSent @6 :UInt64;
  callsKnown @7 :UInt64;
}

struct Check {
  lsn @0 :UInt64;
  counts @1 :List(UInt64);
  digestLo @2 :UInt64;
  digestHi @3 :UInt64;
  withDigest @4 :Bool;
}

struct Suspects {
  fingerprints @0 :List(UInt64);
}
