// What an application wants of every session it will have: the DNs it is registered for, its input mask, call
// monitoring. When the server has lost a session, the client asks for the same again in the new one.
#ifndef UNDERSTUDY_TLIB_CLIENT_WISHES_H_
#define UNDERSTUDY_TLIB_CLIENT_WISHES_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "tlib/message.h"

namespace understudy::tlib {

class ClientWishes {
 public:
  // The server has granted that request.
  void Granted(const Message& request);
  // It has refused to grant it once more.
  void Refused(const Message& request);

  // The mask first, so that no event comes that it would keep away; without ReferenceIDs, for those were answered.
  std::vector<Message> InOrder() const;

 private:
  enum class Kind : uint8_t { kMask = 0, kMonitoring = 1, kAll = 2, kAddress = 3 };
  using Key = std::pair<Kind, std::string>;  // of an address its DN

  absl::btree_map<Key, Message> wishes_;
};

}  // namespace understudy::tlib

#endif  // UNDERSTUDY_TLIB_CLIENT_WISHES_H_
