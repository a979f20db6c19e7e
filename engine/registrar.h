// Bindings of address of record to contact. RFC 3261 section 10.
#ifndef UNDERSTUDY_ENGINE_REGISTRAR_H_
#define UNDERSTUDY_ENGINE_REGISTRAR_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "base/ids.h"
#include "base/time.h"
#include "engine/hop.h"
#include "engine/ids.h"
#include "engine/timer_table.h"

namespace understudy::engine {

struct Binding {
  BindingId id;
  std::string number;       // DN
  std::string contact;      // URI as registered; becomes the Request-URI
  std::string sip_call_id;  // of the REGISTER that made it, with its CSeq: 10.3 step 7
  uint32_t cseq = 0;
  Hop hop;
  EngineTime expires;
  TimerHandle timer;
  Lsn refreshed;                  // the entry that made or refreshed it last
  std::vector<std::string> path;  // proxies on the way to it, the next one first (RFC 3327)
  uint32_t less_wanted = 0;       // thousandths that its q is below 1 (RFC 3261 10.2.1.2)
  std::string instance;           // +sip.instance, as it was said (RFC 5626 4.1); "": none
  uint32_t reg_id = 0;            // of its flows, which are many of one instance (RFC 5626 4.2); 0: none

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, id);
    a.Field(2, number);
    a.Field(3, contact);
    a.Field(4, sip_call_id);
    a.Field(5, cseq);
    a.Field(6, hop);
    a.Field(7, expires);
    a.Field(8, timer);
    a.Field(9, refreshed);
    a.LaterField(10, path);
    a.LaterField(11, less_wanted);
    a.LaterField(12, instance);
    a.LaterField(13, reg_id);
  }
  friend bool operator==(const Binding&, const Binding&) = default;
};

class Registrar {
 public:
  // In the order in which they were made; empty when the number has none.
  std::vector<const Binding*> BindingsOf(absl::string_view number) const;

  // The binding refreshed last: the one that is called. nullptr: none.
  const Binding* Latest(absl::string_view number) const;

  Binding* Find(BindingId id);

  // A binding of `number` whose contact is equivalent (19.1.4), or nullptr.
  Binding* FindContact(absl::string_view number, absl::string_view contact);

  Binding& Add(absl::string_view number);
  void Remove(BindingId id);

  // For the snapshot.
  const absl::btree_map<BindingId, Binding>& bindings() const { return bindings_; }
  void Load(Binding binding);
  BindingId last_id() const { return last_id_; }
  void set_last_id(BindingId id) { last_id_ = id; }

  friend bool operator==(const Registrar&, const Registrar&) = default;

 private:
  absl::btree_map<BindingId, Binding> bindings_;
  absl::btree_map<std::string, std::vector<BindingId>> by_number_;
  BindingId last_id_;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_REGISTRAR_H_
