#include "tools/test_journal.h"

#include <cstdlib>
#include <filesystem>
#include <utility>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "engine/apply.h"
#include "engine/effect_hash.h"
#include "engine/snapshot.h"
#include "journal/rocksdb_log_store.h"
#include "journal/snapshot_store.h"
#include "rocksdb/file_system.h"
#include "sip/parse.h"
#include "tlib/attribute.h"
#include "tlib/message_type.h"

namespace understudy::tools {
namespace {

constexpr uint64_t kCluster = 7;
constexpr int64_t kBegin = 1795388400000000000;  // 2026-11-22T23:00:00Z
constexpr Duration kStep = Duration::Milliseconds(100);

constexpr char kAlice[] = "10.0.0.1:5060";
constexpr char kBob[] = "10.0.0.2:5060";
constexpr char kCarol[] = "10.0.0.3:5060";
constexpr char kGateway[] = "10.0.0.9:5080";
constexpr char kGateway2[] = "10.0.0.8:5080";
constexpr char kGateways[] = "gw.example.com";

std::string Sdp(absl::string_view direction) {
  if (direction.empty()) return "";
  return absl::StrCat("v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n",
                      "m=audio 4000 RTP/SAVP 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:CANARY\r\na=", direction,
                      "\r\n");
}

std::string WithBody(absl::string_view head, absl::string_view direction) {
  const std::string body = Sdp(direction);
  const absl::string_view type = body.empty() ? "" : "Content-Type: application/sdp\r\n";
  return absl::StrCat(head, type, "Content-Length: ", body.size(), "\r\n\r\n", body);
}

// The lines of `message` that begin so.
std::string Lines(absl::string_view message, absl::string_view name) {
  std::string lines;
  for (absl::string_view line : absl::StrSplit(message, "\r\n")) {
    if (line.empty()) break;
    if (absl::StartsWith(line, absl::StrCat(name, ":"))) absl::StrAppend(&lines, line, "\r\n");
  }
  return lines;
}

// RFC 3263: kGateway first, then kGateway2.
engine::LocateAnswer AnswerOfBoth() {
  engine::LocateAnswer answer;
  answer.ttl = 3600;
  uint16_t priority = 0;
  for (const char* server : {kGateway, kGateway2}) {
    const Endpoint at = *Endpoint::ParseHostPort(server, 5060);
    const std::string target = absl::StrCat("server-", ++priority, ".example.com");
    answer.srv.push_back({Transport::kUdp, absl::StrCat("_sip._udp.", kGateways), priority, 0, at.port(), target});
    answer.addresses.push_back({target, Endpoint(at.ip(), 0)});
  }
  return answer;
}

engine::Dn MakeDn(absl::string_view number, engine::DnType type, absl::string_view option, absl::string_view value) {
  engine::Dn dn;
  dn.number = std::string(number);
  dn.type = type;
  dn.options["TServer"][std::string(option)] = std::string(value);
  return dn;
}

}  // namespace

std::string TempDirectory(absl::string_view name) {
  const char* base = std::getenv("TEST_TMPDIR");
  const std::string path = absl::StrCat(base == nullptr ? "/tmp" : base, "/", name);
  std::filesystem::remove_all(path);
  std::filesystem::create_directories(path);
  return path;
}

TestJournal::TestJournal(std::string directory)
    : directory_(std::move(directory)), chain_(journal::GenesisChain(kCluster)) {
  journal::OpenJournalOptions options;
  options.directory = directory_;
  options.cluster_id = kCluster;
  options.new_store_id = 11;
  absl::StatusOr<journal::OpenedJournal> opened = journal::OpenJournal(options);
  US_CHECK(opened.ok());
  journal_ = *std::move(opened);
  US_CHECK(journal_.store != nullptr);
}

void TestJournal::Append(engine::Input input) {
  engine::Entry entry;
  entry.lsn = state_.lsn.Next();
  entry.epoch = Epoch(1);
  entry.engine_time = now_;
  entry.wall_time = WallTime::FromNanoseconds(kBegin + now_.nanoseconds());
  entry.input = std::move(input);
  engine::Apply(&state_, entry, &effects_);
  for (const engine::Effect& effect : effects_.list) {
    if (const auto* send = std::get_if<engine::SendSip>(&effect)) sent_.push_back(*send);
  }
  std::vector<uint64_t> calls;
  for (engine::CallId call : effects_.calls) calls.push_back(call.value());
  journal::EntryRecord record;
  record.lsn = entry.lsn;
  record.engine_time = entry.engine_time;
  record.wall_time = entry.wall_time;
  record.effects_hash = engine::HashEffects(effects_) + (effects_lie_ ? 1 : 0);
  record.kind = engine::InputKind(entry.input);
  record.payload = encoder_.Encode(entry.input);
  record.calls = calls;
  builder_.Add(record);
  effects_lie_ = false;
}

void TestJournal::NoteDigest() {
  digest_lsn_ = state_.lsn;
  digest_ = engine::DigestState(state_);
  if (digest_lie_) ++digest_.lo;
}

void TestJournal::Commit() {
  if (builder_.empty()) return;
  journal::BatchHeader header;
  header.cluster_id = kCluster;
  header.schema_version = schema_version_;
  header.store_id = journal_.mark->value().store_id;
  header.start_number = journal_.mark->value().start_number;
  header.epoch = Epoch(1);
  header.engine_time = now_;
  header.wall_time = state_.wall_time;
  header.digest_lsn = digest_lsn_;
  header.digest = digest_;
  digest_lsn_ = Lsn();
  const journal::EncodedBatch batch = builder_.Finish(header, chain_);
  chain_ = batch.chain();
  US_CHECK(journal_.store->Append({&batch, 1}, journal::AppendMode::kSynced).ok());
  journal::MarkValue mark = journal_.mark->value();
  mark.epoch = batch.epoch();
  mark.lsn = batch.last_lsn();
  mark.chain = batch.chain();
  US_CHECK(journal_.mark->Write(mark).ok());
}

void TestJournal::TakeSnapshot() {
  Commit();
  journal::SnapshotInfo info;
  info.cluster_id = kCluster;
  info.lsn = state_.lsn;
  info.epoch = state_.epoch;
  info.chain = chain_;
  info.engine_time = state_.engine_time;
  info.wall_time = state_.wall_time;
  auto files = rocksdb::FileSystem::Default();
  auto writer = journal::SnapshotWriter::Create(files, directory_, info);
  US_CHECK(writer.ok());
  std::string bytes;
  engine::SaveState(state_, &bytes);
  US_CHECK((*writer)->Append(bytes).ok());
  US_CHECK((*writer)->Finish(engine::DigestState(state_)).ok());
  US_CHECK(journal::SnapshotStore(files, directory_).Adopt(info.lsn).ok());
}

void TestJournal::DropBefore(Lsn lsn) {
  US_CHECK(journal_.store->DropBefore(lsn).ok());
}

void TestJournal::FlushToTables() {
  auto* store = dynamic_cast<journal::RocksDbLogStore*>(journal_.store.get());
  US_CHECK(store != nullptr);
  US_CHECK(store->Flush().ok());
}

void TestJournal::Close() {
  Commit();
  US_CHECK(journal_.store->Close().ok());
  journal_.store.reset();
  journal_.mark.reset();
}

void TestJournal::Wait(Duration span) {
  const EngineTime end = now_ + span;
  while (state_.NextDeadline() && *state_.NextDeadline() <= end) {
    now_ = *state_.NextDeadline();
    Append(engine::ClockAdvanced{});
  }
  now_ = end;
}

void TestJournal::Receive(absl::string_view remote, std::string text) {
  engine::SipReceived input;
  input.remote = *Endpoint::ParseHostPort(remote, 5060);
  input.bytes = text;
  sip::ParseError error;
  US_CHECK(sip::ParseMessage(input.bytes, &input.message, &error));
  Append(input);
  now_ = now_ + kStep;
}

std::string TestJournal::Sent(absl::string_view remote, absl::string_view start) const {
  for (auto send = sent_.rbegin(); send != sent_.rend(); ++send) {
    const absl::string_view bytes = send->bytes.view();
    if (send->remote.ToText() == remote && absl::StartsWith(bytes, start)) return std::string(bytes);
  }
  US_CHECK(false);
  return "";
}

void TestJournal::Configure() {
  Append(engine::EpochStart{HashKey{1, 2}, false});
  engine::ConfigurationChange change;
  change.switch_name = "Main";
  change.options.emplace();
  (*change.options)["TServer"]["sip-address"] = "10.0.0.10";
  (*change.options)["TServer"]["sip-port"] = "5060";
  change.upserts = {MakeDn("1001", engine::DnType::kExtension, "contact", absl::StrCat("sip:1001@", kAlice)),
                    MakeDn("1002", engine::DnType::kExtension, "contact", absl::StrCat("sip:1002@", kBob)),
                    MakeDn("1003", engine::DnType::kExtension, "contact", "*")};
  Append(engine::ConfigurationChanged{change});
}

void TestJournal::LimitDatagrams() {
  engine::ConfigurationChange change;
  change.options.emplace();
  (*change.options)["TServer"]["sip-address"] = "10.0.0.10";
  (*change.options)["TServer"]["sip-udp-max-size"] = "300";
  Append(engine::ConfigurationChanged{change});
}

void TestJournal::Register(absl::string_view extra_headers) {
  RegisterContact(kCarol, "carol-r", extra_headers);
}

void TestJournal::RegisterAt(absl::string_view remote) {
  RegisterContact(remote, remote, "");
}

void TestJournal::RegisterContact(absl::string_view remote, absl::string_view sip_call_id,
                                  absl::string_view extra_headers) {
  Receive(remote,
          WithBody(absl::StrCat("REGISTER sip:10.0.0.10 SIP/2.0\r\nVia: SIP/2.0/UDP ", remote,
                                ";branch=z9hG4bKr1\r\nMax-Forwards: 70\r\nFrom: <sip:1003@10.0.0.10>;tag=c1\r\n",
                                "To: <sip:1003@10.0.0.10>\r\nCall-ID: ", sip_call_id, "\r\nCSeq: 1 REGISTER\r\n",
                                "Contact: <sip:1003@", remote, ">;expires=600\r\n", extra_headers),
                   ""));
}

void TestJournal::Subscribe() {
  Receive(kCarol,
          absl::StrCat("SUBSCRIBE sip:1001@10.0.0.10 SIP/2.0\r\nVia: SIP/2.0/UDP ", kCarol,
                       ";branch=z9hG4bKs1\r\nMax-Forwards: 70\r\nFrom: <sip:1003@10.0.0.10>;tag=s1\r\n",
                       "To: <sip:1001@10.0.0.10>\r\nCall-ID: carol-s\r\nCSeq: 1 SUBSCRIBE\r\n", "Contact: <sip:1003@",
                       kCarol, ">\r\nEvent: dialog\r\nExpires: 300\r\n", "Content-Length: 0\r\n\r\n"));
}

void TestJournal::AddTrunk() {
  engine::ConfigurationChange change;
  change.upserts = {MakeDn("gw", engine::DnType::kTrunk, "contact", kGateway)};
  change.upserts[0].options["TServer"]["prefix"] = "9";
  change.upserts[0].options["TServer"]["sip-error-codes-overflow"] = "408,503";
  Append(engine::ConfigurationChanged{change});
}

void TestJournal::AddSecondTrunk() {
  engine::ConfigurationChange change;
  change.upserts = {MakeDn("gw2", engine::DnType::kTrunk, "contact", kGateway2)};
  change.upserts[0].options["TServer"]["prefix"] = "9";
  change.upserts[0].options["TServer"]["priority"] = "2";
  Append(engine::ConfigurationChanged{change});
}

void TestJournal::AddTrunkOfTwoServers() {
  engine::ConfigurationChange change;
  change.upserts = {MakeDn("gw", engine::DnType::kTrunk, "contact", absl::StrCat("sip:", kGateways, ";transport=udp"))};
  change.upserts[0].options["TServer"]["prefix"] = "9";
  change.options.emplace();
  (*change.options)["TServer"]["sip-address"] = "10.0.0.10";
  (*change.options)["TServer"]["sip-enable-rfc3263"] = "true";
  Append(engine::ConfigurationChanged{change});
  engine::NamesResolved resolved;
  for (const engine::Effect& effect : effects_.list) {
    if (const auto* locate = std::get_if<engine::Locate>(&effect)) resolved.name = locate->name;
  }
  resolved.answer = AnswerOfBoth();
  Append(resolved);
}

void TestJournal::Invite(absl::string_view remote, absl::string_view from, absl::string_view to) {
  InviteUri(remote, from, absl::StrCat("sip:", to, "@10.0.0.10"));
}

void TestJournal::InviteUri(absl::string_view remote, absl::string_view from, absl::string_view uri) {
  ++calls_;
  Receive(remote, WithBody(absl::StrCat("INVITE ", uri, " SIP/2.0\r\nVia: SIP/2.0/UDP ", remote, ";branch=z9hG4bKi",
                                        calls_, "\r\nMax-Forwards: 70\r\nFrom: \"Alice\" <sip:", from,
                                        "@10.0.0.10>;tag=a", calls_, "\r\nTo: <", uri, ">\r\nCall-ID: alice-", calls_,
                                        "\r\nCSeq: 1 INVITE\r\n", "Contact: <sip:", from, "@", remote, ">\r\n"),
                           "sendrecv"));
}

void TestJournal::Ask(tlib::Message request) {
  request.Set(tlib::Attribute::kReferenceID, static_cast<int64_t>(++requests_));
  Append(engine::ClientRequested{engine::LinkId(9), {requests_, std::move(request)}});
  now_ = now_ + kStep;
}

void TestJournal::AttachClient() {
  Append(engine::FeatureLevelRaised{1});
  Append(engine::ClientAttached{engine::LinkId(9), {}, "desk", "10.0.0.50:40000"});
  for (const char* dn : {"1001", "1002"}) {
    Ask(tlib::Message(tlib::MessageType::kRequestRegisterAddress).Set(tlib::Attribute::kThisDN, dn));
  }
}

void TestJournal::Forward() {
  tlib::Message request(tlib::MessageType::kRequestCallForwardSet);
  Ask(request.Set(tlib::Attribute::kThisDN, "1002").Set(tlib::Attribute::kOtherDN, "1003"));
}

void TestJournal::TellToCall() {
  engine::ConfigurationChange change;
  change.upserts = {MakeDn("1001", engine::DnType::kExtension, "contact", absl::StrCat("sip:1001@", kAlice))};
  change.upserts[0].options["TServer"]["refer-enabled"] = "true";
  Append(engine::ConfigurationChanged{change});
  tlib::Message request(tlib::MessageType::kRequestMakeCall);
  Ask(request.Set(tlib::Attribute::kThisDN, "1001").Set(tlib::Attribute::kOtherDN, "1002"));
  Respond(kAlice, Sent(kAlice, "REFER"), "202 Accepted", "");
}

void TestJournal::CallAsTold() {
  const std::string refer_to = Lines(Sent(kAlice, "REFER"), "Refer-To");
  const size_t begin = refer_to.find('<') + 1;
  InviteUri(kAlice, "1001", refer_to.substr(begin, refer_to.find('>') - begin));
}

void TestJournal::InviteOnly() {
  Invite(kAlice, "1001", "1002");
}

void TestJournal::InviteTrunk() {
  Invite(kAlice, "1001", "9555");
}

void TestJournal::InviteRegistered() {
  Invite(kAlice, "1001", "1003");
}

void TestJournal::InviteFromTrunk() {
  Invite(kGateway, "+4930", "1002");
}

void TestJournal::Respond(absl::string_view remote, const std::string& request, absl::string_view status,
                          absl::string_view direction) {
  std::string to = Lines(request, "To");
  if (!absl::StrContains(to, ";tag=")) to = absl::StrReplaceAll(to, {{"\r\n", absl::StrCat(";tag=b", calls_, "\r\n")}});
  Receive(remote,
          WithBody(absl::StrCat("SIP/2.0 ", status, "\r\n", Lines(request, "Via"), Lines(request, "From"), to,
                                Lines(request, "Call-ID"), Lines(request, "CSeq"), "Contact: <sip:x@", remote, ">\r\n"),
                   direction));
}

// Inside alice's dialog, whose tags are in `answer`.
void TestJournal::Request(absl::string_view remote, absl::string_view method, const std::string& answer, int cseq,
                          absl::string_view direction) {
  Receive(remote, WithBody(absl::StrCat(method, " sip:10.0.0.10:5060 SIP/2.0\r\nVia: SIP/2.0/UDP ", remote,
                                        ";branch=z9hG4bK", method, calls_, "-", cseq, "\r\nMax-Forwards: 70\r\n",
                                        Lines(answer, "From"), Lines(answer, "To"), Lines(answer, "Call-ID"),
                                        "CSeq: ", cseq, " ", method, "\r\nContact: <sip:1001@", kAlice, ">\r\n"),
                           direction));
}

void TestJournal::Answer(absl::string_view remote, absl::string_view status) {
  Respond(remote, Sent(remote, "INVITE"), status, absl::StartsWith(status, "2") ? "sendrecv" : "");
}

void TestJournal::FailToReach(absl::string_view remote) {
  for (auto send = sent_.rbegin(); send != sent_.rend(); ++send) {
    if (send->remote.ToText() == remote) return Append(engine::SendFailed{send->transaction});
  }
  US_CHECK(false);
}

void TestJournal::RingOnly() {
  InviteOnly();
  Respond(kBob, Sent(kBob, "INVITE"), "180 Ringing", "");
}

void TestJournal::Call() {
  RingOnly();
  Respond(kBob, Sent(kBob, "INVITE"), "200 OK", "sendrecv");
  const std::string answer = Sent(kAlice, "SIP/2.0 200");
  Request(kAlice, "ACK", answer, 1, "");
  int cseq = 1;
  for (const absl::string_view direction : {"sendonly", "sendrecv"}) {
    Request(kAlice, "INVITE", answer, ++cseq, direction);
    Respond(kBob, Sent(kBob, "INVITE"), "200 OK", direction == "sendonly" ? "recvonly" : "sendrecv");
    Request(kAlice, "ACK", answer, cseq, "");
  }
  Request(kAlice, "BYE", answer, ++cseq, "");
  Respond(kBob, Sent(kBob, "BYE"), "200 OK", "");
}

}  // namespace understudy::tools
