#include "tests/flows/flow_script.h"

#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace understudy::tests {
namespace {

// What the phone of the script writes by itself.
constexpr absl::string_view kOfThePhone[] = {
    "Via",  "Max-Forwards", "Route", "Record-Route", "Contact", "Call-ID", "Content-Length",
    "CSeq", "From",         "To",    "Content-Type",
};

bool IsOfThePhone(absl::string_view name) {
  for (absl::string_view own : kOfThePhone) {
    if (absl::EqualsIgnoreCase(own, name)) return true;
  }
  return false;
}

std::string UserOf(absl::string_view uri) {
  const size_t begin = uri.find(':') + 1;
  return std::string(uri.substr(begin, uri.find_first_of("@;>", begin) - begin));
}

std::string Edit(absl::string_view text) {
  return absl::StrCat("  ", text, "\n");
}

class Writer {
 public:
  explicit Writer(const Play& play) : play_(play) {}

  std::string Stage() const {
    std::string dns = "configure\n  sip-address 10.0.0.10\n";
    std::string phones;
    int host = 0;
    std::set<std::string> seen;
    for (const Step& step : play_.steps) {
      if (step.who.empty() || !seen.insert(step.who).second) continue;
      const std::string address = absl::StrCat("10.0.0.", 100 + ++host);
      absl::StrAppend(&dns, Edit(absl::StrCat("dn ", step.who, " Extension contact=", address)));
      absl::StrAppend(&phones, "phone ", step.who, " ", step.who, " ", address, ":5060\n");
    }
    return absl::StrCat(dns, phones);
  }

  // Whoever is to hear a request that begins something knows it by the RFC's Call-ID.
  std::string Announce(const Step& step, const RfcFlow& flow) {
    std::string out;
    for (const Heard& heard : step.heard) {
      const RfcMessage* message = heard.message.empty() ? nullptr : flow.Find(heard.message);
      if (message != nullptr && BeginsDialog(*message)) {
        absl::StrAppend(&out, heard.who, ".", DialogOf(*message), " next\n");
      }
    }
    return out;
  }

  std::string Command(const Step& step, const RfcMessage& message) {
    std::string out = absl::StrCat(step.who, ".", DialogOf(message), " ",
                                   message.is_request() ? Request(message) : Answer(message), "\n");
    for (const auto& [name, value] : message.fields) {
      if (!IsOfThePhone(name)) absl::StrAppend(&out, Edit(absl::StrCat("+", name, ": ", Read(value))));
    }
    if (BeginsDialog(message)) absl::StrAppend(&out, Beginning(step, message));
    if (message.body_printed) absl::StrAppend(&out, Body(message));
    return out;
  }

 private:
  static bool BeginsDialog(const RfcMessage& message) {
    return message.is_request() && message.Tag("To").empty() && message.method() != "CANCEL" &&
           message.method() != "ACK";
  }

  // Each Call-ID of the RFC is a dialog of that number.
  std::string DialogOf(const RfcMessage& message) {
    const int next = static_cast<int>(dialogs_.size()) + 1;
    return absl::StrCat("d", dialogs_.emplace(message.Value("Call-ID"), next).first->second);
  }

  std::string Request(const RfcMessage& message) const {
    const bool outside = BeginsDialog(message);
    return absl::StrCat(message.method(), outside ? " " : "", outside ? UserOf(Read(message.uri())) : "");
  }

  static std::string Answer(const RfcMessage& message) {
    const std::string tag = message.Tag("To");
    return absl::StrCat(message.status(), " ", message.method(), tag.empty() ? "" : absl::StrCat(" tag=", tag));
  }

  std::string Beginning(const Step& step, const RfcMessage& message) const {
    const std::string from = message.Value("From");
    const std::string display = from.substr(0, from.find('<'));
    return absl::StrCat(
        Edit(absl::StrCat("From: ", display, "<sip:", step.who, "@10.0.0.10>;tag=", message.Tag("From"))),
        Edit(absl::StrCat("Call-ID: ", message.Value("Call-ID"))));
  }

  std::string Body(const RfcMessage& message) const {
    if (message.body.empty()) return Edit("body none");
    const std::string text = absl::StrReplaceAll(message.body, {{"\r\n", "\\n"}});
    return Edit(absl::StrCat("body ", message.Value("Content-Type"), " ", text));
  }

  std::string Read(std::string text) const {
    for (const auto& [from, to] : play_.readings) text = absl::StrReplaceAll(text, {{from, to}});
    return text;
  }

  const Play& play_;
  std::map<std::string, int> dialogs_;
};

}  // namespace

std::string FlowScript::Text(int new_reign_after) const {
  std::string text = stage;
  for (size_t i = 0; i < steps.size(); ++i) {
    absl::StrAppend(&text, steps[i]);
    if (new_reign_after == static_cast<int>(i)) absl::StrAppend(&text, "epoch\n");
  }
  return text;
}

FlowScript MakeScript(const Play& play, const RfcFlow& flow, std::vector<std::string>* faults) {
  FlowScript script;
  Writer writer(play);
  script.stage = writer.Stage();
  for (const Step& step : play.steps) {
    std::string command = absl::StrCat(step.command, "\n");
    if (!step.message.empty()) {
      const RfcMessage* message = flow.Find(step.message);
      if (message == nullptr) {
        faults->push_back(absl::StrCat("the RFC has no ", step.message, ", or several"));
        continue;
      }
      command = writer.Command(step, *message);
    }
    for (const std::string& edit : step.edits) absl::StrAppend(&command, Edit(edit));
    script.steps.push_back(absl::StrCat(writer.Announce(step, flow), command));
  }
  return script;
}

}  // namespace understudy::tests
