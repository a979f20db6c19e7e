// The messages of one flow, as an RFC prints them, out of the corpus (tests/corpus.h).
#ifndef UNDERSTUDY_TESTS_FLOWS_RFC_FLOW_H_
#define UNDERSTUDY_TESTS_FLOWS_RFC_FLOW_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace understudy::tests {

struct RfcMessage {
  std::string file;  // 02-F1
  std::string start;
  std::vector<std::pair<std::string, std::string>> fields;  // unfolded, names as printed
  std::string body;
  bool body_printed = true;  // false: the RFC leaves it out, though there is a Content-Type

  bool is_request() const;
  std::string method() const;  // of a response that of its request
  std::string kind() const;    // "INVITE", "200 INVITE"
  std::string status() const;
  std::string uri() const;  // of a request
  // The first field of that name, "": none.
  std::string Value(absl::string_view name) const;
  std::string Tag(absl::string_view name) const;  // of From or To
};

class RfcFlow {
 public:
  // What FLOWS.tsv of the corpus lists for that section; empty when the corpus has none.
  RfcFlow(absl::string_view rfc, absl::string_view section);

  const std::string& title() const { return title_; }
  const std::vector<RfcMessage>& messages() const { return messages_; }
  // By label or file; nullptr: none of that name, or several.
  const RfcMessage* Find(absl::string_view name) const;

 private:
  void Add(absl::string_view path);

  std::string title_;
  std::vector<RfcMessage> messages_;
};

}  // namespace understudy::tests

#endif  // UNDERSTUDY_TESTS_FLOWS_RFC_FLOW_H_
