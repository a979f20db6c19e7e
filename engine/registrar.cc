#include "engine/registrar.h"

#include <algorithm>
#include <utility>

#include "sip/uri.h"

namespace understudy::engine {

std::vector<const Binding*> Registrar::BindingsOf(absl::string_view number) const {
  std::vector<const Binding*> found;
  auto it = by_number_.find(number);
  if (it == by_number_.end()) return found;
  for (BindingId id : it->second) found.push_back(&bindings_.at(id));
  return found;
}

const Binding* Registrar::Latest(absl::string_view number) const {
  const Binding* latest = nullptr;
  auto it = by_number_.find(number);
  if (it == by_number_.end()) return latest;
  for (BindingId id : it->second) {
    const Binding& binding = bindings_.at(id);
    if (latest == nullptr || binding.refreshed >= latest->refreshed) latest = &binding;
  }
  return latest;
}

Binding* Registrar::Find(BindingId id) {
  auto it = bindings_.find(id);
  return it == bindings_.end() ? nullptr : &it->second;
}

Binding* Registrar::FindContact(absl::string_view number, absl::string_view contact) {
  sip::Uri wanted;
  if (!sip::ParseUri(contact, &wanted)) return nullptr;
  auto it = by_number_.find(number);
  if (it == by_number_.end()) return nullptr;
  for (BindingId id : it->second) {
    Binding& binding = bindings_.at(id);
    sip::Uri uri;
    if (sip::ParseUri(binding.contact, &uri) && sip::Equivalent(uri, wanted)) return &binding;
  }
  return nullptr;
}

Binding& Registrar::Add(absl::string_view number) {
  last_id_ = last_id_.Next();
  Binding& binding = bindings_[last_id_];
  binding.id = last_id_;
  binding.number = std::string(number);
  by_number_[binding.number].push_back(last_id_);
  return binding;
}

void Registrar::Remove(BindingId id) {
  auto it = bindings_.find(id);
  if (it == bindings_.end()) return;
  auto by_number = by_number_.find(it->second.number);
  by_number->second.erase(std::find(by_number->second.begin(), by_number->second.end(), id));
  if (by_number->second.empty()) by_number_.erase(by_number);
  bindings_.erase(it);
}

void Registrar::Load(Binding binding) {
  by_number_[binding.number].push_back(binding.id);
  const BindingId id = binding.id;
  bindings_.emplace(id, std::move(binding));
}

}  // namespace understudy::engine
