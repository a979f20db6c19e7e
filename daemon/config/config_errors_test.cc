// Every kind of error that a configuration file can have, with the line that a person gets to read.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "daemon/config/config.h"
#include "daemon/config/config_text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::vector<std::string> ErrorsOf(absl::string_view text) {
  absl::StatusOr<Config> config = ParseConfig(text, "t.yaml");
  if (config.ok()) return {};
  EXPECT_EQ(config.status().code(), absl::StatusCode::kInvalidArgument);
  return absl::StrSplit(config.status().message(), '\n');
}

// The errors when `piece` of the right file is `other`.
std::vector<std::string> ErrorsWith(absl::string_view piece, absl::string_view other) {
  std::string text = ConfigTextWith(piece, other);
  EXPECT_NE(text, kConfigText);
  return ErrorsOf(text);
}

// The errors with one more DN at the end, in line 14.
std::vector<std::string> ErrorsWithDn(absl::string_view entry) {
  return ErrorsOf(absl::StrCat(kConfigText, "      - ", entry, "\n"));
}

TEST(ConfigErrors, AnUnknownOptionNamesTheNearest) {
  EXPECT_THAT(
      ErrorsWith("sip-port", "sip-prot"),
      ElementsAre("t.yaml:7:39: unknown option in TServer \"sip-prot\"; the nearest known one is \"sip-port\""));
  EXPECT_THAT(
      ErrorsWithDn("{number: x, type: Extension, options: {TServer: {contcat: \"*\"}}}"),
      ElementsAre("t.yaml:14:58: DN x: unknown option in TServer \"contcat\"; the nearest known one is \"contact\""));
}

TEST(ConfigErrors, AnUnknownCommandOfAPhoneSaysWhichThereAre) {
  EXPECT_THAT(ErrorsWithDn("{number: x, type: Extension, options: {TServer: {sip-cti-control: \"talk,hodl\"}}}"),
              ElementsAre("t.yaml:14:75: DN x: TServer/sip-cti-control: found \"talk,hodl\"; allowed: one or more of "
                          "talk, hold, dtmf, with commas between them"));
}

TEST(ConfigErrors, AnUnknownSectionNamesTheNearest) {
  EXPECT_THAT(
      ErrorsWith("TServer: {sip-address", "Tserver: {sip-address"),
      ElementsAre("t.yaml:6:3: TServer/sip-address is missing; allowed: an IPv4 or IPv6 address, not 0.0.0.0 or ::",
                  "t.yaml:7:5: unknown section \"Tserver\"; the nearest known one is \"TServer\""));
  EXPECT_THAT(ErrorsWithDn("{number: x, type: Extension, options: {TServr: {}}}"),
              ElementsAre("t.yaml:14:48: DN x: unknown section \"TServr\"; the nearest known one is \"TServer\""));
}

TEST(ConfigErrors, AnUnknownKeyNamesTheNearest) {
  EXPECT_THAT(ErrorsWith("http-port", "htp-port"),
              ElementsAre("t.yaml:3:3: unknown option in node \"htp-port\"; the nearest known one is \"http-port\""));
  EXPECT_THAT(ErrorsWith("  http-port: 8090", "  journel: {}"),
              ElementsAre("t.yaml:3:3: unknown option in node \"journel\"; the nearest known one is \"journal\""));
  EXPECT_THAT(
      ErrorsWith("durability", "durabilty"),
      ElementsAre(
          "t.yaml:4:46: unknown option in node.journal \"durabilty\"; the nearest known one is \"durability\""));
  EXPECT_THAT(ErrorsWith("    name: Main", "    name: Main\n    dn: []"),
              ElementsAre("t.yaml:10:5: pair.switch: unknown key \"dn\"; the nearest known one is \"dns\""));
  EXPECT_THAT(ErrorsWith("pair:\n", "pair:\n  swich: {}\n"),
              ElementsAre("t.yaml:6:3: pair: unknown key \"swich\"; the nearest known one is \"switch\""));
  EXPECT_THAT(ErrorsWith("node:\n", "nodes: {}\nnode:\n"),
              ElementsAre("t.yaml:1:1: unknown key \"nodes\"; the nearest known one is \"node\""));
  EXPECT_THAT(ErrorsWithDn("{number: x, type: Extension, option: {}}"),
              ElementsAre("t.yaml:14:38: dns[3]: unknown key \"option\"; the nearest known one is \"options\""));
}

TEST(ConfigErrors, AnUnknownDnTypeNamesTheNearest) {
  EXPECT_THAT(
      ErrorsWithDn("{number: x, type: extension}"),
      ElementsAre(HasSubstr("t.yaml:14:27: DN x: type: found \"extension\", the nearest known one is \"Extension\"; "
                            "allowed: Extension, Trunk, ACD Position")));
}

TEST(ConfigErrors, AnOptionForTheWrongDnTypeSaysWhereItBelongs) {
  EXPECT_THAT(ErrorsWithDn("{number: x, type: Extension, options: {TServer: {prefix: \"7\"}}}"),
              ElementsAre("t.yaml:14:58: DN x: TServer/prefix found for Extension DNs; allowed for Trunk DNs"));
  EXPECT_THAT(ErrorsWith("sip-port: 5060", "contact: \"*\""),
              ElementsAre(HasSubstr("t.yaml:7:39: TServer/contact found for pair; allowed for Extension, Trunk")));
  EXPECT_THAT(ErrorsWithDn("{number: x, type: Extension, options: {TServer: {sip-port: 1}}}"),
              ElementsAre("t.yaml:14:58: DN x: TServer/sip-port found for Extension DNs; allowed for pair"));
}

TEST(ConfigErrors, AMissingOptionSaysWhatIsAllowed) {
  EXPECT_THAT(ErrorsWith("  name: sip-a\n", ""),
              ElementsAre("t.yaml:2:3: node/name is missing; allowed: a text of 1 to 256 characters in one line"));
  EXPECT_THAT(ErrorsWith("path: /var/lib/understudy/sip-a, ", ""),
              ElementsAre("t.yaml:4:12: node.journal/path is missing; allowed: a path"));
  EXPECT_THAT(ErrorsWith("  journal: {path: /var/lib/understudy/sip-a, durability: local-sync}\n", ""),
              ElementsAre("t.yaml:2:3: node.journal/path is missing; allowed: a path"));
  EXPECT_THAT(
      ErrorsWith("sip-address: 127.0.0.1, ", ""),
      ElementsAre("t.yaml:7:14: TServer/sip-address is missing; allowed: an IPv4 or IPv6 address, not 0.0.0.0 or ::"));
  EXPECT_THAT(
      ErrorsWith("    name: Main\n", ""),
      ElementsAre("t.yaml:9:5: pair.switch.name: found nothing; allowed: a text of 1 to 256 characters in one line"));
  EXPECT_THAT(
      ErrorsWithDn("{type: Extension}"),
      ElementsAre("t.yaml:14:9: dns[3]: number: found nothing; allowed: 1 to 64 letters, digits and + - _ . * #"));
  EXPECT_THAT(ErrorsWithDn("{number: x}"),
              ElementsAre(HasSubstr("t.yaml:14:9: DN x: type: found nothing; allowed: Extension, Trunk")));
}

TEST(ConfigErrors, AMissingPartIsNamed) {
  EXPECT_THAT(ErrorsOf("node: {name: a, journal: {path: j}}\n"),
              ElementsAre("t.yaml: pair is missing; allowed: a map with options and switch"));
  EXPECT_THAT(
      ErrorsOf("pair: {options: {TServer: {sip-address: 10.0.0.1}}, switch: {name: M}}\n"),
      ElementsAre(HasSubstr("t.yaml: node/name is missing"), HasSubstr("t.yaml: node.journal/path is missing")));
}

TEST(ConfigErrors, AValueOfTheWrongKindSaysWhatWasFound) {
  EXPECT_THAT(ErrorsWith("http-port: 8090", "http-port: [8090]"),
              ElementsAre("t.yaml:3:14: node/http-port: found a list; allowed: a whole number from 0 to 65535"));
  EXPECT_THAT(ErrorsWith("http-port: 8090", "http-port: {a: b}"),
              ElementsAre("t.yaml:3:14: node/http-port: found a map; allowed: a whole number from 0 to 65535"));
  EXPECT_THAT(ErrorsWith("http-port: 8090", "http-port:"),
              ElementsAre(HasSubstr("node/http-port: found nothing; allowed:")));
  EXPECT_THAT(ErrorsWith("TServer: {sip-address: 127.0.0.1, sip-port: 5060}", "TServer: [a]"),
              ElementsAre("t.yaml:7:14: TServer: found a list; allowed: a map"));
  EXPECT_THAT(ErrorsWith("{path: /var/lib/understudy/sip-a, durability: local-sync}", "here"),
              ElementsAre("t.yaml:4:12: node.journal: found a text; allowed: a map"));
  EXPECT_THAT(ErrorsWithDn("gw"), ElementsAre("t.yaml:14:9: pair.switch.dns[3]: found a text; allowed: a map"));
  EXPECT_THAT(ErrorsWithDn("{number: x, type: Extension, options: [a]}"),
              ElementsAre("t.yaml:14:47: DN x: options: found a list; allowed: a map"));
  EXPECT_THAT(ErrorsWithDn("{number: [x], type: Extension}"),
              ElementsAre(HasSubstr("dns[3]: number: found a list; allowed: 1 to 64")));
  EXPECT_THAT(ErrorsOf("- a\n"), ElementsAre("t.yaml:1:1: the file: found a list; allowed: a map"));
  EXPECT_THAT(ErrorsOf("node: {name: a, journal: {path: j}}\n"
                       "pair: {options: {TServer: {sip-address: 10.0.0.1}}, switch: {name: M, dns: {a: b}}}\n"),
              ElementsAre("t.yaml:2:76: pair.switch.dns: found a map; allowed: a list"));
  EXPECT_THAT(ErrorsOf("node: {name: a, journal: {path: j}}\npair: [a]\n"),
              ElementsAre("t.yaml:2:7: pair: found a list; allowed: a map"));
}

TEST(ConfigErrors, AWholeNumberKeepsItsRange) {
  for (absl::string_view bad :
       {"0", "65536", "-1", "5060.0", "0x10", "05060", "99999999999999999999", "many", "\"\"", "\" 1\""}) {
    EXPECT_THAT(ErrorsWith("sip-port: 5060", absl::StrCat("sip-port: ", bad)),
                ElementsAre(HasSubstr("; allowed: a whole number from 1 to 65535")))
        << bad;
  }
  EXPECT_THAT(
      ErrorsWith("sip-port: 5060", "ha-max-calls-sync-at-once: 100"),
      ElementsAre("t.yaml:7:66: TServer/ha-max-calls-sync-at-once: found \"100\"; allowed: 0, or a whole number from "
                  "200 to 1000 (calls)"));
}

TEST(ConfigErrors, ABooleanIsTrueOrFalse) {
  for (absl::string_view bad : {"yes", "1", "TRUE", "on"}) {
    EXPECT_THAT(
        ErrorsWith("sip-port: 5060", absl::StrCat("sip-pass-check: ", bad)),
        ElementsAre(absl::StrCat("t.yaml:7:55: TServer/sip-pass-check: found \"", bad, "\"; allowed: true or false")));
  }
}

TEST(ConfigErrors, AWordIsOneOfItsList) {
  EXPECT_THAT(
      ErrorsWith("local-sync", "fast"),
      ElementsAre("t.yaml:4:58: node.journal/durability: found \"fast\"; allowed: local-sync, durable, received"));
  EXPECT_THAT(ErrorsWith("sip-port: 5060", "dr-forward: agent"),
              ElementsAre(HasSubstr("; allowed: off, no-agent, oos")));
}

TEST(ConfigErrors, AnAddressIsAnAddress) {
  for (absl::string_view bad : {"10.0.0", "10.0.0.256", "sip.example.com", "0.0.0.0", "\"::\"", "\"1::2::3\""}) {
    EXPECT_THAT(ErrorsWith("sip-address: 127.0.0.1", absl::StrCat("sip-address: ", bad)),
                ElementsAre(HasSubstr("; allowed: an IPv4 or IPv6 address, not 0.0.0.0 or ::")))
        << bad;
  }
  EXPECT_THAT(ErrorsWith("http-port: 8090", "http-address: localhost"),
              ElementsAre("t.yaml:3:17: node/http-address: found \"localhost\"; allowed: an IPv4 or IPv6 address"));
}

TEST(ConfigErrors, AContactThatCannotBeReachedSaysWhy) {
  struct {
    absl::string_view contact, reason;
  } cases[] = {
      {"sips:a@b.example;transport=udp", "sips: is over TLS alone"},
      {"sip:10.0.0.1:0", "it is no SIP URI"},
      {"sip:10.0.0.1;transport=ws", "the transport"},
      {"sip:10.0.0.1?a=b", "no headers"},
      {"0.0.0.0:5060", "stands for no device"},
      {"10.0.0.300", "neither an IP address nor a name"},
      {"tel:123@", "it is no SIP URI"},
      {"sip:", "it is no SIP URI"},
  };
  for (const auto& [contact, reason] : cases) {
    std::vector<std::string> errors =
        ErrorsWithDn(absl::StrCat("{number: x, type: Extension, options: {TServer: {contact: \"", contact, "\"}}}"));
    ASSERT_THAT(errors, SizeIs(1)) << contact;
    EXPECT_THAT(errors[0], HasSubstr("allowed: \"*\", host, host:port or a sip: URI (")) << contact;
    EXPECT_THAT(errors[0], HasSubstr(reason)) << contact;
  }
}

TEST(ConfigErrors, ATrunkNeedsAnAddress) {
  EXPECT_THAT(
      ErrorsWithDn("{number: t, type: Trunk}"),
      ElementsAre(
          "t.yaml:14:18: DN t: TServer/contact: found nothing; allowed for a Trunk: host, host:port or a sip: URI"));
  EXPECT_THAT(
      ErrorsWithDn("{number: t, type: Trunk, options: {TServer: {contact: \"*\"}}}"),
      ElementsAre(
          "t.yaml:14:63: DN t: TServer/contact: found \"*\"; allowed for a Trunk: host, host:port or a sip: URI"));
}

TEST(ConfigErrors, ADnNumberIsThereOnce) {
  EXPECT_THAT(ErrorsWithDn("{number: 1001, type: Extension}"),
              ElementsAre("t.yaml:14:18: DN 1001 is given twice; first in line 11"));
}

TEST(ConfigErrors, ADnNumberCanBeDialled) {
  for (absl::string_view bad : {"\"10 01\"", "\"a@b\"", "\"<x>\"", "\"\""}) {
    EXPECT_THAT(ErrorsWithDn(absl::StrCat("{number: ", bad, ", type: Extension}")),
                ElementsAre(HasSubstr("; allowed: 1 to 64 letters, digits and + - _ . * #")))
        << bad;
  }
  EXPECT_THAT(ErrorsWithDn(absl::StrCat("{number: ", std::string(65, '1'), ", type: Extension}")), SizeIs(1));
}

TEST(ConfigErrors, ASoftswitchIsAServiceDnThatSaysSo) {
  for (absl::string_view other :
       {"nobody", "gw", "s, type: Voice over IP Service, options: {TServer: {contact: 10.0.0.2}}}",
        "s, type: Voice over IP Service, options: {TServer: {service-type: softswitch}}}"}) {
    const absl::string_view name = other.substr(0, other.find(','));
    const std::string dn = absl::StrCat("{number: d, type: Extension, options: {TServer: {softswitch: ", name, "}}}");
    const std::string more = name == other ? "" : absl::StrCat("\n      - {number: ", other);
    EXPECT_THAT(ErrorsWithDn(absl::StrCat(dn, more)),
                ElementsAre(HasSubstr(absl::StrCat("DN d: TServer/softswitch: found \"", name,
                                                   "\"; allowed: Voice over IP Service DNs"))));
  }
}

TEST(ConfigErrors, OverflowCodesAreThoseOfRefusalsWithXLast) {
  for (absl::string_view bad : {"5X3", "X03", "5XX,503", "50", "200"}) {
    EXPECT_THAT(ErrorsWithDn(absl::StrCat("{number: a, type: Trunk, options: {TServer: {contact: 10.0.0.2, "
                                          "sip-error-codes-overflow: \"",
                                          bad, "\"}}}")),
                ElementsAre(HasSubstr(absl::StrCat("TServer/sip-error-codes-overflow: found \"", bad,
                                                   "\"; allowed: codes from 300 to 699"))))
        << bad;
  }
}

TEST(ConfigErrors, APrefixHasOneToSixtyFourCharacters) {
  EXPECT_THAT(ErrorsWithDn("{number: a, type: Trunk, options: {TServer: {contact: 10.0.0.2, prefix: \"\"}}}"),
              ElementsAre(HasSubstr("TServer/prefix: found \"\"; allowed: 1 to 64 letters")));
}

TEST(ConfigErrors, AReplacementNeedsAPrefix) {
  EXPECT_THAT(ErrorsWithDn("{number: a, type: Trunk, options: {TServer: {contact: 10.0.0.2, replace-prefix: \"0\"}}}"),
              ElementsAre("t.yaml:14:89: DN a: TServer/replace-prefix: found \"0\" without TServer/prefix; allowed: "
                          "together with it"));
}

TEST(ConfigErrors, RegistrationLifetimesAreInOrder) {
  EXPECT_THAT(
      ErrorsWith("sip-port: 5060", "registrar-max-timeout: 30"),
      ElementsAre("t.yaml:7:62: TServer/registrar-min-timeout, -default-timeout, -max-timeout: found 60, 3600, 30; "
                  "allowed: min <= default <= max"));
}

// RFC 3261 10.3 step 7.
TEST(ConfigErrors, ARegistrationOfAnHourIsNotTooShort) {
  EXPECT_THAT(ErrorsWith("sip-port: 5060", "registrar-min-timeout: 3600"), SizeIs(0));
  EXPECT_THAT(ErrorsWith("sip-port: 5060", "registrar-min-timeout: 3601"),
              ElementsAre("t.yaml:7:62: TServer/registrar-min-timeout: found \"3601\"; allowed: a whole number from 1 to 3600 "
                          "(seconds)"));
}

TEST(ConfigErrors, TimesAndSizesNeedTheirUnitAndRange) {
  EXPECT_THAT(ErrorsWith("path: /var", "snapshot-interval: 10, path: /var"),
              ElementsAre(HasSubstr("found \"10\"; allowed: a time from 1s to 1d, with ms, s, m, h or d")));
  EXPECT_THAT(
      ErrorsWith("path: /var", "retention: {max-size: 1GB}, path: /var"),
      ElementsAre(HasSubstr("node.journal.retention/max-size: found \"1GB\"; allowed: a size from 8MiB to 64TiB")));
  EXPECT_THAT(ErrorsWith("path: /var", "retention: {max-size: 1MiB}, path: /var"), SizeIs(1));
}

TEST(ConfigErrors, AKeyIsThereOnce) {
  EXPECT_THAT(ErrorsWith("sip-port: 5060", "sip-port: 5060, sip-port: 5061"),
              ElementsAre("t.yaml:7:55: key \"sip-port\" is given twice; first in line 7, column 39"));
}

TEST(ConfigErrors, WhatIsNotYamlHasAPlace) {
  EXPECT_THAT(ErrorsOf("node: {name: a\n"), ElementsAre(HasSubstr("not valid YAML: ")));
  EXPECT_THAT(ErrorsOf("a: b: c\n"), ElementsAre("t.yaml:1:5: not valid YAML: illegal map value"));
  EXPECT_THAT(ErrorsOf("node: @abc\n"), ElementsAre(HasSubstr("t.yaml:1:7: not valid YAML: ")));
  EXPECT_THAT(ErrorsOf(""), ElementsAre("t.yaml: the file is empty"));
}

TEST(ConfigErrors, AllAreReportedInTheOrderOfTheFile) {
  std::string text = absl::StrReplaceAll(
      kConfigText,
      {{"8090", "x"}, {"local-sync", "fast"}, {"5060", "0"}, {"Main", "\"\""}, {"type: Trunk", "type: Gate"}});
  EXPECT_THAT(ErrorsOf(text),
              ElementsAre(HasSubstr("t.yaml:3:14:"), HasSubstr("t.yaml:4:58:"), HasSubstr("t.yaml:7:49:"),
                          HasSubstr("t.yaml:9:11:"), HasSubstr("t.yaml:13:28:")));
}

TEST(ConfigErrors, AFloodOfThemIsCounted) {
  std::string text(kConfigText);
  for (int i = 0; i < 5000; ++i) absl::StrAppend(&text, "      - {nomber: ", i, "}\n");
  std::vector<std::string> errors = ErrorsOf(text);
  EXPECT_THAT(errors, SizeIs(101));
  EXPECT_EQ(errors.back(), "t.yaml: and 14900 more errors");
}

TEST(ConfigErrors, ControlCharactersOfAValueAreEscaped) {
  EXPECT_THAT(ErrorsWith("sip-port: 5060", "sip-port: \"1\\n\\e[31m\""),
              ElementsAre(HasSubstr("found \"1\\n\\x1b[31m\"")));
}

}  // namespace
}  // namespace understudy::daemon
