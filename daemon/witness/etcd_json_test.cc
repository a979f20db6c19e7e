#include "daemon/witness/etcd_json.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::witness {
namespace {

using testing::HasSubstr;

TEST(EtcdJsonTest, RequestsAreAsTheGatewayWantsThem) {
  EXPECT_EQ(EtcdAuthenticateJson("a", "b\""), R"({"name":"a","password":"b\""})");
  EXPECT_EQ(EtcdRangeJson("foo"), R"({"key":"Zm9v"})");
  EXPECT_EQ(EtcdTxnJson("foo", 12, "bar"),
            R"({"compare":[{"key":"Zm9v","result":"EQUAL","target":"MOD","mod_revision":"12"}],)"
            R"("success":[{"request_put":{"key":"Zm9v","value":"YmFy"}}],)"
            R"("failure":[{"request_range":{"key":"Zm9v"}}]})");
  EXPECT_THAT(EtcdTxnJson("foo", 0, "bar"), HasSubstr(R"("target":"VERSION","version":"0")"));
}

TEST(EtcdJsonTest, RangeHoldsOneValueOrNone) {
  const absl::optional<EtcdValue> found = *ParseEtcdRange(
      R"({"header":{"revision":"9"},"kvs":[{"key":"Zm9v","mod_revision":"7","version":"1","value":"YmFy"}],"count":"1"})");
  EXPECT_EQ(found, (EtcdValue{"bar", 7}));
  EXPECT_EQ(*ParseEtcdRange(R"({"header":{"revision":"9"}})"), absl::nullopt);
  EXPECT_EQ(*ParseEtcdRange(R"({"header":{},"kvs":[]})"), absl::nullopt);
}

TEST(EtcdJsonTest, TxnSucceededOrShowsWhatIsThere) {
  EXPECT_TRUE(ParseEtcdTxn(R"({"header":{},"succeeded":true,"responses":[{"response_put":{}}]})")->succeeded);
  const EtcdTxnResult failed =
      *ParseEtcdTxn(R"({"header":{},"responses":[{"response_range":{"kvs":[{"mod_revision":"7","value":"YmFy"}]}}]})");
  EXPECT_FALSE(failed.succeeded);
  EXPECT_EQ(failed.present, (EtcdValue{"bar", 7}));
  EXPECT_EQ(ParseEtcdTxn(R"({"header":{},"responses":[{"response_range":{}}]})")->present, absl::nullopt);
}

TEST(EtcdJsonTest, WhatEtcdWouldNotSayIsAnError) {
  for (const char* body : {"", "[]", "{}", R"({"kvs":[]})", R"({"header":{},"kvs":7})", R"({"header":{},"kvs":[7]})",
                           R"({"header":{},"kvs":[{"mod_revision":"7","value":"?"}]})",
                           R"({"header":{},"kvs":[{"mod_revision":"0","value":"YmFy"}]})",
                           R"({"header":{},"kvs":[{"mod_revision":7,"value":"YmFy"}]})",
                           R"({"header":{},"kvs":[{"mod_revision":"7","value":"YmFy"},{}]})"}) {
    EXPECT_FALSE(ParseEtcdRange(body).ok()) << body;
  }
  for (const char* body : {"", "{}", R"({"succeeded":true})", R"({"header":{}})", R"({"header":{},"responses":[]})",
                           R"({"header":{},"responses":[{"response_put":{}}]})"}) {
    EXPECT_FALSE(ParseEtcdTxn(body).ok()) << body;
  }
  EXPECT_FALSE(ParseEtcdRange(absl::StrCat(R"({"header":)", std::string(20, '['), std::string(20, ']'), "}")).ok());
}

TEST(EtcdJsonTest, TokenThatCannotBeAHeaderIsAnError) {
  EXPECT_EQ(*ParseEtcdToken(R"({"header":{},"token":"abc.12"})"), "abc.12");
  for (const char* body :
       {"{}", R"({"token":""})", R"({"token":"a\r\nX: y"})", R"({"token":"a b"})", R"({"token":7})"}) {
    EXPECT_FALSE(ParseEtcdToken(body).ok()) << body;
  }
}

TEST(EtcdJsonTest, ErrorTextIsTheMessageAndPrintable) {
  EXPECT_EQ(EtcdErrorText(R"({"error":"e","message":"etcdserver: no leader","code":14})"), "etcdserver: no leader");
  EXPECT_EQ(EtcdErrorText(R"({"error":"e","code":14})"), "e");
  EXPECT_EQ(EtcdErrorText("not found\n"), "not found\\n");
  EXPECT_EQ(EtcdErrorText(std::string(5000, 'x')).size(), 200u);
}

}  // namespace
}  // namespace understudy::witness
