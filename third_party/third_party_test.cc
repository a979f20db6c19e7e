// Every library that the rooms may name compiles under our flags, links and runs.
#include <capnp/message.h>
#include <capnp/serialize.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <rocksdb/db.h>
#include <rocksdb/file_system.h>
#include <spdlog/spdlog.h>
#include <yaml-cpp/yaml.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>

#include <memory>
#include <string>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/status/statusor.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "benchmark/benchmark.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "third_party/probe.capnp.h"

ABSL_FLAG(std::string, probe, "default", "shows that flags link");

namespace understudy::third_party {
namespace {

class ProbeFileSystem : public rocksdb::FileSystemWrapper {
 public:
  using rocksdb::FileSystemWrapper::FileSystemWrapper;
  const char* Name() const override { return "ProbeFileSystem"; }
};

TEST(ThirdParty, AbseilLinks) {
  absl::btree_map<int, std::string> ordered = {{2, "b"}, {1, "a"}};
  absl::flat_hash_map<std::string, int> lookup = {{"a", 1}};
  absl::StatusOr<int> failed = absl::NotFoundError("none");
  absl::Mutex mutex;
  absl::MutexLock lock(&mutex);
  EXPECT_EQ(ordered.begin()->second, "a");
  EXPECT_EQ(lookup.size(), 1u);
  EXPECT_EQ(failed.status().ToString(), "NOT_FOUND: none");
  EXPECT_EQ(std::string(absl::Cord("x")), "x");
  EXPECT_NE(absl::FormatTime(absl::Now()), "");
  EXPECT_EQ(absl::GetFlag(FLAGS_probe), "default");
}

TEST(ThirdParty, RocksDbLinksWithAFileSystemOfOurs) {
  auto file_system = std::make_shared<ProbeFileSystem>(rocksdb::FileSystem::Default());
  std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(file_system);
  rocksdb::Options options;
  options.create_if_missing = true;
  options.env = env.get();
  rocksdb::DB* opened = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open(options, absl::StrCat(testing::TempDir(), "/probe_db"), &opened).ok());
  std::unique_ptr<rocksdb::DB> db(opened);
  EXPECT_TRUE(db->Put(rocksdb::WriteOptions(), "key", "value").ok());
  std::string value;
  EXPECT_TRUE(db->Get(rocksdb::ReadOptions(), "key", &value).ok());
  EXPECT_EQ(value, "value");
}

TEST(ThirdParty, CapnpLinks) {
  capnp::MallocMessageBuilder message;
  message.initRoot<Probe>().setLsn(7);
  kj::Array<capnp::word> words = capnp::messageToFlatArray(message);
  capnp::FlatArrayMessageReader reader(words);
  EXPECT_EQ(reader.getRoot<Probe>().getLsn(), 7u);
}

TEST(ThirdParty, AsioBeastAndJsonLink) {
  boost::asio::io_context io;
  boost::asio::ip::udp::socket socket(io);
  boost::beast::http::request<boost::beast::http::string_body> request;
  request.target("/healthz");
  EXPECT_EQ(io.run(), 0u);
  EXPECT_EQ(boost::json::serialize(boost::json::value{{"a", 1}}), R"({"a":1})");
}

TEST(ThirdParty, OpenSslYamlSpdlogAndBenchmarkLink) {
  EXPECT_NE(EVP_aes_256_gcm(), nullptr);
  EXPECT_GT(OpenSSL_version_num(), 0x30000000u);
  EXPECT_NE(TLS_server_method(), nullptr);
  EXPECT_EQ(YAML::Load("{a: 1}")["a"].as<int>(), 1);
  EXPECT_EQ(spdlog::get("nobody"), nullptr);
  spdlog::info("a line of {}", "spdlog");
  EXPECT_NE(&benchmark::Shutdown, nullptr);
  EXPECT_THAT(std::string("gmock"), testing::HasSubstr("mock"));
}

}  // namespace
}  // namespace understudy::third_party
