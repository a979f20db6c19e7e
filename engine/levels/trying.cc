#include "engine/levels/trying.h"

#include "sip/writer.h"

namespace understudy::engine {

void WriteTrying(absl::string_view head, uint32_t, std::string* out) {
  out->clear();
  sip::MessageWriter writer(out);
  writer.StatusLine(100);
  out->append(head.data(), head.size());
  writer.NoBody();
}

}  // namespace understudy::engine
