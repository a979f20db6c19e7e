// One event of a call, to the clients of one party's DN. What call and party say is taken from them; call_event_rules.h
// says which attributes go.
//
//   CallEvent(MessageType::kEventReleased, call, party).State(tlib::CallState::kTransferred).For(cause,
//   request).Tell(context);
#ifndef UNDERSTUDY_ENGINE_CTI_CALL_EVENT_H_
#define UNDERSTUDY_ENGINE_CTI_CALL_EVENT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/context.h"
#include "engine/cti/request_cause.h"
#include "tlib/message.h"

namespace understudy::engine {

class CallEvent {
 public:
  // Both must outlive the event.
  CallEvent(tlib::MessageType type, const Call& call, const Party& party) : type_(type), call_(call), party_(party) {}

  CallEvent& State(tlib::CallState state);  // Ok without
  // Without: the other party of a call of two. Of more the list of their numbers goes in Extensions.
  CallEvent& Other(absl::string_view dn, tlib::DNRole role);
  CallEvent& ThirdParty(absl::string_view dn, tlib::DNRole role);
  CallEvent& Previous(uint64_t conn_id);  // that the party had; of a consult call it is its main call anyway
  CallEvent& ReleasedBy(absl::string_view dn);
  CallEvent& Cause(int status);  // SIP status that decided it; 0: none did
  CallEvent& Digits(absl::string_view digits);
  CallEvent& Reasons(const tlib::Message& request);
  // The answer to that request: its client's copy says so.
  CallEvent& For(const RequestCause& cause, const tlib::Message& request);

  tlib::Message Build() const;
  // Nothing is made that nobody hears. Who asked gets the event even when it is not registered for the DN.
  void Tell(Context& context) const;

 private:
  struct Device {
    std::string dn;  // "": none
    tlib::DNRole role = tlib::DNRole::kUnknown;
  };

  std::vector<const Party*> Others() const;
  Device OtherOfTwo() const;
  void Put(tlib::Attribute attribute, int64_t value, bool known, tlib::Message* event) const;
  void Put(tlib::Attribute attribute, absl::string_view value, tlib::Message* event) const;
  void PutDevice(tlib::Attribute dn, tlib::Attribute role, const Device& device, tlib::Message* event) const;
  void PutExtensions(tlib::Message* event) const;

  const tlib::MessageType type_;
  const Call& call_;
  const Party& party_;
  tlib::CallState state_ = tlib::CallState::kOk;
  Device other_;
  Device third_party_;
  uint64_t previous_conn_id_ = 0;
  std::string releasing_party_;
  std::string digits_;
  int cause_status_ = 0;
  tlib::KeyValueList reasons_;
  RequestCause cause_;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CTI_CALL_EVENT_H_
