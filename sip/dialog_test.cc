#include "sip/dialog.h"

#include <string>
#include <type_traits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "sip/dialog_key.h"
#include "sip/parse.h"

namespace understudy::sip {
namespace {

constexpr HashKey kKey{1, 2};

// A message of the dialog that alice (tag a1) and bob (tag b1) have, with `extra` header lines.
std::string Octets(absl::string_view start_line, absl::string_view cseq, absl::string_view to_tag,
                   absl::string_view extra) {
  return absl::StrCat(start_line, "\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n",
                      "From: Alice <sip:alice@example.com>;tag=a1\r\nTo: <sip:bob@example.com>", to_tag,
                      "\r\nCall-ID: c1@192.0.2.1\r\nCSeq: ", cseq, "\r\n", extra, "Content-Length: 0\r\n\r\n");
}

// A parsed message together with its octets.
struct Parsed {
  explicit Parsed(std::string bytes) : octets(std::move(bytes)) {
    ParseError error;
    EXPECT_TRUE(ParseMessage(octets, &message, &error)) << error.text << "\n" << octets;
  }
  std::string octets;
  Message message;
};

Parsed Invite(absl::string_view extra, absl::string_view uri = "sip:bob@192.0.2.9") {
  return Parsed(Octets(absl::StrCat("INVITE ", uri, " SIP/2.0"), "7 INVITE", "", extra));
}

Parsed Response(absl::string_view status, absl::string_view extra, absl::string_view to_tag = ";tag=b1") {
  return Parsed(Octets(absl::StrCat("SIP/2.0 ", status), "7 INVITE", to_tag, extra));
}

Dialog UacDialog() {
  return BeginUacDialog(
      {"c1@192.0.2.1", "a1", "sip:alice@example.com", "sip:bob@example.com", "sip:bob@192.0.2.9", 7, false});
}

constexpr absl::string_view kContact = "Contact: <sip:bob@192.0.2.4:5070>\r\n";
constexpr absl::string_view kTwoLooseRouters =
    "Record-Route: <sip:p2.example.com;lr>\r\nRecord-Route: <sip:p1.example.com;lr;x=1>\r\n";

TEST(UacDialog, IsEarlyWithTheRequestUriAsTargetBeforeAnyResponse) {
  const Dialog dialog = UacDialog();
  EXPECT_EQ(dialog.state, DialogState::kEarly);
  EXPECT_EQ(dialog.remote_tag, "");
  EXPECT_EQ(dialog.local_sequence, 7u);
  EXPECT_EQ(dialog.remote_sequence, kNoSequence);
  EXPECT_EQ(TargetOf(dialog).request_uri, "sip:bob@192.0.2.9");
}

TEST(UacDialog, ProvisionalResponseWithTagGivesTagTargetAndReversedRoutes) {
  Dialog dialog = UacDialog();
  ASSERT_TRUE(Establish(Response("180 Ringing", absl::StrCat(kContact, kTwoLooseRouters)).message, &dialog).ok());
  EXPECT_EQ(dialog.state, DialogState::kEarly);
  EXPECT_EQ(dialog.remote_tag, "b1");
  EXPECT_EQ(dialog.remote_target, "sip:bob@192.0.2.4:5070");
  EXPECT_EQ(dialog.route_set, (std::vector<std::string>{"sip:p1.example.com;lr;x=1", "sip:p2.example.com;lr"}));
}

TEST(UacDialog, Its2xxConfirmsItAndComputesTheRoutesAnew) {
  Dialog dialog = UacDialog();
  ASSERT_TRUE(Establish(Response("180 Ringing", kTwoLooseRouters).message, &dialog).ok());
  ASSERT_TRUE(
      Establish(Response("200 OK", absl::StrCat(kContact, "Record-Route: <sip:p3;lr>\r\n")).message, &dialog).ok());
  EXPECT_EQ(dialog.state, DialogState::kConfirmed);
  EXPECT_EQ(dialog.route_set, std::vector<std::string>{"sip:p3;lr"});
}

TEST(UacDialog, ConfirmedKeepsItsRoutesAndTakesTheTarget) {
  Dialog dialog = UacDialog();
  ASSERT_TRUE(Establish(Response("200 OK", kTwoLooseRouters).message, &dialog).ok());
  ASSERT_TRUE(Establish(Response("200 OK", kContact).message, &dialog).ok());
  EXPECT_EQ(dialog.route_set.size(), 2u);
  EXPECT_EQ(dialog.remote_target, "sip:bob@192.0.2.4:5070");
}

TEST(UacDialog, ResponseWithoutContactLeavesTheTarget) {
  Dialog dialog = UacDialog();
  ASSERT_TRUE(Establish(Response("200 OK", "").message, &dialog).ok());
  EXPECT_EQ(dialog.remote_target, "sip:bob@192.0.2.9");
}

TEST(UacDialog, PeerOfRfc2543HasNoTag) {
  Dialog dialog = UacDialog();
  EXPECT_TRUE(Establish(Response("200 OK", kContact, "").message, &dialog).ok());
  EXPECT_EQ(dialog.remote_tag, "");
}

TEST(UacDialog, ForkedResponsesAreDialogsOfTheirOwn) {
  const Dialog begun = UacDialog();
  Dialog first = begun;
  Dialog second = begun;
  ASSERT_TRUE(Establish(Response("180 Ringing", kContact).message, &first).ok());
  const Parsed other = Response("180 Ringing", kContact, ";tag=b2");
  EXPECT_FALSE(Establish(other.message, &first).ok());
  ASSERT_TRUE(Establish(other.message, &second).ok());
  EXPECT_NE(DialogKeyOf(kKey, first), DialogKeyOf(kKey, second));
}

TEST(UacDialog, RefusesWhatEstablishesNothingAndStaysAsItWas) {
  const Dialog begun = UacDialog();
  Dialog dialog = begun;
  EXPECT_FALSE(Establish(Response("100 Trying", kContact).message, &dialog).ok());
  EXPECT_FALSE(Establish(Response("180 Ringing", kContact, "").message, &dialog).ok());
  EXPECT_FALSE(Establish(Response("486 Busy Here", kContact).message, &dialog).ok());
  EXPECT_FALSE(Establish(Response("200 OK", "Record-Route: <sip:p1;lr\r\n").message, &dialog).ok());
  EXPECT_FALSE(Establish(Response("200 OK", "Record-Route: <tel:1>\r\n").message, &dialog).ok());
  EXPECT_EQ(dialog, begun);
}

TEST(UacDialog, RouteSetIsBounded) {
  std::string routes;
  for (size_t i = 0; i < kMaxRoutes; ++i) absl::StrAppend(&routes, i == 0 ? "Record-Route: " : ", ", "<sip:p;lr>");
  Dialog dialog = UacDialog();
  EXPECT_FALSE(Establish(Response("180 Ringing", absl::StrCat(routes, ", <sip:p;lr>\r\n")).message, &dialog).ok());
  EXPECT_TRUE(Establish(Response("180 Ringing", absl::StrCat(routes, "\r\n")).message, &dialog).ok());
}

TEST(UasDialog, MirrorsTheRequest) {
  const Parsed invite = Invite("Contact: <sip:alice@192.0.2.1>\r\nRecord-Route: <sip:p2;lr>, <sip:p1;lr>\r\n");
  const absl::StatusOr<Dialog> dialog = BeginUasDialog(invite.message, "b1", true);
  ASSERT_TRUE(dialog.ok());
  EXPECT_EQ(dialog->state, DialogState::kEarly);
  EXPECT_FALSE(dialog->secure);
  EXPECT_EQ(dialog->call_id, "c1@192.0.2.1");
  EXPECT_EQ(dialog->local_tag, "b1");
  EXPECT_EQ(dialog->remote_tag, "a1");
  EXPECT_EQ(dialog->local_uri, "sip:bob@example.com");
  EXPECT_EQ(dialog->remote_uri, "sip:alice@example.com");
  EXPECT_EQ(dialog->remote_target, "sip:alice@192.0.2.1");
  EXPECT_EQ(dialog->route_set, (std::vector<std::string>{"sip:p2;lr", "sip:p1;lr"}));
  EXPECT_EQ(dialog->local_sequence, kNoSequence);
  EXPECT_EQ(dialog->remote_sequence, 7u);
}

TEST(UasDialog, NeedsASipContact) {
  EXPECT_FALSE(BeginUasDialog(Invite("").message, "b1", false).ok());
  EXPECT_FALSE(BeginUasDialog(Invite("Contact: *\r\n").message, "b1", false).ok());
  EXPECT_FALSE(BeginUasDialog(Invite("Contact: <tel:+1>\r\n").message, "b1", false).ok());
}

TEST(Dialog, IsSecureOverTlsWithASipsRequestUri) {
  constexpr absl::string_view contact = "Contact: <sips:alice@192.0.2.1>\r\n";
  EXPECT_TRUE(BeginUasDialog(Invite(contact, "sips:bob@192.0.2.9").message, "b1", true)->secure);
  EXPECT_FALSE(BeginUasDialog(Invite(contact, "sips:bob@192.0.2.9").message, "b1", false)->secure);
  EXPECT_TRUE(BeginUacDialog({"c", "t", "sips:a@h", "sips:b@h", "sips:b@h", 1, true}).secure);
}

TEST(Dialog, TargetKeepsNoMethodAndNoHeaders) {
  Dialog dialog = UacDialog();
  const Parsed ok = Response("200 OK", "Contact: <sip:b;m=1@h:1;x;METHOD=BYE;transport=tcp?Subject=a;method=b>\r\n");
  ASSERT_TRUE(RefreshTarget(ok.message, &dialog));
  EXPECT_EQ(dialog.remote_target, "sip:b;m=1@h:1;x;transport=tcp");
}

TEST(Dialog, TargetRefreshWithoutUsableContactChangesNothing) {
  Dialog dialog = UacDialog();
  EXPECT_FALSE(RefreshTarget(Response("200 OK", "Contact: <sip:>\r\n").message, &dialog));
  EXPECT_EQ(dialog, UacDialog());
}

TEST(RemoteSequence, LowerIsRefusedAndGapsAreNot) {
  Dialog dialog = UacDialog();
  EXPECT_TRUE(AcceptRemoteSequence(5, &dialog));
  EXPECT_FALSE(AcceptRemoteSequence(4, &dialog));
  EXPECT_EQ(dialog.remote_sequence, 5u);
  EXPECT_TRUE(AcceptRemoteSequence(90, &dialog));
  EXPECT_EQ(dialog.remote_sequence, 90u);
}

TEST(LocalSequence, StartsAt1AndGrowsByOne) {
  Dialog uas = *BeginUasDialog(Invite("Contact: <sip:a@h>\r\n").message, "b1", false);
  EXPECT_EQ(NextLocalSequence(&uas), 1u);
  EXPECT_EQ(NextLocalSequence(&uas), 2u);
  Dialog uac = UacDialog();
  EXPECT_EQ(NextLocalSequence(&uac), 8u);
}

// The three cases of 12.2.1.1.
TEST(RequestTarget, WithoutRoutesIsTheRemoteTarget) {
  Dialog dialog = UacDialog();
  EXPECT_EQ(TargetOf(dialog).request_uri, "sip:bob@192.0.2.9");
  EXPECT_EQ(TargetOf(dialog).next_hop, "sip:bob@192.0.2.9");
  EXPECT_TRUE(TargetOf(dialog).routes.empty());
}

TEST(RequestTarget, WithALooseRouterFirstIsTheRemoteTargetThroughAllRoutes) {
  Dialog dialog = UacDialog();
  dialog.route_set = {"sip:p1;lr", "sip:p2"};
  const RequestTarget target = TargetOf(dialog);
  EXPECT_EQ(target.request_uri, "sip:bob@192.0.2.9");
  EXPECT_EQ(target.next_hop, "sip:p1;lr");
  ASSERT_EQ(target.routes.size(), 2u);
  EXPECT_EQ(target.routes[0], "sip:p1;lr");
  EXPECT_EQ(target.routes[1], "sip:p2");
}

TEST(RequestTarget, WithAStrictRouterFirstGoesToItAndTheRemoteTargetIsTheLastRoute) {
  Dialog dialog = UacDialog();
  dialog.route_set = {"sip:p1", "sip:p2", "sip:p3;lr"};
  const RequestTarget target = TargetOf(dialog);
  EXPECT_EQ(target.request_uri, "sip:p1");
  EXPECT_EQ(target.next_hop, "sip:p1");
  ASSERT_EQ(target.routes.size(), 3u);
  EXPECT_EQ(target.routes[0], "sip:p2");
  EXPECT_EQ(target.routes[1], "sip:p3;lr");
  EXPECT_EQ(target.routes[2], "sip:bob@192.0.2.9");
}

TEST(DialogKey, IsTheSameSeenFromRequestResponseAndDialog) {
  Dialog uac = UacDialog();
  const Parsed ok = Response("200 OK", kContact);
  ASSERT_TRUE(Establish(ok.message, &uac).ok());
  EXPECT_EQ(DialogKeyOf(kKey, uac), DialogKeyOf(kKey, ok.message));
  const Parsed bye(Octets("BYE sip:bob@192.0.2.4 SIP/2.0", "8 BYE", ";tag=b1", ""));
  const Dialog uas = *BeginUasDialog(Invite("Contact: <sip:a@h>\r\n").message, "b1", false);
  EXPECT_EQ(DialogKeyOf(kKey, uas), DialogKeyOf(kKey, bye.message));
  EXPECT_NE(DialogKeyOf(kKey, uas), DialogKeyOf(kKey, uac));
}

TEST(DialogKey, TagsCompareWithoutCaseAndTheCallIdWithIt) {
  EXPECT_EQ(DialogKeyOf(kKey, "c", "TAG", "b"), DialogKeyOf(kKey, "c", "tag", "B"));
  EXPECT_NE(DialogKeyOf(kKey, "c", "a", "b"), DialogKeyOf(kKey, "C", "a", "b"));
  EXPECT_NE(DialogKeyOf(kKey, "c", "ab", "c"), DialogKeyOf(kKey, "c", "a", "bc"));
}

// Copies what Fields lists, member by member, and counts.
struct CopyTo {
  Dialog* source;
  int fields = 0;
  template <class T>
  void Field(int number, T& member) {
    EXPECT_EQ(number, ++fields);
    const size_t offset = static_cast<size_t>(reinterpret_cast<char*>(&member) - reinterpret_cast<char*>(target));
    member = *reinterpret_cast<const T*>(reinterpret_cast<const char*>(source) + offset);
  }
  Dialog* target;
};

TEST(DialogFields, ListEveryMember) {
  Dialog full = *BeginUasDialog(
      Invite(absl::StrCat("Contact: <sips:a@h>\r\n", kTwoLooseRouters), "sips:bob@192.0.2.9").message, "b1", true);
  full.state = DialogState::kConfirmed;
  NextLocalSequence(&full);
  Dialog copy;
  CopyTo archive{&full, 0, &copy};
  copy.Fields(archive);
  EXPECT_EQ(copy, full);
  EXPECT_EQ(archive.fields, 11);
}

size_t HeapOctets(const std::string& text) {
  return text.capacity() <= std::string().capacity() ? 0 : text.capacity() + 1 + 16;
}

TEST(DialogMemory, OfAnOrdinaryDialogIsUnder700Octets) {
  Dialog dialog = BeginUacDialog({"4f1c2d9a77b04e3f8a6d5c1e9b2f7a60@192.168.100.10", "8c2f4e1d9b7a",
                                  "sip:+4930123456@192.168.100.10:5060", "sip:+4989654321@192.168.100.20:5060",
                                  "sip:+4989654321@192.168.100.20:5060;transport=udp", 1, false});
  dialog.remote_tag = "1928301774-88sja8x-0001";
  dialog.route_set = {"sip:192.168.100.1:5060;lr;ftag=8c2f4e1d9b7a"};
  size_t octets = sizeof(Dialog) + sizeof(std::string) * dialog.route_set.capacity();
  for (const std::string* text : {&dialog.call_id, &dialog.local_tag, &dialog.remote_tag, &dialog.local_uri,
                                  &dialog.remote_uri, &dialog.remote_target, &dialog.route_set[0]}) {
    octets += HeapOctets(*text);
  }
  EXPECT_LT(octets, 700u);
  EXPECT_LE(sizeof(Dialog), 240u);
}

}  // namespace
}  // namespace understudy::sip
