#include "tools/witness/arbiter_register.h"

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "daemon/witness/register_json.h"

namespace understudy::tools {

using replication::RegisterAnswer;
using replication::RegisterOperation;
using replication::RegisterRequest;
using replication::RegisterVerdict;

namespace {

constexpr char kUnverifiable[] =
    "unverifiable: both slots of the arbiter's file are damaged; only the operator's force ends that";

ArbiterReply Reply(const RegisterRequest& request, RegisterAnswer answer) {
  std::string text = absl::StrCat(witness::AnswerJson(answer), "\n");
  return {request, std::move(answer), std::move(text), false};
}

}  // namespace

absl::StatusOr<std::unique_ptr<ArbiterRegister>> ArbiterRegister::Open(
    const std::string& path, std::shared_ptr<rocksdb::FileSystem> file_system) {
  absl::StatusOr<std::unique_ptr<RegisterFile>> file = RegisterFile::Open(path, std::move(file_system));
  if (!file.ok()) return file.status();
  return absl::WrapUnique(new ArbiterRegister(*std::move(file)));
}

absl::StatusOr<ArbiterReply> ArbiterRegister::Read() const {
  if (!failure_.ok()) return failure_;
  RegisterAnswer answer{RegisterVerdict::kDone, value(), ""};
  if (!answer.now) {
    answer.verdict = RegisterVerdict::kBlank;
    answer.why = unverifiable() ? kUnverifiable : "this witness knows nothing of any pair";
  }
  return Reply(RegisterRequest(), std::move(answer));
}

absl::StatusOr<ArbiterReply> ArbiterRegister::Ask(absl::string_view request) {
  if (!failure_.ok()) return failure_;
  const absl::StatusOr<RegisterRequest> asked = witness::ParseRequest(request);
  if (!asked.ok()) return asked.status();
  ArbiterReply reply = Reply(*asked, Decided(*asked));
  reply.changed = reply.answer.verdict == RegisterVerdict::kDone;
  if (reply.changed) failure_ = file_->Write(*reply.answer.now);
  if (!failure_.ok()) return failure_;
  return reply;
}

RegisterAnswer ArbiterRegister::Decided(const RegisterRequest& request) const {
  RegisterAnswer answer = Decide(value(), request);
  if (!unverifiable() || request.operation == RegisterOperation::kForce) return answer;
  const bool creates = request.operation == RegisterOperation::kCreate;
  return {creates ? RegisterVerdict::kRefused : answer.verdict, absl::nullopt, kUnverifiable};
}

std::string ArbiterRegister::StateText() const {
  if (value()) return ToText(*value());
  return unverifiable() ? kUnverifiable : "blank";
}

}  // namespace understudy::tools
