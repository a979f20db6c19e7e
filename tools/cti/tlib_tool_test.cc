// The tool against a model of a pair on real sockets, which runs on a thread of its own.
#include "tools/cti/tlib_tool.h"

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "boost/asio/executor_work_guard.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/ssl/context.hpp"
#include "client/testing/model_pair.h"
#include "daemon/http/test_certificates.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tlib/message_type.h"
#include "tools/cti/message_words.h"

namespace understudy::tools {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

using client::ModelPair;
using client::ModelSession;
using testing::AllOf;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using tlib::Attribute;
using tlib::ErrorCode;
using tlib::KeyValueList;
using tlib::Message;
using tlib::MessageType;

class TlibToolTest : public testing::Test {
 protected:
  TlibToolTest() {
    char name[] = "/tmp/tlib_test_XXXXXX";
    root_ = mkdtemp(name);
  }

  ~TlibToolTest() override {
    OnServer([this] { pair_.reset(); });
    work_.reset();
    io_.stop();
    thread_.join();
    fs::remove_all(root_);
  }

  void Serve(std::shared_ptr<asio::ssl::context> tls = nullptr) {
    OnServer([&] {
      pair_ = std::make_unique<ModelPair>(io_, std::move(tls));
      pair_->on_request = [this](ModelSession& session, const Message& request) { Answer(session, request); };
      servers_ = absl::StrJoin(pair_->servers(), ",");
    });
  }

  void Later(std::function<void()> task) { asio::post(io_, std::move(task)); }

  void OnServer(const std::function<void()>& task) {
    std::promise<void> done;
    asio::post(io_, [&] {
      task();
      done.set_value();
    });
    done.get_future().wait();
  }

  // What the model serves: registrations with the calls of a DN, and calls made.
  void Answer(ModelSession& session, const Message& request) {
    asked_.push_back(absl::StrCat(tlib::MessageTypeName(request.type()), " ", request.Text(Attribute::kThisDN)));
    last_ = request;
    Message event;
    switch (request.type()) {
      case MessageType::kRequestRegisterAddress:
        if (request.Text(Attribute::kThisDN) == "9") {
          return session.Refuse(request, ErrorCode::kUnknownDN, "this DN is not configured");
        }
        event = Message(MessageType::kEventRegistered).Set(Attribute::kThisDN, request.Text(Attribute::kThisDN));
        return session.Answer(request, event.Set(Attribute::kCalls, calls_));
      case MessageType::kRequestMakeCall:
        event = Message(MessageType::kEventDialing).Set(Attribute::kConnID, 0x1a);
        return session.Answer(request, event.Set(Attribute::kThisDN, request.Text(Attribute::kThisDN)));
      case MessageType::kRequestAnswerCall:
        event = Message(MessageType::kEventEstablished).Set(Attribute::kConnID, request.Number(Attribute::kConnID));
        return session.Answer(request, event);
      case MessageType::kRequestQueryServer:
        return;
      default:
        return session.Refuse(request, ErrorCode::kUnsupportedOperation, "not served");
    }
  }

  void AddCall(int64_t conn_id, absl::string_view state) {
    KeyValueList call;
    call.Append("ConnID", ConnIDText(conn_id));
    call.Append("PartyState", state);
    calls_.Append({absl::StrCat(calls_.pairs().size() + 1), call});
  }

  int Run(std::vector<std::string> args, int input = -1) {
    args.insert(args.begin(), {"--server", servers_});
    return RunBare(args, input);
  }

  int RunBare(const std::vector<std::string>& args, int input = -1) {
    std::ostringstream out;
    std::ostringstream err;
    const auto go_on = [&] {
      out_ = out.str();
      err_ = err.str();
      return go_on_();
    };
    const int code = Tlib(args, TlibIo{{out, err, go_on}, input, false});
    out_ = out.str();
    err_ = err.str();
    return code;
  }

  // As a pipe that somebody has written into and closed.
  int RunWith(const std::string& input) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    EXPECT_EQ(write(ends[1], input.data(), input.size()), static_cast<ssize_t>(input.size()));
    close(ends[1]);
    const int code = Run({"run", "-"}, ends[0]);
    close(ends[0]);
    return code;
  }

  std::string root_;
  std::string servers_;
  std::string out_;
  std::string err_;
  std::function<bool()> go_on_ = [] { return true; };
  KeyValueList calls_;
  std::vector<std::string> asked_;
  Message last_;
  std::unique_ptr<ModelPair> pair_;

 private:
  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  std::thread thread_{[this] { io_.run(); }};
};

TEST_F(TlibToolTest, MakeCallRegistersFirstAndPrintsItsEvent) {
  Serve();
  EXPECT_EQ(Run({"make-call", "1001", "1002"}), 0) << err_;
  EXPECT_EQ(out_,
            "EventDialing\n  ReferenceID            1\n  ConnID                 000000000000001a\n"
            "  ThisDN                 1001\n");
  EXPECT_THAT(asked_, ElementsAre("RequestRegisterAddress 1001", "RequestMakeCall 1001"));
  EXPECT_EQ(last_.Text(Attribute::kOtherDN), "1002");
}

TEST_F(TlibToolTest, WithJsonTheOutcomeIsOneLine) {
  Serve();
  EXPECT_EQ(Run({"--json", "--reference", "5", "make-call", "1001", "1002"}), 0) << err_;
  EXPECT_EQ(out_,
            "{\"Event\":\"EventDialing\",\"ReferenceID\":5,\"ConnID\":\"000000000000001a\",\"ThisDN\":\"1001\"}\n");
}

TEST_F(TlibToolTest, TheSessionIsEndedAtTheServer) {
  Serve();
  EXPECT_EQ(Run({"register", "1001"}), 0) << err_;
  size_t sessions = 1;
  OnServer([&] { sessions = pair_->sessions().size(); });
  EXPECT_EQ(sessions, 0u);
}

TEST_F(TlibToolTest, ARefusalIsCodeOneAndSaysWhatToDo) {
  Serve();
  EXPECT_EQ(Run({"make-call", "9", "1002"}), 1);
  EXPECT_THAT(err_, AllOf(HasSubstr("refused for 9: UnknownDN: this DN is not configured"), HasSubstr("what to do: ")));
  EXPECT_THAT(out_, IsEmpty());
  for (const char* command : {"register", "watch"}) {
    EXPECT_EQ(Run({command, "1001", "9"}), 1);
    EXPECT_THAT(out_, HasSubstr("EventRegistered"));
    EXPECT_THAT(err_, HasSubstr("refused for 9: UnknownDN"));
  }
}

TEST_F(TlibToolTest, TheCallThatFitsIsTaken) {
  Serve();
  AddCall(7, "Held");
  AddCall(8, "Alerting");
  EXPECT_EQ(Run({"answer", "1001"}), 0) << err_;
  EXPECT_EQ(last_.Number(Attribute::kConnID), 8);
  EXPECT_EQ(Run({"answer", "1001", "--call", "7"}), 0) << err_;
  EXPECT_EQ(last_.Number(Attribute::kConnID), 7);
  EXPECT_EQ(Run({"hold", "1001"}), 1);
  EXPECT_THAT(err_, HasSubstr("say which with --call"));
}

TEST_F(TlibToolTest, ADnWithoutACallHasNoneToAnswer) {
  Serve();
  EXPECT_EQ(Run({"answer", "1001"}), 1);
  EXPECT_THAT(err_, HasSubstr("1001 has no call"));
}

TEST_F(TlibToolTest, MisuseIsCodeTwoAndAsksNobody) {
  const std::vector<std::vector<std::string>> kTable = {
      {"--server", "a:1", "make-call", "1001"},
      {"--server", "a:1", "fly", "1001"},
      {"--server", "a", "register", "1001"},
      {"--server", "a:1,b:1,c:1", "register", "1001"},
      {"register", "1001"},
      {"--server", "a:1", "register"},
      {"--server", "a:1", "watch"},
      {"--server", "a:1", "--timeout", "0", "register", "1001"},
      {"--server", "a:1", "--call", "xyz", "answer", "1001"},
      {"--server", "a:1", "--reference", "x", "answer", "1001"},
      {"--server", "a:1", "--tls-key", "k", "answer", "1001"},
      {"--server", "a:1", "--password-file", "/nowhere/password", "answer", "1001"},
      {"--server", "a:1", "--no-such-option", "answer", "1001"},
      {"--server", "a:1"},
  };
  for (const auto& args : kTable) {
    EXPECT_EQ(RunBare(args), 2) << absl::StrJoin(args, " ");
    EXPECT_THAT(err_, StartsWith("tlib: "));
  }
}

TEST_F(TlibToolTest, HelpIsForTheToolAndForEachCommand) {
  EXPECT_EQ(RunBare({"--help"}), 0);
  EXPECT_THAT(out_, AllOf(HasSubstr("make-call DN DESTINATION"), HasSubstr("Exit codes:")));
  EXPECT_EQ(RunBare({"make-call", "--help"}), 0);
  EXPECT_THAT(out_, AllOf(HasSubstr("Usage: "), HasSubstr("make-call 1001 1002")));
}

TEST_F(TlibToolTest, NoServerIsCodeThree) {
  Serve();
  OnServer([this] {
    pair_->Stop(0);
    pair_->Stop(1);
  });
  EXPECT_EQ(Run({"register", "1001"}), 3);
  EXPECT_THAT(err_, HasSubstr("connection refused"));
}

TEST_F(TlibToolTest, ADeadServerIsNoReasonToGiveUpASlowOne) {
  Serve();
  OnServer([this] {
    pair_->FailOver();
    pair_->Stop(0);
  });
  std::promise<void> awake;
  Later([&awake] { awake.get_future().wait(); });
  bool is_slow = true;
  go_on_ = [&] {
    const size_t refusals = std::vector<std::string>(absl::StrSplit(out_, "connection refused")).size() - 1;
    if (refusals >= 3 && std::exchange(is_slow, false)) awake.set_value();
    return true;
  };
  EXPECT_EQ(RunWith(""), 0) << err_;
  EXPECT_FALSE(is_slow);
  if (is_slow) awake.set_value();
}

TEST_F(TlibToolTest, ABackupIsAskedAboutItself) {
  Serve();
  OnServer([this] { pair_->has_primary = false; });
  EXPECT_EQ(Run({"--json", "query-server"}), 0) << err_;
  EXPECT_THAT(out_, AllOf(HasSubstr("\"ServerName\":\"node-0\""), HasSubstr("\"ServerName\":\"node-1\"")));
  OnServer([this] { pair_->Stop(0); });
  EXPECT_EQ(Run({"query-server"}), 0) << err_;
  EXPECT_THAT(out_, AllOf(Not(HasSubstr("node-0")), HasSubstr("node-1")));
}

TEST_F(TlibToolTest, ToAskTheServersTakesNoSession) {
  Serve();
  EXPECT_EQ(Run({"query-server"}), 0) << err_;
  EXPECT_THAT(out_, AllOf(HasSubstr("node-0"), HasSubstr("node-1")));
  int attaches = -1;
  OnServer([&] { attaches = pair_->attaches(); });
  EXPECT_EQ(attaches, 0);
}

TEST_F(TlibToolTest, WhoIsGivenNoSessionHearsWhy) {
  Serve();
  OnServer([this] { pair_->attach_refusal = ErrorCode::kServiceUnavailable; });
  EXPECT_EQ(Run({"--timeout", "1", "register", "1001"}), 3);
  EXPECT_THAT(err_, AllOf(HasSubstr("ServiceUnavailable: not now"), Not(HasSubstr("primary"))));
}

TEST_F(TlibToolTest, ARequestAsItIsAsksNothingElse) {
  Serve();
  EXPECT_EQ(Run({"--as-is", "request", "MakeCall", "ThisDN=1001", "OtherDN=1002"}), 0) << err_;
  EXPECT_THAT(asked_, ElementsAre("RequestMakeCall 1001"));
}

TEST_F(TlibToolTest, NoPrimaryIsCodeThree) {
  Serve();
  OnServer([this] { pair_->has_primary = false; });
  EXPECT_EQ(Run({"--timeout", "1", "register", "1001"}), 3);
  EXPECT_THAT(err_, HasSubstr("none of the servers is the primary"));
}

TEST_F(TlibToolTest, ThePasswordIsThatOfTheFile) {
  Serve();
  OnServer([this] { pair_->password = "secret"; });
  EXPECT_EQ(Run({"register", "1001"}), 3);
  EXPECT_THAT(err_, HasSubstr("wrong password"));
  std::ofstream(root_ + "/password") << "secret\n";
  EXPECT_EQ(Run({"--password-file", root_ + "/password", "register", "1001"}), 0) << err_;
}

TEST_F(TlibToolTest, AFileWithoutAPasswordIsCodeTwo) {
  std::ofstream(root_ + "/password") << "\nsecret\n";
  EXPECT_EQ(RunBare({"--server", "a:1", "--password-file", root_ + "/password", "register", "1001"}), 2);
  EXPECT_THAT(err_, HasSubstr("there is no password in the first line"));
}

TEST_F(TlibToolTest, NoAnswerIsCodeFour) {
  Serve();
  OnServer([this] { pair_->answers_queries = false; });
  EXPECT_EQ(Run({"--timeout", "1", "query-server"}), 4);
  EXPECT_THAT(err_, HasSubstr("no answer to RequestQueryServer"));
}

TEST_F(TlibToolTest, AnyRequestCanBeSaid) {
  Serve();
  EXPECT_EQ(Run({"request", "MakeCall", "ThisDN=1001", "OtherDN=1002", "UserData.case=4711", "ReferenceID=9"}), 0)
      << err_;
  EXPECT_EQ(last_.List(Attribute::kUserData).Text("case"), "4711");
  EXPECT_THAT(out_, HasSubstr("ReferenceID            9"));
}

TEST_F(TlibToolTest, RunAsksOneAfterTheOtherAndPrintsAllThatComes) {
  Serve();
  EXPECT_EQ(RunWith("{\"Request\":\"RequestRegisterAddress\",\"ThisDN\":\"1001\"}\n\n"
                    "{\"Request\":\"RequestMakeCall\",\"ThisDN\":\"1001\",\"OtherDN\":\"1002\",\"ReferenceID\":3}"),
            0)
      << err_;
  EXPECT_THAT(asked_, ElementsAre("RequestRegisterAddress 1001", "RequestMakeCall 1001"));
  EXPECT_THAT(out_, AllOf(HasSubstr("{\"Event\":\"EventRegistered\""), HasSubstr("\"ReferenceID\":3")));
}

TEST_F(TlibToolTest, RunGoesOnAfterARefusalAndEndsAtRubbish) {
  Serve();
  EXPECT_EQ(RunWith("{\"Request\":\"RequestHoldCall\",\"ThisDN\":\"1001\"}\n"
                    "{\"Request\":\"RequestMakeCall\",\"ThisDN\":\"1001\"}\n"),
            1);
  EXPECT_THAT(asked_, ElementsAre("RequestHoldCall 1001", "RequestMakeCall 1001"));
  EXPECT_EQ(RunWith("\nhello\n{\"Request\":\"RequestMakeCall\"}\n"), 2);
  EXPECT_THAT(err_, HasSubstr("line 2: "));
}

TEST_F(TlibToolTest, RunReadsAFile) {
  Serve();
  std::ofstream(root_ + "/requests") << "{\"Request\":\"RequestMakeCall\",\"ThisDN\":\"1001\"}\n";
  EXPECT_EQ(Run({"run", root_ + "/requests"}), 0) << err_;
  EXPECT_EQ(Run({"run", root_ + "/nothing"}), 2);
}

TEST_F(TlibToolTest, RunSaysWhenItsInputCannotBeRead) {
  Serve();
  EXPECT_EQ(Run({"run", root_}), 2);
  EXPECT_THAT(err_, HasSubstr(root_ + " cannot be read: Is a directory"));
}

TEST_F(TlibToolTest, RunThatIsInterruptedIsCodeFour) {
  Serve();
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  go_on_ = [this] { return out_.find("EventServerConnected") == std::string::npos; };
  EXPECT_EQ(Run({"run", "-"}, ends[0]), 4);
  EXPECT_THAT(err_, HasSubstr("interrupted"));
  close(ends[0]);
  close(ends[1]);
}

TEST_F(TlibToolTest, WatchShowsEventsUntilItIsStopped) {
  Serve();
  bool said = false;
  go_on_ = [&] {
    const bool is_shown = out_.find("EventRinging") != std::string::npos;
    if (asked_.empty() || std::exchange(said, true)) return !is_shown;
    OnServer([this] {
      Message ringing(MessageType::kEventRinging);
      pair_->last_session().Say(ringing.Set(Attribute::kThisDN, "1001"));
    });
    return true;
  };
  EXPECT_EQ(Run({"watch", "1001"}), 0) << err_;
  EXPECT_THAT(out_, AllOf(HasSubstr("EventRegistered"), HasSubstr("EventRinging               1001")));
}

TEST_F(TlibToolTest, AServerThatStaysAwayIsSaidOnceAndWhen) {
  Serve();
  OnServer([this] { pair_->Stop(1); });
  EXPECT_EQ(Run({"--timeout", "1", "watch", "1001"}), 0) << err_;
  EXPECT_THAT(err_, ContainsRegex("[0-9][0-9]:[0-9][0-9]:[0-9][0-9]\\.[0-9]{3}  EventLinkDisconnected 127"));
  const std::vector<std::string> pieces = absl::StrSplit(err_, "EventLinkDisconnected");
  EXPECT_EQ(pieces.size(), 2u) << err_;
}

TEST_F(TlibToolTest, TheToolGoesOnWithTheOtherServerWhenThePrimaryDies) {
  Serve();
  OnServer([this] {
    pair_->FailOver();
    pair_->Stop(0);
  });
  EXPECT_EQ(Run({"make-call", "1001", "1002"}), 0) << err_;
}

TEST_F(TlibToolTest, OverTlsTheServerMustBeSignedByTheCaThatIsNamed) {
  const http::TestCertificates pki(root_);
  const http::TestCertificates others(root_, "others");
  auto tls = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  tls->use_certificate_chain_file(pki.server().certificate);
  tls->use_private_key_file(pki.server().key, asio::ssl::context::pem);
  Serve(tls);
  EXPECT_EQ(Run({"--tls-ca", pki.server().ca, "make-call", "1001", "1002"}), 0) << err_;
  EXPECT_EQ(Run({"--tls-ca", others.server().ca, "make-call", "1001", "1002"}), 3);
  EXPECT_THAT(err_, HasSubstr("certificate verify failed"));
  EXPECT_EQ(Run({"--tls-ca", pki.server().ca, "--tls-name", "other.example", "make-call", "1001", "1002"}), 3);
}

}  // namespace
}  // namespace understudy::tools
