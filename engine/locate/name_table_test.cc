#include "engine/locate/name_table.h"

#include "engine/locate/avoided_targets.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::engine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

LocateQuery Query(absl::string_view host) {
  LocateQuery query;
  query.host = std::string(host);
  query.transport_open = true;
  return query;
}

LocateAnswer Answer(absl::string_view host, uint8_t last) {
  LocateAnswer answer;
  answer.addresses = {{std::string(host), Endpoint::V4(10, 0, 0, last, 0)}};
  return answer;
}

TEST(NameTableTest, ARowIsFoundByItsQueryAndByWhereItLeads) {
  NameTable names;
  const NameId a = names.Add(Query("a")).id;
  const NameId b = names.Add(Query("b")).id;
  names.SetAnswer(*names.Find(a), Answer("a", 1));
  names.SetAnswer(*names.Find(b), Answer("b", 1));
  EXPECT_EQ(names.FindByQuery(Query("b"))->id, b);
  EXPECT_EQ(names.FindByQuery(Query("c")), nullptr);
  EXPECT_THAT(names.LeadingTo(Endpoint::V4(10, 0, 0, 1, 5060)), ElementsAre(a, b));
  EXPECT_THAT(names.LeadingTo(Endpoint::V4(10, 0, 0, 1, 5061)), IsEmpty());
  EXPECT_TRUE(names.IndexesAgree());
}

TEST(NameTableTest, AnotherAnswerTakesThePlaceOfTheLast) {
  NameTable names;
  LocatedName& name = names.Add(Query("a"));
  names.SetAnswer(name, Answer("a", 1));
  names.SetAnswer(name, Answer("a", 2));
  EXPECT_THAT(names.LeadingTo(Endpoint::V4(10, 0, 0, 1, 5060)), IsEmpty());
  EXPECT_THAT(names.LeadingTo(Endpoint::V4(10, 0, 0, 2, 5060)), ElementsAre(name.id));
  EXPECT_TRUE(names.IndexesAgree());
  names.Remove(name.id);
  EXPECT_EQ(names.size(), 0u);
  EXPECT_TRUE(names.IndexesAgree());
}

// RFC 3263 4.1: a client takes the lowest order of what it speaks, and calls from there, whatever that is.
TEST(NameTableTest, ANameLeadsToItsServersOfEveryTransport) {
  NameTable names;
  LocateQuery query = Query("a");
  query.by_service = true;
  LocatedName& name = names.Add(query);
  LocateAnswer answer = Answer("a", 1);
  answer.naptr = {{50, 0, Transport::kTls, "_sips._tcp.a"}, {90, 0, Transport::kTcp, "_sip._tcp.a"}};
  answer.srv = {{Transport::kTls, "_sips._tcp.a", 0, 0, 5061, "a"}, {Transport::kTcp, "_sip._tcp.a", 0, 0, 5070, "a"}};
  names.SetAnswer(name, answer);
  EXPECT_THAT(names.LeadingTo(Endpoint::V4(10, 0, 0, 1, 5061)), ElementsAre(name.id));
  EXPECT_THAT(names.LeadingTo(Endpoint::V4(10, 0, 0, 1, 5070)), ElementsAre(name.id));
}

TEST(NameTableTest, LoadedRowsAreIndexed) {
  NameTable names;
  LocatedName& name = names.Add(Query("a"));
  names.SetAnswer(name, Answer("a", 1));
  NameTable loaded;
  loaded.set_last_id(names.last_id());
  loaded.Load(name);
  EXPECT_EQ(loaded, names);
  EXPECT_TRUE(loaded.IndexesAgree());
}

TEST(AvoidedTargetsTest, ATargetIsAvoidedUntilItsTimeIsOver) {
  AvoidedTargets avoided;
  const Target target{Transport::kUdp, Endpoint::V4(10, 0, 0, 1, 5060)};
  const EngineTime start;
  EXPECT_TRUE(avoided.Avoid(target, start, start + Duration::Seconds(10)));
  EXPECT_TRUE(avoided.Contains(target, start + Duration::Seconds(9)));
  EXPECT_FALSE(avoided.Contains(target, start + Duration::Seconds(10)));
  EXPECT_FALSE(avoided.Contains({Transport::kTcp, target.remote}, start));
}

TEST(AvoidedTargetsTest, ThereIsALimitAndWhatIsOverMakesRoom) {
  AvoidedTargets avoided;
  const EngineTime start;
  const EngineTime end = start + Duration::Seconds(10);
  for (size_t i = 0; i < AvoidedTargets::kMost; ++i) {
    const auto high = static_cast<uint8_t>(i >> 8);
    const auto low = static_cast<uint8_t>(i);
    ASSERT_TRUE(avoided.Avoid({Transport::kUdp, Endpoint::V4(10, 1, high, low, 5060)}, start, end));
  }
  const Target one_more{Transport::kUdp, Endpoint::V4(10, 2, 0, 0, 5060)};
  EXPECT_FALSE(avoided.Avoid(one_more, start, end));
  EXPECT_TRUE(avoided.Avoid(one_more, end, end + Duration::Seconds(1)));
  EXPECT_EQ(avoided.size(), 1u);
}

}  // namespace
}  // namespace understudy::engine
