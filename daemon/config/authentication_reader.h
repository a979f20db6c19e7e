// Who must sign which requests: the passwords of the DNs become verifiers, and the pair's authenticate-requests becomes
// that of every DN that has one. A DN without a password is never asked for it.
#ifndef UNDERSTUDY_DAEMON_CONFIG_AUTHENTICATION_READER_H_
#define UNDERSTUDY_DAEMON_CONFIG_AUTHENTICATION_READER_H_

#include <vector>

#include "daemon/config/diagnostics.h"
#include "daemon/config/dn_reader.h"
#include "daemon/config/pair_config.h"
#include "daemon/config/section_reader.h"

namespace understudy::daemon {

// `pair`: with its options and its name; `sections`: where those stand.
void ReadAuthentication(const PairConfig& pair, const Sections& sections, std::vector<DnDraft>& drafts,
                        Diagnostics& diagnostics);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_AUTHENTICATION_READER_H_
