// Counts what the global operator new hands out while a message is parsed and written.
#include <cstddef>
#include <cstdlib>
#include <new>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sip/header_values.h"
#include "sip/parse.h"
#include "sip/writer.h"

namespace {
size_t allocations = 0;
}  // namespace

void* operator new(size_t size) {
  ++allocations;
  void* block = std::malloc(size);
  if (block == nullptr) std::abort();
  return block;
}
void operator delete(void* block) noexcept {
  std::free(block);
}
void operator delete(void* block, size_t) noexcept {
  std::free(block);
}

namespace understudy::sip {
namespace {

std::string InviteWith(int more_headers) {
  std::string out =
      "INVITE sip:1002@192.0.2.10 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.20:5062;rport;branch=z9hG4bKPj3f9c\r\n"
      "From: \"Alice\" <sip:1001@192.0.2.10>;tag=b7c0f9d2\r\nTo: <sip:1002@192.0.2.10>\r\n"
      "Call-ID: 8f14e45f-ceea-467a\r\nCSeq: 21043 INVITE\r\nContact: <sip:1001@192.0.2.20:5062>, <sip:x@y>\r\n";
  for (int i = 0; i < more_headers; ++i) absl::StrAppend(&out, "X-", i, ": a value of some length to speak of\r\n");
  absl::StrAppend(&out, "Content-Length: 0\r\n\r\n");
  return out;
}

TEST(AllocationTest, ATypicalMessageIsParsedAndReadWithoutAny) {
  const std::string invite = InviteWith(17);
  Message message;
  ParseError error;
  const size_t before = allocations;
  const bool accepted = ParseMessage(invite, &message, &error);
  size_t contacts = 0;
  for (absl::string_view value : HeaderValues(message, HeaderName::kContact)) {
    NameAddr contact;
    Uri uri;
    contacts += ParseContact(value, &contact) && ParseUri(contact.uri, &uri);
  }
  const size_t after = allocations;
  EXPECT_TRUE(accepted);
  EXPECT_EQ(message.headers().size(), 24u);
  EXPECT_EQ(contacts, 2u);
  EXPECT_EQ(after - before, 0u);
}

TEST(AllocationTest, ALongMessageNeedsAFewOnce) {
  const std::string invite = InviteWith(100);
  Message message;
  ParseError error;
  const size_t before = allocations;
  const bool accepted = ParseMessage(invite, &message, &error);
  EXPECT_TRUE(accepted);
  EXPECT_LE(allocations - before, 4u);
}

TEST(AllocationTest, WritingIntoAUsedStringNeedsNone) {
  const std::string invite = InviteWith(5);
  Message message;
  ParseError error;
  ASSERT_TRUE(ParseMessage(invite, &message, &error));
  std::string out;
  out.reserve(2048);
  const size_t before = allocations;
  MessageWriter writer(&out);
  writer.StatusLine(200);
  writer.Header(HeaderName::kVia, message.top_via().text, ";received=", "192.0.2.20", ";rport=", 5062);
  writer.Header(HeaderName::kCSeq, message.cseq().number, " ", message.cseq().method_text);
  for (const HeaderField& field : message.headers()) writer.Header(field.name, field.value);
  writer.Body("text/plain", "hello");
  const size_t after = allocations;
  EXPECT_EQ(after - before, 0u);
}

}  // namespace
}  // namespace understudy::sip
