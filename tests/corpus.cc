#include "tests/corpus.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace understudy::tests {
namespace {

namespace fs = std::filesystem;

bool Exists(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// Bazel's runfiles are symbolic links into the real workspace: following one of them leads out of the sandbox.
absl::optional<fs::path> SharedBeside(const fs::path& workspace_file) {
  std::error_code failed;
  fs::path real = fs::canonical(workspace_file, failed);
  if (failed) return absl::nullopt;
  fs::path shared = real.parent_path().parent_path() / "shared";
  if (!Exists(shared / "corpus")) return absl::nullopt;
  return shared;
}

absl::optional<fs::path> SharedBesideAnAncestor(fs::path directory) {
  while (!Exists(directory / "WORKSPACE")) {
    if (directory == directory.parent_path()) return absl::nullopt;
    directory = directory.parent_path();
  }
  return SharedBeside(directory / "WORKSPACE");
}

absl::optional<fs::path> Shared() {
  if (const char* named = std::getenv("UNDERSTUDY_SHARED"); named != nullptr && *named != '\0') return fs::path(named);
  if (const char* runfiles = std::getenv("TEST_SRCDIR"); runfiles != nullptr) {
    if (auto shared = SharedBeside(fs::path(runfiles) / "understudy" / "WORKSPACE")) return shared;
  }
  std::error_code ignored;
  fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  program += ".runfiles/understudy/WORKSPACE";
  if (auto shared = SharedBeside(program)) return shared;
  return SharedBesideAnAncestor(fs::current_path(ignored));
}

}  // namespace

absl::optional<std::string> CorpusPath(absl::string_view relative) {
  absl::optional<fs::path> shared = Shared();
  if (!shared) return absl::nullopt;
  fs::path path = *shared / "corpus";
  if (!relative.empty()) path /= std::string(relative);
  if (!Exists(path)) return absl::nullopt;
  return path.string();
}

absl::optional<std::string> ReadCorpusFile(absl::string_view relative) {
  absl::optional<std::string> path = CorpusPath(relative);
  if (!path || fs::is_directory(*path)) return absl::nullopt;
  std::ifstream file(*path, std::ios::binary);
  if (!file) return absl::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

std::vector<std::string> CorpusFiles(absl::string_view relative_directory) {
  std::vector<std::string> files;
  absl::optional<std::string> directory = CorpusPath(relative_directory);
  if (!directory) return files;
  const fs::path corpus = *CorpusPath("");
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(*directory)) {
    if (entry.is_regular_file()) files.push_back(entry.path().lexically_relative(corpus).string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace understudy::tests
