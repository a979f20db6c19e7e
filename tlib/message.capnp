# A T-Library message on a client's link, in a session's row and in the journal. Numbers of attributes are given once
# (tlib/attribute.h). A reader leaves out attributes that it does not know.
@0xb7d24c9e61a05f38;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("understudy::tlib::wire");

struct Message {
  type @0 :UInt16;  # tlib/message_type.h
  attributes @1 :List(Attribute);  # by number, each once
}

struct Attribute {
  number @0 :UInt16;
  union {
    value @1 :Int64;
    text @2 :Text;
    list @3 :List(Pair);
  }
}

struct Pair {
  key @0 :Text;
  union {
    number @1 :Int64;
    text @2 :Text;
    binary @3 :Data;
    list @4 :List(Pair);
  }
}
