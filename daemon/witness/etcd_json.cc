#include "daemon/witness/etcd_json.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "boost/json.hpp"

namespace understudy::witness {

namespace json = boost::json;

namespace {

constexpr int kMaxDepth = 8;
constexpr size_t kMaxTokenBytes = 4096;
constexpr size_t kShownBytes = 200;

json::string Text(absl::string_view text) {
  return json::string(text.data(), text.size());
}
json::string Base64(absl::string_view bytes) {
  return Text(absl::Base64Escape(bytes));
}

absl::Status NotEtcd(absl::string_view what) {
  return absl::UnavailableError(absl::StrCat("this is not how etcd answers: ", what));
}

absl::StatusOr<json::object> ParseObject(absl::string_view body) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  json::error_code error;
  json::value value = json::parse(json::string_view(body.data(), body.size()), error, {}, options);
  if (error) return NotEtcd(error.message());
  if (!value.is_object()) return NotEtcd("no JSON object");
  return std::move(value.as_object());
}

absl::string_view StringIn(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? absl::string_view() : absl::string_view(text->data(), text->size());
}

// Of a range's answer: the one value, nothing when there is none.
absl::StatusOr<absl::optional<EtcdValue>> ValueIn(const json::object& range) {
  const json::value* kvs = range.if_contains("kvs");
  if (kvs == nullptr) return absl::optional<EtcdValue>();
  const json::array* array = kvs->if_array();
  if (array == nullptr || array->size() > 1) return NotEtcd("kvs is not an array of one value");
  if (array->empty()) return absl::optional<EtcdValue>();
  const json::object* kv = array->front().if_object();
  if (kv == nullptr) return NotEtcd("kvs holds what is not an object");
  EtcdValue value;
  if (!absl::Base64Unescape(StringIn(*kv, "value"), &value.value)) return NotEtcd("a value is not base64");
  if (!absl::SimpleAtoi(StringIn(*kv, "mod_revision"), &value.mod_revision) || value.mod_revision == 0) {
    return NotEtcd("a mod_revision is not a positive number");
  }
  return absl::optional<EtcdValue>(std::move(value));
}

}  // namespace

std::string EtcdAuthenticateJson(absl::string_view user, absl::string_view password) {
  return json::serialize(json::object{{"name", Text(user)}, {"password", Text(password)}});
}

absl::StatusOr<std::string> ParseEtcdToken(absl::string_view body) {
  const absl::StatusOr<json::object> object = ParseObject(body);
  if (!object.ok()) return object.status();
  const absl::string_view token = StringIn(*object, "token");
  bool good = !token.empty() && token.size() <= kMaxTokenBytes;
  for (const char c : token) good = good && c > ' ' && c < 0x7f;
  if (!good) return NotEtcd("no token that can be sent back");
  return std::string(token);
}

std::string EtcdRangeJson(absl::string_view key) {
  return json::serialize(json::object{{"key", Base64(key)}});
}

absl::StatusOr<absl::optional<EtcdValue>> ParseEtcdRange(absl::string_view body) {
  const absl::StatusOr<json::object> object = ParseObject(body);
  if (!object.ok()) return object.status();
  if (!object->contains("header")) return NotEtcd("no header");
  return ValueIn(*object);
}

std::string EtcdTxnJson(absl::string_view key, uint64_t mod_revision, absl::string_view value) {
  json::object compare{{"key", Base64(key)}, {"result", "EQUAL"}};
  if (mod_revision == 0) {
    compare["target"] = "VERSION";
    compare["version"] = "0";
  } else {
    compare["target"] = "MOD";
    compare["mod_revision"] = Text(absl::StrCat(mod_revision));
  }
  json::object put{{"request_put", json::object{{"key", Base64(key)}, {"value", Base64(value)}}}};
  json::object range{{"request_range", json::object{{"key", Base64(key)}}}};
  json::array compares;
  compares.push_back(std::move(compare));
  json::array success;
  success.push_back(std::move(put));
  json::array failure;
  failure.push_back(std::move(range));
  return json::serialize(
      json::object{{"compare", std::move(compares)}, {"success", std::move(success)}, {"failure", std::move(failure)}});
}

absl::StatusOr<EtcdTxnResult> ParseEtcdTxn(absl::string_view body) {
  const absl::StatusOr<json::object> object = ParseObject(body);
  if (!object.ok()) return object.status();
  if (!object->contains("header")) return NotEtcd("no header");
  EtcdTxnResult result;
  const json::value* succeeded = object->if_contains("succeeded");
  result.succeeded = succeeded != nullptr && succeeded->is_bool() && succeeded->get_bool();
  if (result.succeeded) return result;
  const json::value* responses = object->if_contains("responses");
  const json::array* array = responses == nullptr ? nullptr : responses->if_array();
  const json::object* first = array == nullptr || array->size() != 1 ? nullptr : array->front().if_object();
  const json::value* range = first == nullptr ? nullptr : first->if_contains("response_range");
  if (range == nullptr || !range->is_object()) return NotEtcd("no response_range after a compare that failed");
  absl::StatusOr<absl::optional<EtcdValue>> present = ValueIn(range->get_object());
  if (!present.ok()) return present.status();
  result.present = *std::move(present);
  return result;
}

std::string EtcdErrorText(absl::string_view body) {
  const absl::StatusOr<json::object> object = ParseObject(body);
  const absl::string_view message = object.ok() ? StringIn(*object, "message") : absl::string_view();
  const absl::string_view error = object.ok() ? StringIn(*object, "error") : absl::string_view();
  const absl::string_view shown = !message.empty() ? message : !error.empty() ? error : body;
  return absl::CHexEscape(shown.substr(0, kShownBytes));
}

}  // namespace understudy::witness
