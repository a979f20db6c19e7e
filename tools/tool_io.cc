#include "tools/tool_io.h"

#include <iostream>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace understudy::tools {
namespace {

int CodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return kWrongUsage;
    case absl::StatusCode::kNotFound:
      return kNothingFound;
    case absl::StatusCode::kDataLoss:
      return kDifferent;
    default:
      return kUnreadable;
  }
}

}  // namespace

ToolIo StandardIo() {
  std::ios::sync_with_stdio(false);
  return ToolIo{std::cout, std::cerr, [] {
                  absl::SleepFor(absl::Milliseconds(100));
                  return true;
                }};
}

std::vector<std::string> Arguments(int argc, char** argv) {
  return {argv + 1, argv + argc};
}

int Fail(const ToolIo& io, const absl::Status& status, const char* tool) {
  io.out.flush();
  io.err << tool << ": " << status.message() << "\n";
  return CodeOf(status);
}

int Finish(const ToolIo& io, const char* tool, int code) {
  io.out.flush();
  if (io.out.good()) return code;
  io.err << tool << ": the output could not be written: is the disk full?\n";
  return kUnreadable;
}

}  // namespace understudy::tools
