# What goes over a client's link (tlib/frame.h): each a length (32 bits, little endian) and one segment with a Frame.
@0x9f3e0b58c7d1426a;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("understudy::tlib::wire");

struct Frame {
  union {
    hello @0 :Hello;
    welcome @1 :Welcome;
    attach @2 :Attach;
    attached @3 :Attached;
    request @4 :Request;
    event @5 :Event;
    acknowledge @6 :UInt64;  # number of an event
    ping @7 :Void;
    pong @8 :Void;
    role @9 :UInt8;
    goodbye @10 :Goodbye;
  }
}

struct Hello {
  version @0 :UInt32;
  addpMilliseconds @1 :UInt32;
  application @2 :Text;
  password @3 :Text;
}

struct Welcome {
  version @0 :UInt32;
  addpMilliseconds @1 :UInt32;
  sessionTimeoutMilliseconds @2 :UInt32;
  mostFrameOctets @3 :UInt32;
  requestWindow @4 :UInt32;
  role @5 :UInt8;
  server @6 :Text;
  program @7 :Text;
}

struct Attach {
  session @0 :UInt64;
  token @1 :UInt64;
  seenEvent @2 :UInt64;
}

struct Attached {
  session @0 :UInt64;
  token @1 :UInt64;
  lastRequest @2 :UInt64;
}

struct Request {
  number @0 :UInt64;
  message @1 :Data;  # tlib/message.capnp, a segment of its own
}

struct Event {
  number @0 :UInt64;
  referenceId @1 :Int64;
  hasReferenceId @2 :Bool;
  message @3 :Data;  # tlib/message.capnp, a segment of its own
}

struct Goodbye {
  code @0 :UInt16;
  text @1 :Text;
}
