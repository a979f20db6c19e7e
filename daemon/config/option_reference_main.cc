// Renews the tables of docs/configuration.md in place:
//
//   bazel run //daemon/config:option_reference_main -- "$PWD/docs/configuration.md"
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "daemon/config/option_reference.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: option_reference_main docs/configuration.md\n";
    return 2;
  }
  std::ifstream in(argv[1], std::ios::binary);
  std::string document(std::istreambuf_iterator<char>(in), {});
  if (!in) {
    std::cerr << argv[1] << ": cannot be read\n";
    return 1;
  }
  absl::StatusOr<std::string> renewed = understudy::daemon::WithOptionReference(document);
  if (!renewed.ok()) {
    std::cerr << argv[1] << ": " << renewed.status().message() << "\n";
    return 1;
  }
  std::ofstream out(argv[1], std::ios::binary | std::ios::trunc);
  out << *renewed << std::flush;
  if (!out) {
    std::cerr << argv[1] << ": cannot be written\n";
    return 1;
  }
  return 0;
}
