#include "daemon/config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "daemon/config/listeners.h"
#include "daemon/config/pair_reader.h"
#include "daemon/config/peer_reader.h"
#include "daemon/config/section_reader.h"
#include "daemon/config/tlib_reader.h"
#include "daemon/config/yaml_tree.h"

namespace understudy::daemon {
namespace {

enum class Kinds { kFiles, kFilesAndPipes };

// Fills `text` without leaving copies behind: its memory is taken once. At most one byte more than is allowed, so
// that the caller sees a file that is too large.
absl::Status ReadWhole(const std::string& path, Kinds kinds, std::string& text) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | (kinds == Kinds::kFiles ? O_NONBLOCK : 0));
  if (fd < 0) return absl::ErrnoToStatus(errno, path);
  absl::Cleanup closer = [fd] { ::close(fd); };
  struct stat info {};
  if (::fstat(fd, &info) != 0) return absl::ErrnoToStatus(errno, path);
  if (S_ISFIFO(info.st_mode) && kinds == Kinds::kFiles)
    return absl::InvalidArgumentError(absl::StrCat(path, ": a pipe can be read once only; restart, or use a file"));
  if (!S_ISREG(info.st_mode) && !S_ISFIFO(info.st_mode))
    return absl::InvalidArgumentError(absl::StrCat(path, ": not a file"));
  text.resize(YamlTree::kMaxBytes + 1);
  size_t size = 0;
  while (size < text.size()) {
    ssize_t n = ::read(fd, text.data() + size, text.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return absl::ErrnoToStatus(errno, path);
    if (n == 0) break;
    size += static_cast<size_t>(n);
  }
  text.resize(size);
  return absl::OkStatus();
}

void CheckTopLevel(const YamlNode& root, Diagnostics& diagnostics) {
  for (const YamlMember& member : root.members) {
    if (member.key != "node" && member.key != "pair")
      ReportUnknown(root, member, "key", "", {"node", "pair"}, diagnostics);
  }
}

constexpr absl::string_view kBackupSync = "backup-sync";

// The port is the pair's, what is shown there each node's.
void CheckSipTls(const YamlNode& root, const Config& config, Diagnostics& diagnostics) {
  const bool served = config.pair.ServesSecurely();
  if (served && !config.node.sip_tls) {
    diagnostics.Error(
        root.Find("node")->place,
        "node/sip-tls-cert is missing; allowed with TServer/sip-tls-port and sip-wss-port: a path, and sip-tls-key");
  }
  if (!served && config.node.sip_tls) {
    diagnostics.Warn(
        root.Find("node")->place,
        "node/sip-tls-cert: without TServer/sip-tls-port or sip-wss-port nobody sees it: it has no effect");
  }
}

// What the file's two parts say about each other. backup-sync is the node's own and never comes into the state.
void JoinParts(const YamlNode& root, Config& config, Diagnostics& diagnostics) {
  config.node.backup_sync = BackupSyncOf(config.pair.options);
  const bool given = config.pair.options.erase(std::string(kBackupSync)) != 0;
  if (given && !config.node.peer) {
    diagnostics.Warn(root.Find("pair")->Find("options")->Find(kBackupSync)->place,
                     "backup-sync belongs to a pair; no peer configured: it has no effect");
  }
  absl::optional<WitnessConfig>& witness = config.node.witness;
  if (witness && witness->type == WitnessType::kEtcd && witness->key.empty()) {
    witness->key = absl::StrCat("/understudy/", config.pair.switch_name);
  }
  CheckSipTls(root, config, diagnostics);
  CheckListeners(root, config.node, config.pair, diagnostics);
  WarnOfOpenPasswords(config.node.tlib, config.pair.clients, root.Find("node")->place, diagnostics);
}

absl::StatusOr<Config> ReadAndParse(const std::string& path, Kinds kinds) {
  std::string text;
  absl::Cleanup wipe = [&text] { OPENSSL_cleanse(text.data(), text.size()); };
  absl::Status read = ReadWhole(path, kinds, text);
  if (!read.ok()) return read;
  return ParseConfig(text, path);
}

}  // namespace

absl::StatusOr<Config> LoadConfig(const std::string& path) {
  return ReadAndParse(path, Kinds::kFilesAndPipes);
}

absl::StatusOr<Config> ReloadConfig(const std::string& path) {
  return ReadAndParse(path, Kinds::kFiles);
}

absl::StatusOr<Config> ParseConfig(absl::string_view text, absl::string_view file_name) {
  Diagnostics diagnostics(file_name);
  YamlTree tree;
  if (!tree.Parse(text, diagnostics)) return diagnostics.ErrorStatus();
  const YamlNode& root = tree.root();
  if (!IsMap(root, "the file", diagnostics)) return diagnostics.ErrorStatus();
  CheckTopLevel(root, diagnostics);
  Config config;
  config.node = ReadNode(root, diagnostics);
  config.pair = ReadPair(root, diagnostics);
  if (diagnostics.ok()) JoinParts(root, config, diagnostics);
  if (!diagnostics.ok()) return diagnostics.ErrorStatus();
  config.warnings = diagnostics.Warnings();
  config.places = OptionPlaces(file_name, root);
  return config;
}

}  // namespace understudy::daemon
