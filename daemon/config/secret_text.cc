#include "daemon/config/secret_text.h"

#include <openssl/crypto.h>

namespace understudy::daemon {

SecretText::~SecretText() {
  OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

}  // namespace understudy::daemon
