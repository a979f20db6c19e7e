// A message as a phone reads it. Written apart from sip/, and for what the servers say only: header names as RFC 3261
// writes them, a line each, Content-Length always there. Whatever else comes is wrong, and `Read` says why.
//
//   SipView view;
//   const char* wrong = view.Read(bytes);            // nullptr: nothing
//   if (view.is_request && view.method == sip::Method::kBye) ...
//
// Everything points into the bytes. No allocation.
#ifndef UNDERSTUDY_TESTS_SIM_AGENTS_SIP_VIEW_H_
#define UNDERSTUDY_TESTS_SIM_AGENTS_SIP_VIEW_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "sip/method.h"

namespace understudy::sim {

// "17.0.3": whose words these are. Call 0: nobody of the agents has said so.
struct StepMark {
  uint32_t call = 0;
  uint8_t side = 0;
  uint32_t step = 0;

  friend bool operator==(const StepMark&, const StepMark&) = default;
};

struct SipView {
  absl::string_view bytes;
  bool is_request = false;
  sip::Method method = sip::Method::kUnknown;  // of a response: that in CSeq
  int status = 0;
  absl::string_view request_uri;
  absl::string_view vias;  // all Via lines, with their ends
  absl::string_view branch;
  absl::string_view from;
  absl::string_view from_tag;
  absl::string_view to;
  absl::string_view to_tag;
  absl::string_view call_id;
  absl::string_view cseq_text;
  uint32_t cseq = 0;
  absl::string_view contact;   // URI of the first
  absl::string_view contacts;  // the first Contact line
  uint32_t contact_count = 0;
  uint32_t rseq = 0;
  absl::string_view rack;
  uint32_t session_expires = 0;  // seconds; 0: not said
  char refresher = 0;            // 'c' uac, 's' uas; 0: not said
  uint32_t min_se = 0;
  bool supports_timer = false;
  bool requires_timer = false;
  bool requires_100rel = false;
  bool supports_100rel = false;
  absl::string_view refer_to;  // URI
  absl::string_view content_type;
  absl::string_view body;
  StepMark mark;

  const char* Read(absl::string_view text);

 private:
  const char* ReadStartLine(absl::string_view line);
  const char* ReadHeader(absl::string_view name, absl::string_view value, absl::string_view line);
  const char* ReadCSeq(absl::string_view value);
  const char* ReadInterval(absl::string_view value);
  const char* CheckCore() const;

  sip::Method cseq_method_ = sip::Method::kUnknown;
  absl::string_view length_;
};

// What stands between the angle brackets, and the tag behind them.
absl::string_view UriIn(absl::string_view name_addr);
absl::string_view TagIn(absl::string_view name_addr);

// False: not a decimal number below 2^32.
bool ReadNumber(absl::string_view text, uint32_t* out);
bool ReadMark(absl::string_view text, StepMark* out);

// Names a text in the agents' tables and tells two messages apart.
uint64_t TextHash(absl::string_view text);

// The session description of one side of a call: nothing in it but what these say, so whoever knows them knows every
// octet. `direction`: 's' sendrecv, 'o' sendonly, 'r' recvonly, 'i' inactive.
void AppendSession(uint32_t call, uint8_t side, uint32_t version, char direction, std::string* out);

// What a received description says of itself. False: it is not one of ours, to the last octet.
struct SessionView {
  uint32_t call = 0;
  uint8_t side = 0;
  uint32_t version = 0;
  char direction = 's';
};
bool ReadSession(absl::string_view body, SessionView* out);

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_AGENTS_SIP_VIEW_H_
