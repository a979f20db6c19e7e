#include "engine/levels/trying.h"
#include "sip/writer.h"

namespace understudy::engine {

void WriteTrying(absl::string_view head, uint32_t feature_level, std::string* out) {
  out->clear();
  sip::MessageWriter writer(out);
  writer.StatusLine(100);
  out->append(head.data(), head.size());
  if (feature_level >= 2) writer.Header("X-Level", "2");
  writer.NoBody();
}

}  // namespace understudy::engine
