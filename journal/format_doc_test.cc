// The worked example in docs/journal_format.md is what the code writes: byte for byte.
#include <cctype>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "journal/batch_builder.h"
#include "journal/batch_view.h"

namespace understudy::journal {
namespace {

EncodedBatch Example() {
  BatchBuilder builder;
  const uint64_t calls[] = {0x51};
  EntryRecord first;
  first.lsn = Lsn(1);
  first.engine_time = EngineTime::FromNanoseconds(1000000);
  first.wall_time = WallTime::FromNanoseconds(1700000000000000000);
  first.effects_hash = 0x1122334455667788;
  first.kind = 3;
  first.payload = "INVITE";
  first.calls = calls;
  builder.Add(first);
  EntryRecord second;
  second.lsn = Lsn(2);
  second.engine_time = EngineTime::FromNanoseconds(2000000);
  second.wall_time = WallTime::FromNanoseconds(1700000000001000000);
  second.effects_hash = 0x99;
  second.kind = 4;
  builder.Add(second);
  BatchHeader header;
  header.cluster_id = 7;
  header.store_id = 11;
  header.start_number = 1;
  header.epoch = Epoch(1);
  header.engine_time = EngineTime::FromNanoseconds(2000000);
  header.wall_time = WallTime::FromNanoseconds(1700000000001000000);
  header.boot_id = Hash128{0xb0, 0x07};
  header.boot_time_ns = 5000000000;
  header.feature_level = 1;
  return builder.Finish(header, GenesisChain(7));
}

// "0000  53 55 53 4a 42 ..." in lines of 16 bytes.
std::string HexDump(absl::string_view bytes) {
  std::string out;
  for (size_t at = 0; at < bytes.size(); at += 16) {
    absl::StrAppend(&out, absl::Hex(at, absl::kZeroPad4), " ");
    for (const char c : bytes.substr(at, 16)) {
      absl::StrAppend(&out, " ", absl::BytesToHexString(absl::string_view(&c, 1)));
    }
    out += "\n";
  }
  return out;
}

std::string ReadDocument() {
  std::ifstream file("docs/journal_format.md");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(JournalFormatDocument, ItsWorkedExampleIsWhatTheCodeWrites) {
  const EncodedBatch batch = Example();
  BatchView view;
  ASSERT_TRUE(view.Parse(batch.bytes(), GenesisChain(7)).ok());
  const std::string document = ReadDocument();
  ASSERT_FALSE(document.empty());
  EXPECT_NE(document.find(HexDump(batch.bytes())), std::string::npos) << "should be:\n" << HexDump(batch.bytes());
  EXPECT_NE(document.find(GenesisChain(7).ToHex()), std::string::npos) << GenesisChain(7).ToHex();
  EXPECT_NE(document.find(batch.chain().ToHex()), std::string::npos) << batch.chain().ToHex();
}

}  // namespace
}  // namespace understudy::journal
