# The inputs of the engine as the journal keeps them. Numbers are given once and never used again; the meaning of a
# released alternative never changes. A reader that meets an alternative it does not know stops.
@0xc3a81f6f3c0d5a71;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("understudy::engine::wire");

struct Input {
  union {
    epochStart @0 :EpochStart;
    configurationChanged @1 :Data;  # a row: engine/archive.h, ConfigurationChange
    sipReceived @2 :SipReceived;
    flowOpened @3 :FlowOpened;
    flowClosed @4 :UInt64;
    sendFailed @5 :UInt64;          # client transaction
    clockAdvanced @6 :Void;
    serviceGap @7 :Int64;           # nanoseconds
    ingressSummary @8 :List(UInt64);
    featureLevelRaised @9 :UInt32;
    clientAttached @10 :ClientAttached;
    clientRequested @11 :ClientRequested;
    clientsAcknowledged @12 :List(Acknowledgement);
    clientLinkLost @13 :ClientLinkLost;
    namesResolved @14 :Data;        # a row: engine/input.h, NamesResolved
    sendLost :group {
      transaction @15 :UInt64;      # a client's
      tooLate @16 :Bool;
    }
  }
}

struct EpochStart {
  idKey0 @0 :UInt64;
  idKey1 @1 :UInt64;
  redrawKey @2 :Bool;
}

struct Endpoint {
  ip @0 :Data;  # 16 bytes; IPv4 as ::ffff:a.b.c.d
  port @1 :UInt16;
}

struct SipReceived {
  transport @0 :UInt8;
  flow @1 :UInt64;
  remoteIpHigh @2 :UInt64;  # the 16 bytes of the address, big endian
  remoteIpLow @3 :UInt64;
  remotePort @4 :UInt16;
  bytes @5 :Data;
  authenticated @6 :Data;  # DN; empty: nobody
  local @7 :Endpoint;      # null: none
}

struct FlowOpened {
  flow @0 :UInt64;
  transport @1 :UInt8;
  remote @2 :Endpoint;
}

struct ClientAttached {
  link @0 :UInt64;
  session @1 :UInt64;
  token @2 :UInt64;
  seenEvent @3 :UInt64;
  application @4 :Text;
  address @5 :Text;
}

struct ClientRequested {
  link @0 :UInt64;
  number @1 :UInt64;
  message @2 :Data;  # tlib/message.capnp
}

struct Acknowledgement {
  link @0 :UInt64;
  number @1 :UInt64;
}

struct ClientLinkLost {
  link @0 :UInt64;
  ended @1 :Bool;
}
