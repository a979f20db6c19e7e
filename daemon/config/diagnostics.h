// What is wrong with a configuration file, collected so that one run names everything.
//
//   Diagnostics diagnostics("sip-a.yaml");
//   diagnostics.Error({7, 31}, "TServer/sip-port: found \"70000\"; allowed: a whole number from 1 to 65535");
//   if (!diagnostics.ok()) return diagnostics.ErrorStatus();
//
// Text handed in must already be free of secrets and control characters: see Quoted and QuotedKey.
#ifndef UNDERSTUDY_DAEMON_CONFIG_DIAGNOSTICS_H_
#define UNDERSTUDY_DAEMON_CONFIG_DIAGNOSTICS_H_

#include <compare>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace understudy::daemon {

// A position in the file, both counted from 1. {0, 0} is the file as a whole.
struct Place {
  int line = 0;
  int column = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};

// Something that is accepted but that the operator should know.
struct Warning {
  std::string file;
  Place place;
  std::string text;
};

// "sip-a.yaml:7:31: warning: text".
std::string ToString(const Warning& warning);

// A value as it may be shown in a message: quoted, control characters escaped, at most 60 bytes of it. A value
// that looks as if it held a secret is not shown at all.
std::string Quoted(absl::string_view value);

// A key as it may be shown: only its leading letters, digits, '-' and '_', so that "password:hunter2", where
// the space after the colon was forgotten, shows as "password"...
std::string QuotedKey(absl::string_view key);

class Diagnostics {
 public:
  // No more than this many errors are spelled out; the rest are counted.
  static constexpr size_t kMaxErrorsShown = 100;

  // No more than this many errors and warnings are kept, however long the file.
  static constexpr size_t kMaxKept = 1000;

  explicit Diagnostics(absl::string_view file) : file_(file) {}

  void Error(Place place, std::string text);
  void Warn(Place place, std::string text);

  // As Warn, but a `subject` that comes again is only counted: "(and 41 more places)".
  void WarnOnce(absl::string_view subject, Place place, std::string text);

  bool ok() const { return error_count_ == 0; }

  // Whether a further error is only counted, so that its text need not be made.
  bool full() const { return errors_.size() >= kMaxKept; }

  // InvalidArgument with one line an error in the order of the file; OkStatus when there is none.
  absl::Status ErrorStatus() const;

  // In the order of the file.
  std::vector<Warning> Warnings() const;

 private:
  struct Repeated {
    Place place;
    std::string text;
    int more = 0;
  };

  std::string file_;
  std::vector<std::pair<Place, std::string>> errors_;
  size_t error_count_ = 0;
  std::vector<Warning> warnings_;
  absl::btree_map<std::string, Repeated> repeated_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_DIAGNOSTICS_H_
