// The two numbers that every room shares.
#ifndef UNDERSTUDY_BASE_IDS_H_
#define UNDERSTUDY_BASE_IDS_H_

#include "base/strong_id.h"

namespace understudy {

struct LsnTag {};
struct EpochTag {};

// Log sequence number of an entry. The first entry of a journal has lsn 1; 0 means "none".
using Lsn = StrongId<LsnTag>;

// Fencing number of a primary's reign. The first reign is 1.
using Epoch = StrongId<EpochTag>;

}  // namespace understudy

#endif  // UNDERSTUDY_BASE_IDS_H_
