// CRC-32C (Castagnoli, RFC 3720 appendix B.4), with the processor's instruction where there is one.
#ifndef UNDERSTUDY_BASE_CRC32C_H_
#define UNDERSTUDY_BASE_CRC32C_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace understudy {

// The checksum of `bytes`, or of an earlier piece and `bytes` when `init` is the earlier piece's checksum:
//   Crc32c(b, Crc32c(a)) == Crc32c(a + b)
uint32_t Crc32c(absl::string_view bytes, uint32_t init = 0);

// The same by table; for machines without the instruction, and to test the other against.
uint32_t Crc32cPortable(absl::string_view bytes, uint32_t init = 0);

}  // namespace understudy

#endif  // UNDERSTUDY_BASE_CRC32C_H_
