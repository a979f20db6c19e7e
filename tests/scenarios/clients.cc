#include "tests/scenarios/clients.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tests/scenarios/client_words.h"
#include "tlib/message_codec.h"

namespace understudy::tests {
namespace {

// "key=17" among the words: 17. Otherwise what was there before.
void TakeNumber(absl::string_view word, absl::string_view key, uint64_t* value) {
  if (absl::ConsumePrefix(&word, key) && absl::ConsumePrefix(&word, "=")) (void)absl::SimpleAtoi(word, value);
}

}  // namespace

void Clients::Add(const std::string& name, const std::string& application) {
  Client client;
  client.application = application;
  clients_[name] = std::move(client);
}

std::string Clients::NameOf(engine::LinkId link) const {
  auto it = links_.find(link);
  return it == links_.end() ? absl::StrCat("link ", link.value()) : it->second;
}

void Clients::LoseLinks() {
  for (auto& [name, client] : clients_) client.lost = true;
}

bool Clients::Lives(engine::LinkId link) const {
  auto name = links_.find(link);
  if (name == links_.end()) return false;
  const Client& client = clients_.at(name->second);
  return client.link == link && !client.lost;
}

absl::StatusOr<engine::Input> Clients::Say(const std::vector<std::string>& words, Epoch epoch) {
  Client* client = &clients_.at(words[0]);
  const std::vector<std::string> rest(words.begin() + 1, words.end());
  if (rest.empty()) return absl::InvalidArgumentError("says nothing");
  const std::string& what = rest[0];
  const bool attaches = what == "attach" && (rest.size() < 2 || rest[1] != "twice");
  if (attaches || client->link.empty()) TakeNewLink(words[0], epoch);
  if (what == "attach") return Attach(client, rest);
  uint64_t number = what == "again" ? client->last_request : client->seen;
  if (rest.size() > 1) (void)absl::SimpleAtoi(rest[1], &number);
  if (what == "ack") return engine::ClientsAcknowledged{{{client->link, number}}};
  if (what == "lose" || what == "bye") {
    client->lost = true;
    return engine::ClientLinkLost{client->link, what == "bye"};
  }
  if (what == "again") {
    auto request = client->requests.find(number);
    if (request == client->requests.end()) return absl::InvalidArgumentError("has sent no such request");
    client->last_request = std::max(client->last_request, number);
    return engine::ClientRequested{client->link, tlib::RequestFrame{number, request->second}};
  }
  return Request(client, rest);
}

void Clients::TakeNewLink(const std::string& name, Epoch epoch) {
  Client& client = clients_.at(name);
  client.link = engine::LinkId(epoch.value() << 40 | (links_.size() + 1));
  client.lost = false;
  links_[client.link] = name;
}

engine::Input Clients::Attach(Client* client, const std::vector<std::string>& words) {
  const bool is_new = words.size() > 1 && words[1] == "new";
  if (is_new) {
    Client fresh;
    fresh.application = client->application;
    fresh.link = client->link;
    fresh.lost = client->lost;
    *client = std::move(fresh);
  }
  engine::ClientAttached input;
  input.application = client->application;
  input.attach = tlib::Attach{client->session, client->token, client->seen};
  for (absl::string_view word : words) {
    TakeNumber(word, "session", &input.attach.session);
    TakeNumber(word, "token", &input.attach.token);
    TakeNumber(word, "seen", &input.attach.seen_event);
    if (absl::ConsumePrefix(&word, "application=")) input.application = std::string(word);
  }
  client->seen = input.attach.seen_event;
  input.link = client->link;
  input.address = absl::StrCat("10.0.9.", links_.size(), ":50000");
  return input;
}

absl::StatusOr<engine::Input> Clients::Request(Client* client, std::vector<std::string> words) {
  uint64_t number = client->last_request + 1;
  absl::string_view first = words[0];
  if (words.size() > 1 && absl::ConsumePrefix(&first, "number=")) {
    (void)absl::SimpleAtoi(first, &number);
    words.erase(words.begin());
  } else {
    client->last_request = number;
  }
  absl::StatusOr<tlib::Message> request = RequestOf(words);
  if (!request.ok()) return request.status();
  client->requests[number] = *request;
  return engine::ClientRequested{client->link, tlib::RequestFrame{number, *std::move(request)}};
}

std::string Clients::Receive(const engine::SendClient& send) {
  if (!Lives(send.link)) return absl::StrCat("something went over link ", send.link.value(), ", which is gone");
  const std::string& name = links_.at(send.link);
  Client* client = &clients_.at(name);
  const std::string fault = std::visit([&](const auto& frame) { return Receive(client, frame); }, send.frame);
  return fault.empty() ? fault : absl::StrCat("to ", name, ": ", fault);
}

std::string Clients::Receive(Client* client, const tlib::Attached& attached) {
  client->session = attached.session;
  client->token = attached.token;
  if (attached.last_request > client->last_request) return "a request was applied that was never sent";
  client->last_request = attached.last_request;
  return {};
}

std::string Clients::Receive(Client* client, const tlib::EventFrame& event) {
  if (event.number != client->seen + 1) return absl::StrCat("event ", event.number, " after event ", client->seen);
  client->seen = event.number;
  const auto [known, is_new] = client->events.emplace(event.number, event);
  if (!is_new) return known->second == event ? "" : absl::StrCat("event ", event.number, " is another one than before");
  const absl::StatusOr<tlib::Message> message = tlib::DecodeMessage(event.message.view());
  if (!message.ok()) return std::string(message.status().message());
  if (!message->Has(tlib::Attribute::kTime)) return "an event without Time";
  const int64_t sequence = message->Number(tlib::Attribute::kEventSequenceNumber);
  if (sequence <= 0) return "an event without EventSequenceNumber";
  return {};
}

}  // namespace understudy::tests
