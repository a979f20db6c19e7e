// Cap'n Proto for both codecs: a message is one segment without a table, and damage is a status. Its exceptions end
// here.
#ifndef UNDERSTUDY_TLIB_SEGMENT_H_
#define UNDERSTUDY_TLIB_SEGMENT_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/check.h"
#include "capnp/message.h"

namespace understudy::tlib {

inline kj::ArrayPtr<const kj::byte> AsData(absl::string_view bytes) {
  return {reinterpret_cast<const kj::byte*>(bytes.data()), bytes.size()};
}
// Text with its length, for ours have no NUL behind them.
inline capnp::Text::Reader AsCapnpText(const std::string& text) {
  return {text.c_str(), text.size()};
}
inline absl::string_view AsView(capnp::Data::Reader data) {
  return {reinterpret_cast<const char*>(data.begin()), data.size()};
}
inline absl::string_view AsView(capnp::Text::Reader text) {
  return {text.begin(), text.size()};
}

// Calls fill(Root::Builder), then take(octets of the segment). `most_octets`: never less than it takes, or it would
// be two.
template <class Root, class Fill, class Take>
void BuildSegment(size_t most_octets, Fill fill, Take take) {
  std::vector<uint64_t> scratch(most_octets / sizeof(uint64_t) + 1, 0);
  capnp::MallocMessageBuilder builder(kj::arrayPtr(reinterpret_cast<capnp::word*>(scratch.data()), scratch.size()));
  fill(builder.initRoot<Root>());
  const auto segments = builder.getSegmentsForOutput();
  US_CHECK_EQ(segments.size(), 1u);
  const auto octets = segments[0].asBytes();
  take(absl::string_view(reinterpret_cast<const char*>(octets.begin()), octets.size()));
}

// Calls read(Root::Reader), which returns a status. `what` begins the text of an error. Pointers that lead to the
// same place again and again are refused: what is read may be no more than twice what is there.
template <class Root, class Read>
absl::Status ReadSegment(absl::string_view what, absl::string_view bytes, size_t most_octets, Read read) {
  constexpr size_t kWord = sizeof(uint64_t);
  if (bytes.empty() || bytes.size() % kWord != 0 || bytes.size() > most_octets) {
    return absl::InvalidArgumentError(
        absl::StrCat(what, " of ", bytes.size(), " octets: allowed are 8 to ", most_octets, " in steps of 8"));
  }
  std::vector<uint64_t> aligned;
  const char* start = bytes.data();
  if (reinterpret_cast<uintptr_t>(start) % kWord != 0) {
    aligned.resize(bytes.size() / kWord);
    std::memcpy(aligned.data(), start, bytes.size());
    start = reinterpret_cast<const char*>(aligned.data());
  }
  const kj::ArrayPtr<const capnp::word> segments[] = {
      {reinterpret_cast<const capnp::word*>(start), bytes.size() / kWord}};
  capnp::ReaderOptions options;
  options.traversalLimitInWords = 2 * bytes.size() / kWord;
  options.nestingLimit = 64;
  try {
    capnp::SegmentArrayMessageReader reader(segments, options);
    return read(reader.getRoot<Root>());
  } catch (const kj::Exception& exception) {
    return absl::InvalidArgumentError(absl::StrCat(what, " is damaged: ", exception.getDescription().cStr()));
  }
}

}  // namespace understudy::tlib

#endif  // UNDERSTUDY_TLIB_SEGMENT_H_
