#include "daemon/device_page.h"

#include <utility>

#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

engine::State StateWith(std::initializer_list<engine::Dn> dns) {
  engine::State state;
  engine::ConfigurationChange change;
  change.upserts = dns;
  state.configuration.Apply(change);
  return state;
}

engine::Dn MakeDn(std::string number, engine::DnType type, engine::OptionSections options) {
  engine::Dn dn;
  dn.number = std::move(number);
  dn.type = type;
  dn.options = std::move(options);
  return dn;
}

TEST(DevicePage, ATrunkTellsItsPlacesAndItsService) {
  engine::State state =
      StateWith({MakeDn("1001", engine::DnType::kExtension, {{"TServer", {{"contact", "*"}}}}),
                 MakeDn("gw", engine::DnType::kTrunk,
                        {{"TServer", {{"contact", "10.0.0.1"}, {"capacity", "30"}, {"capacity-group", "fibre"}}}})});
  state.legs.Occupy(state.legs.Add(engine::CallId(1)), engine::TrunkUse{"gw"});
  engine::Device& device = state.devices.Add("gw");
  device.out = true;
  device.outages = 3;
  EXPECT_EQ(TrunksPage(state), R"([{"dn":"gw","type":"Trunk","contact":"10.0.0.1","inService":false,"resting":false,)"
                               R"("outOfServiceDetections":3,"calls":1,"capacity":30,"capacityGroup":"fibre"}])"
                               "\n");
}

TEST(DevicePage, TheContactOfADnThatRegistersIsThatOfItsRegistration) {
  engine::State state = StateWith({MakeDn("1001", engine::DnType::kExtension, {{"TServer", {{"contact", "*"}}}})});
  const std::string without =
      R"([{"dn":"1001","type":"Extension","contact":"","inService":false,"resting":false,"outOfServiceDetections":0}])"
      "\n";
  EXPECT_EQ(DevicesPage(state), without);
  engine::Binding& binding = state.registrar.Add("1001");
  binding.contact = "sip:1001@10.0.0.7";
  const engine::BindingId id = binding.id;
  EXPECT_EQ(DevicesPage(state),
            R"([{"dn":"1001","type":"Extension","contact":"sip:1001@10.0.0.7","inService":true,"resting":false,)"
            R"("outOfServiceDetections":0}])"
            "\n");
  state.registrar.Remove(id);
  EXPECT_EQ(DevicesPage(state), without);
  EXPECT_EQ(TrunksPage(state), "[]\n");
}

}  // namespace
}  // namespace understudy::daemon
