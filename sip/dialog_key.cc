#include "sip/dialog_key.h"

#include "sip/key_hasher.h"

namespace understudy::sip {

DialogKey DialogKeyOf(HashKey key, absl::string_view call_id, absl::string_view local_tag,
                      absl::string_view remote_tag) {
  KeyHasher hasher(key, KeyKind::kDialog);
  hasher.Exact(call_id);
  hasher.WithoutCase(local_tag);
  hasher.WithoutCase(remote_tag);
  const Hash128 hash = hasher.Finish();
  return {hash.hi, hash.lo};
}

DialogKey DialogKeyOf(HashKey key, const Dialog& dialog) {
  return DialogKeyOf(key, dialog.call_id, dialog.local_tag, dialog.remote_tag);
}

DialogKey DialogKeyOf(HashKey key, const Message& received) {
  if (received.is_request()) return DialogKeyOf(key, received.call_id(), received.to_tag(), received.from_tag());
  return DialogKeyOf(key, received.call_id(), received.from_tag(), received.to_tag());
}

}  // namespace understudy::sip
