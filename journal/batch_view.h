// Reads a batch in place, after checking it: lengths, checksums, chain, limits, and that every entry's payload
// and calls lie inside the body. Bytes from a disk or a peer are hostile until Parse has said OK.
//
//   BatchView view;
//   if (absl::Status s = view.Parse(bytes); !s.ok()) ...
//   for (size_t i = 0; i < view.size(); ++i) Use(view[i]);
//
// Reusable; not thread-safe; neither copies nor moves.
#ifndef UNDERSTUDY_JOURNAL_BATCH_VIEW_H_
#define UNDERSTUDY_JOURNAL_BATCH_VIEW_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "base/siphash.h"
#include "capnp/message.h"
#include "journal/batch.capnp.h"
#include "journal/batch.h"
#include "journal/entry.h"

namespace understudy::journal {

class BatchView {
 public:
  BatchView() = default;
  BatchView(const BatchView&) = delete;
  BatchView& operator=(const BatchView&) = delete;

  // Checks `bytes` and makes them this view's batch. With `previous_chain` the batch must also follow it.
  // On DataLoss (the reason in words) the view is empty. `bytes` must outlive the view's use; when they do not
  // start on an 8-byte boundary they are copied once.
  absl::Status Parse(absl::string_view bytes);
  absl::Status Parse(absl::string_view bytes, const Hash128& previous_chain);
  // As Parse, for bytes this process has checked or built itself: no checksum, no chain.
  absl::Status ParseTrusted(absl::string_view bytes);

  // Of no batch: size() is 0.
  void Clear() { size_ = 0; }

  const BatchPrelude& prelude() const { return prelude_; }
  const BatchHeader& header() const { return header_; }
  size_t size() const { return size_; }
  // Entry `i` < size(). Its views live as long as the parsed bytes and this view's next Parse.
  EntryRecord operator[](size_t i) const;
  // Ids of all calls of all entries, with repetitions.
  absl::Span<const uint64_t> calls() const { return calls_; }

 private:
  absl::Status Read(absl::string_view body);
  absl::Status ReadHeader(format::Header::Reader in);
  absl::Status CheckEntries() const;
  absl::string_view Aligned(absl::string_view body);

  BatchPrelude prelude_;
  BatchHeader header_;
  size_t size_ = 0;
  absl::optional<::capnp::SegmentArrayMessageReader> reader_;
  ::capnp::List<format::Entry>::Reader entries_;
  absl::string_view payloads_;
  absl::Span<const uint64_t> calls_;
  std::vector<uint64_t> aligned_;
  ::kj::ArrayPtr<const ::capnp::word> segment_;
};

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_BATCH_VIEW_H_
