#include "engine/events/event_package.h"

#include "absl/strings/str_cat.h"

namespace understudy::engine {
namespace {

// By number. The default durations: RFC 4235 3.4, RFC 3842 3.4, RFC 3680 4.4.
constexpr PackageRow kPackages[] = {
    {EventPackage::kDialog, "dialog", "application/dialog-info+xml", Duration::Seconds(3600)},
    {EventPackage::kMessageSummary, "message-summary", "application/simple-message-summary", Duration::Seconds(3600)},
    {EventPackage::kReg, "reg", "application/reginfo+xml", Duration::Seconds(3761)},
};

}  // namespace

const PackageRow* FindPackage(absl::string_view name) {
  for (const PackageRow& row : kPackages) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

const PackageRow& RowOf(EventPackage package) {
  return kPackages[static_cast<size_t>(package)];
}

std::string AllowedEvents() {
  std::string names;
  for (const PackageRow& row : kPackages) absl::StrAppend(&names, names.empty() ? "" : ", ", row.name);
  return names;
}

}  // namespace understudy::engine
