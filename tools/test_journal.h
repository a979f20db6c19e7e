// A journal for tests, written as the server writes one: inputs go through the engine, entries into batches, batches
// into a log with its durable mark. Everything about it is the same in every run.
//
//   TestJournal journal(TempDirectory("dump"));
//   journal.Configure();
//   journal.Call();                 // 1001 calls 1002, who answers, holds and hangs up
//   journal.Commit();
#ifndef UNDERSTUDY_TOOLS_TEST_JOURNAL_H_
#define UNDERSTUDY_TOOLS_TEST_JOURNAL_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/ids.h"
#include "base/siphash.h"
#include "base/time.h"
#include "engine/effect.h"
#include "engine/input.h"
#include "engine/input_codec.h"
#include "engine/state.h"
#include "journal/batch.h"
#include "journal/batch_builder.h"
#include "journal/recovery.h"
#include "tlib/message.h"

namespace understudy::tools {

// An empty directory of that name for the running test.
std::string TempDirectory(absl::string_view name);

class TestJournal {
 public:
  explicit TestJournal(std::string directory);

  const std::string& directory() const { return directory_; }
  const engine::State& state() const { return state_; }

  // Verbs; each appends entries to the batch at hand. Time passes only by Wait and between the steps of a call.
  void Configure();             // a reign begins; 1001 and 1002 at their phones' addresses, 1003 registers
  void AddTrunk();              // gw at an address of its own, for numbers that begin with 9
  void AddSecondTrunk();        // gw2, likewise at 10.0.0.8:5080: calls that gw does not take
  void AddTrunkOfTwoServers();  // gw under a name, which leads to the addresses of both
  void LimitDatagrams();        // to 300 octets: nearly every request is tried by TCP first
  void Register(absl::string_view extra_headers = {});  // 1003
  void RegisterAt(absl::string_view remote);            // likewise, a further phone
  void Subscribe();                                     // 1003 wants to hear of the calls of 1001
  void Call();              // whole: answered, held, retrieved, released. 12 messages in, 1.2 s
  void RingOnly();          // 1001 calls 1002, which rings for ever
  void InviteOnly();        // 1001 calls 1002, which does not hear it
  void InviteTrunk();       // 1001 calls 9555, which gw does not hear
  void InviteRegistered();  // 1001 calls 1003
  void Answer(absl::string_view remote, absl::string_view status);  // to the last INVITE that was sent there
  void FailToReach(absl::string_view remote);                       // what was sent there last
  void InviteFromTrunk();                                           // gw's +4930 calls 1002, which does not hear it
  void AttachClient();  // "desk" at link 9, session 1, which registers for 1001 and 1002
  void Forward();       // desk has the calls of 1002 forwarded to 1003
  void TellToCall();    // 1001 has refer-enabled; desk makes it call 1002: REFER, and 202
  void CallAsTold();    // and its INVITE; 1002 does not hear it
  void Wait(Duration span);
  void Append(engine::Input input);

  // Ends the batch, makes it durable.
  void Commit();
  // The next batch claims this about the entry before the next.
  void LieAboutDigest() { digest_lie_ = true; }
  void LieAboutEffects() { effects_lie_ = true; }
  // All batches from here on.
  void WriteWithSchema(uint32_t version) { schema_version_ = version; }
  // A batch after the next Commit carries the state's digest.
  void NoteDigest();
  void TakeSnapshot();
  // What retention does.
  void DropBefore(Lsn lsn);
  // What was committed goes from RocksDB's log into its table files.
  void FlushToTables();
  // Lets go of the files.
  void Close();

 private:
  void Receive(absl::string_view remote, std::string text);
  void Invite(absl::string_view remote, absl::string_view from, absl::string_view to);
  void InviteUri(absl::string_view remote, absl::string_view from, absl::string_view uri);
  void RegisterContact(absl::string_view remote, absl::string_view sip_call_id, absl::string_view extra_headers);
  void Ask(tlib::Message request);
  // The last message that was sent to `remote` and begins so.
  std::string Sent(absl::string_view remote, absl::string_view start) const;
  void Respond(absl::string_view remote, const std::string& request, absl::string_view status,
               absl::string_view direction);
  void Request(absl::string_view remote, absl::string_view method, const std::string& answer, int cseq,
               absl::string_view direction);

  const std::string directory_;
  journal::OpenedJournal journal_;
  engine::State state_;
  engine::Effects effects_;
  engine::InputEncoder encoder_;
  journal::BatchBuilder builder_;
  Hash128 chain_;
  EngineTime now_;
  Lsn digest_lsn_;
  Hash128 digest_;
  bool digest_lie_ = false;
  bool effects_lie_ = false;
  uint32_t schema_version_ = journal::kSchemaVersion;
  int calls_ = 0;
  uint64_t requests_ = 0;
  std::vector<engine::SendSip> sent_;
};

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_TEST_JOURNAL_H_
