// RFC 3261 19.1.4, rule by rule. Lists compare by search, so lists longer than kMaxList compare as text only.
#include <cstddef>

#include "absl/strings/match.h"
#include "sip/escape.h"
#include "sip/host.h"
#include "sip/uri.h"

namespace understudy::sip {
namespace {

constexpr size_t kMaxList = 32;

struct Item {
  absl::string_view name;
  absl::string_view value;
};

// A list "a=b<separator>c" of URI parameters or headers.
class ItemList {
 public:
  ItemList(absl::string_view text, char separator) {
    while (!text.empty()) {
      const size_t end = text.find(separator);
      const absl::string_view item = text.substr(0, end);
      text.remove_prefix(end == absl::string_view::npos ? text.size() : end + 1);
      if (!item.empty() && !Add(item)) return;
    }
  }

  bool complete() const { return complete_; }
  size_t size() const { return size_; }
  const Item* begin() const { return items_; }
  const Item* end() const { return items_ + size_; }

  const Item* Find(absl::string_view name) const {
    for (const Item& item : *this) {
      if (EqualsAsUriTextIgnoreCase(item.name, name)) return &item;
    }
    return nullptr;
  }

 private:
  bool Add(absl::string_view item) {
    if (size_ == kMaxList) return complete_ = false;
    const size_t equals = item.find('=');
    items_[size_].name = item.substr(0, equals);
    if (equals != absl::string_view::npos) items_[size_].value = item.substr(equals + 1);
    ++size_;
    return true;
  }

  Item items_[kMaxList];
  size_t size_ = 0;
  bool complete_ = true;
};

// Parameters that never match when only one URI has them, even with their default value.
bool CountsAlone(absl::string_view name) {
  for (absl::string_view counted : {"user", "ttl", "method", "maddr", "transport"}) {
    if (EqualsUnescapedIgnoreCase(name, counted)) return true;
  }
  return false;
}

bool ParamsAgree(const ItemList& a, const ItemList& b) {
  for (const Item& item : a) {
    const Item* other = b.Find(item.name);
    if (other == nullptr && CountsAlone(item.name)) return false;
    if (other != nullptr && !EqualsAsUriTextIgnoreCase(item.value, other->value)) return false;
  }
  return true;
}

bool SameParams(absl::string_view a, absl::string_view b) {
  if (a == b) return true;
  const ItemList list_a(a, ';');
  const ItemList list_b(b, ';');
  if (!list_a.complete() || !list_b.complete()) return false;
  return ParamsAgree(list_a, list_b) && ParamsAgree(list_b, list_a);
}

bool HeadersAgree(const ItemList& a, const ItemList& b) {
  for (const Item& item : a) {
    const Item* other = b.Find(item.name);
    if (other == nullptr || !EqualsAsUriText(item.value, other->value)) return false;
  }
  return true;
}

bool SameHeaders(absl::string_view a, absl::string_view b) {
  if (a == b) return true;
  const ItemList list_a(a, '&');
  const ItemList list_b(b, '&');
  if (!list_a.complete() || !list_b.complete()) return false;
  return list_a.size() == list_b.size() && HeadersAgree(list_a, list_b) && HeadersAgree(list_b, list_a);
}

}  // namespace

bool Equivalent(const Uri& a, const Uri& b) {
  if (!absl::EqualsIgnoreCase(a.scheme, b.scheme)) return false;
  if (!a.is_sip) return a.opaque == b.opaque;
  if (a.has_user != b.has_user || a.port != b.port) return false;
  if (!EqualsAsUriText(a.user, b.user) || !EqualsAsUriText(a.password, b.password)) return false;
  if (!SameHost(a.host, b.host)) return false;
  return SameParams(a.params, b.params) && SameHeaders(a.headers, b.headers);
}

}  // namespace understudy::sip
