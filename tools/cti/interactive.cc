#include "tools/cti/interactive.h"

#include <stdio.h>

// Needs FILE.
#include <editline/readline.h>

#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "boost/asio/posix/stream_descriptor.hpp"
#include "tools/command_line.h"
#include "tools/cti/command_help.h"
#include "tools/cti/cti_command.h"
#include "tools/cti/message_words.h"
#include "tools/cti/tlib_options.h"

namespace understudy::tools {
namespace {

constexpr char kPrompt[] = "tlib> ";
constexpr char kHelp[] =
    "  help [COMMAND]                             this, or more of a command\n"
    "  quit                                       end the session\n"
    "A command may have --call CONNID, --held CONNID and --reference N. Tab completes.\n";

// What the editor's callbacks, which take no argument, work with.
struct Editor {
  std::deque<std::string> lines;
  bool ended = false;
  const CtiExecutor* executor = nullptr;
  std::vector<std::string> candidates;
};

Editor* the_editor = nullptr;

void TakeLine(char* line) {
  if (line == nullptr) {
    the_editor->ended = true;
    return;
  }
  if (*line != '\0') add_history(line);
  the_editor->lines.emplace_back(line);
  free(line);
}

std::vector<std::string> Candidates(absl::string_view before, absl::string_view word) {
  const std::vector<absl::string_view> words = absl::StrSplit(before, ' ', absl::SkipEmpty());
  std::vector<std::string> all;
  if (words.empty()) {
    all = {"help", "quit"};
    for (const CtiCommand& command : CtiCommands()) all.emplace_back(command.name);
  } else if (words[0] == "help") {
    for (const CtiCommand& command : CtiCommands()) all.emplace_back(command.name);
  } else if (words.back() == "--call" || words.back() == "--held") {
    all.assign(the_editor->executor->conn_ids().begin(), the_editor->executor->conn_ids().end());
  } else if (words[0] == "request" && words.size() == 1) {
    all = RequestNames();
  } else if (words[0] == "request") {
    for (const std::string& name : AttributeNames()) all.push_back(absl::StrCat(name, "="));
  } else {
    all = {"--call", "--held", "--reference"};
  }
  std::vector<std::string> fitting;
  for (std::string& each : all) {
    if (absl::StartsWith(each, word)) fitting.push_back(std::move(each));
  }
  return fitting;
}

char* NextCandidate(const char*, int state) {
  const size_t at = static_cast<size_t>(state);
  return at < the_editor->candidates.size() ? strdup(the_editor->candidates[at].c_str()) : nullptr;
}

char** Complete(const char* word, int start, int) {
  rl_attempted_completion_over = 1;
  the_editor->candidates = Candidates(absl::string_view(rl_line_buffer, static_cast<size_t>(start)), word);
  // An attribute's value follows its name at once.
  if (the_editor->candidates.size() == 1 && absl::EndsWith(the_editor->candidates[0], "=")) {
    rl_completion_append_character = '\0';
  } else {
    rl_completion_append_character = ' ';
  }
  return rl_completion_matches(word, NextCandidate);
}

void PrintHelp(const ToolIo& io, const std::vector<std::string>& words) {
  if (words.size() > 1) {
    const absl::StatusOr<const CtiCommand*> command = FindCtiCommand(words[1]);
    if (!command.ok()) {
      Complain(io, command.status());
      return;
    }
    io.out << CommandHelp(**command) << std::flush;
    return;
  }
  io.out << CommandList() << kHelp << std::flush;
}

// False: no more.
bool DoLine(CtiExecutor* executor, const ToolIo& io, absl::string_view line) {
  const std::vector<std::string> words = absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  if (words.empty()) return true;
  if (words[0] == "quit" || words[0] == "exit") return false;
  if (words[0] == "help") {
    PrintHelp(io, words);
    return true;
  }
  const absl::StatusOr<CommandLine> parsed = CommandLine::Parse(TlibSpec(), words);
  absl::StatusOr<CommandOptions> options = parsed.ok() ? CommandOptionsOf(*parsed) : parsed.status();
  const absl::StatusOr<const CtiCommand*> command = FindCtiCommand(words[0]);
  if (!options.ok() || !command.ok()) {
    Complain(io, options.ok() ? command.status() : options.status());
    return true;
  }
  const auto operands = absl::Span<const std::string>(parsed->operands()).subspan(1);
  const absl::Status fitting = CheckOperands(**command, operands, options->calls);
  if ((*command)->name == "run") {
    Complain(io, absl::InvalidArgumentError("run is for the command line: tlib --server A run FILE"));
  } else if (!fitting.ok()) {
    Complain(io, fitting);
  } else if ((*command)->make != nullptr) {
    executor->Execute(**command, operands, *options);
  } else {
    executor->Register(operands, *options);
    if (options->calls) executor->StartMonitoring();
  }
  return true;
}

class Terminal {
 public:
  Terminal(CtiConnection* connection, CtiExecutor* executor, int input) : input_(connection->io(), input) {
    editor_.executor = executor;
    the_editor = &editor_;
    rl_readline_name = "tlib";
    rl_attempted_completion_function = Complete;
    rl_callback_handler_install(kPrompt, TakeLine);
    executor->before_line = [] { fputs("\r\x1b[K", stdout), fflush(stdout); };
    executor->after_line = [this] {
      if (is_editing_) rl_forced_update_display();
    };
    Await();
  }

  ~Terminal() {
    rl_callback_handler_remove();
    input_.release();
    the_editor = nullptr;
  }

  Editor& editor() { return editor_; }
  // Between commands the prompt stands on the last line, and is put back under what is printed.
  void set_editing(bool editing) {
    if (editing && !is_editing_) rl_callback_handler_install(kPrompt, TakeLine);
    if (!editing && is_editing_) rl_callback_handler_remove();
    is_editing_ = editing;
    if (editing) Await();
  }

 private:
  // What is typed while a command is under way stays where it is: to wait for it would be to wake up without end.
  void Await() {
    if (std::exchange(is_awaiting_, true)) return;
    const auto readable = [this, alive = std::weak_ptr<bool>(alive_)](const boost::system::error_code& error) {
      if (error || alive.expired()) return;
      is_awaiting_ = false;
      if (!is_editing_) return;
      rl_callback_read_char();
      if (!editor_.ended) Await();
    };
    input_.async_wait(boost::asio::posix::stream_descriptor::wait_read, readable);
  }

  Editor editor_;
  boost::asio::posix::stream_descriptor input_;
  bool is_editing_ = true;
  bool is_awaiting_ = false;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for what was readable before the end
};

}  // namespace

void Interactive(CtiConnection* connection, CtiExecutor* executor, const ToolIo& io, int input) {
  Terminal terminal(connection, executor, input);
  Editor& editor = terminal.editor();
  bool goes_on = true;
  while (goes_on && connection->Run([&] { return editor.ended || !editor.lines.empty(); }, absl::nullopt)) {
    if (editor.lines.empty()) break;
    const std::string line = editor.lines.front();
    editor.lines.pop_front();
    terminal.set_editing(false);
    goes_on = DoLine(executor, io, line);
    if (goes_on) terminal.set_editing(true);
  }
  executor->before_line = [] {};
  executor->after_line = [] {};
  io.out << "\n";
}

}  // namespace understudy::tools
