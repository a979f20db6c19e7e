// What DNS is asked and answers, as a scenario writes it:
//
//   dns gw.example.com ttl=60
//     naptr 10 20 udp _sip._udp.gw.example.com
//     srv udp _sip._udp.gw.example.com 10 60 5060 a.gw.example.com
//     a a.gw.example.com 10.0.0.51
//   dns gw.example.com no-such-name
#ifndef UNDERSTUDY_TESTS_SCENARIOS_DNS_WORDS_H_
#define UNDERSTUDY_TESTS_SCENARIOS_DNS_WORDS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/effect.h"
#include "engine/locate/answer.h"

namespace understudy::tests {

// `words`: "dns", the host, then a failure or the TTL. `records`: a line each.
absl::StatusOr<engine::LocateAnswer> ReadAnswer(const std::vector<std::string>& words,
                                                const std::vector<std::string>& records);

// "locate gw.example.com: NAPTR, SRV, addresses".
std::string ShowQuery(const engine::Locate& locate);

}  // namespace understudy::tests

#endif  // UNDERSTUDY_TESTS_SCENARIOS_DNS_WORDS_H_
