#include "daemon/witness/register_json.h"

#include <cstdint>
#include <initializer_list>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "boost/json.hpp"

namespace understudy::witness {

namespace json = boost::json;
using replication::CommitMode;
using replication::Incarnation;
using replication::Register;
using replication::RegisterAnswer;
using replication::RegisterOperation;
using replication::RegisterRequest;
using replication::RegisterVerdict;

namespace {

constexpr int kMaxDepth = 6;
constexpr size_t kShownBytes = 40;
constexpr int kVerdicts = 5;

json::string Text(absl::string_view text) {
  return json::string(text.data(), text.size());
}
json::string Number(uint64_t value) {
  return Text(absl::StrCat(value));
}

json::value ToJson(const Incarnation& node) {
  if (node.empty()) return nullptr;
  return json::object{{"store", Number(node.store_id)}, {"start", Number(node.start_number)}};
}

json::object ToJson(const Register& value) {
  json::array members;
  for (const Incarnation& member : value.in_sync) members.push_back(ToJson(member));
  return {{"cluster", Number(value.cluster_id)},
          {"version", Number(value.version)},
          {"epoch", Number(value.epoch.value())},
          {"primary", ToJson(value.primary)},
          {"in-sync", std::move(members)},
          {"mode", Text(ModeName(value.mode))},
          {"forced", value.forced}};
}

std::string Serialized(const json::object& object) {
  return json::serialize(object);
}

// Reads one object. The first thing that is wrong stays in `error`; what is read afterwards means nothing.
class Reader {
 public:
  Reader(const json::object& object, std::string path, absl::Status* error)
      : object_(object), path_(std::move(path)), error_(error) {}

  void Allow(std::initializer_list<absl::string_view> names) {
    for (const auto& member : object_) {
      const absl::string_view name(member.key().data(), member.key().size());
      bool known = false;
      for (const absl::string_view allowed : names) known = known || allowed == name;
      if (!known) Fail(Shown(name), "is not known here");
    }
  }

  const json::value* Find(absl::string_view name) {
    const json::value* value = object_.if_contains(json::string_view(name.data(), name.size()));
    if (value == nullptr) Fail(name, "is missing");
    return value;
  }

  absl::string_view String(absl::string_view name) {
    const json::value* value = Find(name);
    if (value == nullptr) return {};
    const json::string* text = value->if_string();
    if (text == nullptr) {
      Fail(name, "is not a string");
      return {};
    }
    return {text->data(), text->size()};
  }

  // Digits only: no sign, no blanks, no leading zero.
  uint64_t Number(absl::string_view name, uint64_t least = 0) {
    const absl::string_view text = String(name);
    uint64_t number = 0;
    const bool plain = !text.empty() && text.size() <= 20 && text.find_first_not_of("0123456789") == text.npos &&
                       (text.size() == 1 || text[0] != '0');
    if (!plain || !absl::SimpleAtoi(text, &number) || number < least) {
      Fail(name, absl::StrCat("is \"", Shown(text), "\" and not a string with a number from ", least,
                              " to 18446744073709551615"));
    }
    return number;
  }

  bool Bool(absl::string_view name) {
    const json::value* value = Find(name);
    if (value == nullptr) return false;
    if (!value->is_bool()) Fail(name, "is not true or false");
    return value->is_bool() && value->get_bool();
  }

  // The value whose name, by `name_of`, is what the member says.
  template <class Enum, class NameOf>
  Enum OneOf(absl::string_view name, int count, NameOf name_of) {
    const absl::string_view text = String(name);
    std::string allowed;
    for (int i = 0; i < count; ++i) {
      const Enum value = static_cast<Enum>(i);
      if (name_of(value) == text) return value;
      absl::StrAppend(&allowed, i == 0 ? "" : ", ", name_of(value));
    }
    Fail(name, absl::StrCat("is \"", Shown(text), "\" and not one of ", allowed));
    return static_cast<Enum>(0);
  }

  CommitMode Mode() { return OneOf<CommitMode>("mode", 2, replication::ModeName); }

  Incarnation Node(absl::string_view name) {
    const json::value* value = Find(name);
    return value == nullptr ? Incarnation() : NodeOf(*value, name);
  }

  Incarnation NodeOrNull(absl::string_view name) {
    const json::value* value = Find(name);
    return value == nullptr || value->is_null() ? Incarnation() : NodeOf(*value, name);
  }

  std::vector<Incarnation> Members() {
    const json::value* value = Find("in-sync");
    if (value == nullptr) return {};
    const json::array* array = value->if_array();
    if (array == nullptr || array->empty() || array->size() > 2) {
      Fail("in-sync", "is not an array of one or two incarnations");
      return {};
    }
    std::vector<Incarnation> members;
    for (size_t i = 0; i < array->size(); ++i) members.push_back(NodeOf((*array)[i], absl::StrCat("in-sync[", i, "]")));
    return members;
  }

  // The object under `name`, or nothing when it is null or wrong.
  const json::object* ObjectOrNull(absl::string_view name) {
    const json::value* value = Find(name);
    if (value == nullptr || value->is_null()) return nullptr;
    if (!value->is_object()) Fail(name, "is neither an object nor null");
    return value->if_object();
  }

  std::string PathOf(absl::string_view name) const {
    return path_.empty() ? std::string(name) : absl::StrCat(path_, ".", name);
  }

  void Fail(absl::string_view name, absl::string_view what) {
    if (error_->ok()) *error_ = absl::InvalidArgumentError(absl::StrCat(PathOf(name), " ", what));
  }

 private:
  static std::string Shown(absl::string_view text) {
    return absl::StrCat(absl::CHexEscape(text.substr(0, kShownBytes)), text.size() > kShownBytes ? "..." : "");
  }

  Incarnation NodeOf(const json::value& value, absl::string_view name) {
    const json::object* object = value.if_object();
    if (object == nullptr) {
      Fail(name, "is not an object with store and start");
      return {};
    }
    Reader reader(*object, PathOf(name), error_);
    reader.Allow({"store", "start"});
    Incarnation node;
    node.store_id = reader.Number("store", 1);
    node.start_number = reader.Number("start");
    return node;
  }

  const json::object& object_;
  const std::string path_;
  absl::Status* const error_;
};

Register ReadRegister(Reader reader) {
  reader.Allow({"cluster", "version", "epoch", "primary", "in-sync", "mode", "forced"});
  Register value;
  value.cluster_id = reader.Number("cluster");
  value.version = reader.Number("version", 1);
  value.epoch = Epoch(reader.Number("epoch", 1));
  value.primary = reader.Node("primary");
  value.in_sync = reader.Members();
  value.mode = reader.Mode();
  value.forced = reader.Bool("forced");
  if (!value.in_sync.empty() && value.in_sync.front() != value.primary) {
    reader.Fail("in-sync", "does not begin with the primary");
  }
  return value;
}

RegisterRequest ReadRequest(Reader reader) {
  reader.Allow({"operation", "cluster", "version", "asker", "peer", "epoch", "mode"});
  RegisterRequest request;
  request.operation =
      reader.OneOf<RegisterOperation>("operation", replication::kRegisterOperations, replication::OperationName);
  request.cluster_id = reader.Number("cluster");
  request.version = reader.Number("version");
  request.asker = reader.Node("asker");
  request.peer = reader.NodeOrNull("peer");
  request.epoch = Epoch(reader.Number("epoch"));
  request.mode = reader.Mode();
  return request;
}

RegisterAnswer ReadAnswer(Reader reader, absl::Status* error) {
  reader.Allow({"verdict", "register", "why", "text"});
  RegisterAnswer answer;
  answer.verdict = reader.OneOf<RegisterVerdict>("verdict", kVerdicts, replication::VerdictName);
  answer.why = std::string(reader.String("why"));
  reader.String("text");
  if (const json::object* now = reader.ObjectOrNull("register"); now != nullptr) {
    answer.now = ReadRegister(Reader(*now, "register", error));
  }
  if (answer.verdict == RegisterVerdict::kDone && !answer.now) reader.Fail("register", "is null with the verdict done");
  return answer;
}

absl::StatusOr<json::object> ParseObject(absl::string_view text) {
  if (text.size() > kMaxJsonBytes) {
    return absl::InvalidArgumentError(absl::StrCat("the text has ", text.size(), " bytes, at most ", kMaxJsonBytes));
  }
  json::parse_options options;
  options.max_depth = kMaxDepth;
  json::error_code error;
  json::value value = json::parse(json::string_view(text.data(), text.size()), error, {}, options);
  if (error) return absl::InvalidArgumentError(absl::StrCat("not JSON: ", error.message()));
  if (!value.is_object()) return absl::InvalidArgumentError("the text is not a JSON object");
  return std::move(value.as_object());
}

}  // namespace

std::string RegisterJson(const Register& value) {
  return Serialized(ToJson(value));
}

std::string RequestJson(const RegisterRequest& request) {
  return Serialized({{"operation", Text(OperationName(request.operation))},
                     {"cluster", Number(request.cluster_id)},
                     {"version", Number(request.version)},
                     {"asker", ToJson(request.asker)},
                     {"peer", ToJson(request.peer)},
                     {"epoch", Number(request.epoch.value())},
                     {"mode", Text(ModeName(request.mode))}});
}

std::string AnswerJson(const RegisterAnswer& answer) {
  json::value now = nullptr;
  if (answer.now) now = ToJson(*answer.now);
  return Serialized({{"verdict", Text(VerdictName(answer.verdict))},
                     {"register", std::move(now)},
                     {"why", Text(answer.why)},
                     {"text", Text(answer.now ? ToText(*answer.now) : "blank")}});
}

absl::StatusOr<Register> ParseRegister(absl::string_view text) {
  const absl::StatusOr<json::object> object = ParseObject(text);
  if (!object.ok()) return object.status();
  absl::Status error;
  const Register value = ReadRegister(Reader(*object, "", &error));
  if (!error.ok()) return error;
  return value;
}

absl::StatusOr<RegisterRequest> ParseRequest(absl::string_view text) {
  const absl::StatusOr<json::object> object = ParseObject(text);
  if (!object.ok()) return object.status();
  absl::Status error;
  const RegisterRequest request = ReadRequest(Reader(*object, "", &error));
  if (!error.ok()) return error;
  return request;
}

absl::StatusOr<RegisterAnswer> ParseAnswer(absl::string_view text) {
  const absl::StatusOr<json::object> object = ParseObject(text);
  if (!object.ok()) return object.status();
  absl::Status error;
  const RegisterAnswer answer = ReadAnswer(Reader(*object, "", &error), &error);
  if (!error.ok()) return error;
  return answer;
}

}  // namespace understudy::witness
