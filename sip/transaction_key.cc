#include "sip/transaction_key.h"

#include "sip/key_hasher.h"
#include "sip/method.h"

namespace understudy::sip {
namespace {

TransactionKey KeyFrom(const KeyHasher& hasher) {
  const Hash128 hash = hasher.Finish();
  return {hash.hi, hash.lo};
}

// `method` is the request's, but for ACK and for the INVITE that a CANCEL is for.
TransactionKey KeyWithCookie(HashKey key, const Via& via, absl::string_view method) {
  KeyHasher hasher(key, KeyKind::kServer);
  hasher.WithoutCase(via.branch);
  hasher.WithoutCase(via.host);
  hasher.Number(via.port);
  hasher.Exact(method);
  return KeyFrom(hasher);
}

TransactionKey KeyWithoutCookie(HashKey key, const Message& request, absl::string_view method) {
  KeyHasher hasher(key, KeyKind::kServer2543);
  hasher.Exact(request.request_uri_text());
  hasher.WithoutCase(request.from_tag());
  hasher.Exact(request.call_id());
  hasher.Number(request.cseq().number);
  hasher.Exact(request.top_via().text);
  hasher.Exact(method);
  if (method != MethodName(Method::kInvite)) hasher.WithoutCase(request.to_tag());
  return KeyFrom(hasher);
}

TransactionKey ServerKeyAs(HashKey key, const Message& request, absl::string_view method) {
  const Via& via = request.top_via();
  return via.has_cookie ? KeyWithCookie(key, via, method) : KeyWithoutCookie(key, request, method);
}

}  // namespace

TransactionKey ServerTransactionKey(HashKey key, const Message& request) {
  const bool is_ack = request.method() == Method::kAck;
  return ServerKeyAs(key, request, is_ack ? MethodName(Method::kInvite) : request.method_text());
}

TransactionKey CancelledTransactionKey(HashKey key, const Message& cancel) {
  return ServerKeyAs(key, cancel, MethodName(Method::kInvite));
}

TransactionKey ClientTransactionKey(HashKey key, absl::string_view branch, absl::string_view method) {
  KeyHasher hasher(key, KeyKind::kClient);
  hasher.WithoutCase(branch);
  hasher.Exact(method);
  return KeyFrom(hasher);
}

TransactionKey ClientTransactionKey(HashKey key, const Message& response) {
  return ClientTransactionKey(key, response.top_via().branch, response.cseq().method_text);
}

TransactionKey MergedRequestKey(HashKey key, const Message& request) {
  KeyHasher hasher(key, KeyKind::kMerged);
  hasher.WithoutCase(request.from_tag());
  hasher.Exact(request.call_id());
  hasher.Number(request.cseq().number);
  hasher.Exact(request.method_text());
  hasher.Exact(request.request_uri().user);
  return KeyFrom(hasher);
}

}  // namespace understudy::sip
