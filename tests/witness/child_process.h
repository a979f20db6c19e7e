// A program that a test starts, stops, kills and starts again.
//
//   ChildProcess arbiter({"tools/arbiter", "--file", path}, log_path);
//   arbiter.Signal(SIGKILL);
//   arbiter.Wait();
//
// Its standard output and error go into one file. What is still there at the end is killed, also when the test dies.
#ifndef UNDERSTUDY_TESTS_WITNESS_CHILD_PROCESS_H_
#define UNDERSTUDY_TESTS_WITNESS_CHILD_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace understudy::tests {

class ChildProcess {
 public:
  // Appends to `log_path`. A program that cannot be executed ends with status 127.
  ChildProcess(const std::vector<std::string>& command, const std::string& log_path);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  bool running();
  void Signal(int signal);
  // Waits for its end. Returns its exit code, or minus the signal that ended it.
  int Wait();

 private:
  pid_t pid_;
  int status_ = 0;
  bool ended_ = false;
};

// All that the file holds; empty when it is not there.
std::string FileText(const std::string& path);

}  // namespace understudy::tests

#endif  // UNDERSTUDY_TESTS_WITNESS_CHILD_PROCESS_H_
