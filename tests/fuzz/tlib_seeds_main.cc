// Writes the seeds of tlib_frame_fuzz anew, real encodings of each kind. Usage: tlib_seeds DIRECTORY
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tlib/frame_codec.h"
#include "tlib/message_codec.h"
#include "tlib/message_json.h"
#include "tlib/message_samples_testing.h"

namespace understudy::tlib {
namespace {

void Write(const std::string& path, absl::string_view bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

Message MakeCall() {
  Message message(MessageType::kRequestMakeCall);
  message.Set(Attribute::kReferenceID, 7).Set(Attribute::kThisDN, "1001").Set(Attribute::kOtherDN, "1002");
  return message.Set(Attribute::kUserData, FullList());
}

Message Ringing() {
  Message message(MessageType::kEventRinging);
  for (Attribute attribute : {Attribute::kConnID, Attribute::kCallUUID, Attribute::kCallType, Attribute::kThisDN,
                              Attribute::kThisDNRole, Attribute::kOtherDN, Attribute::kExtensions, Attribute::kTime}) {
    SetSample(attribute, &message);
  }
  return message;
}

std::vector<Frame> ClientsFrames() {
  return {Hello{1, "desktop", "secret", 9000}, Attach{0, 0, 0}, Attach{5, 0xfedcba9876543210, 17},
          RequestFrame{1, MakeCall()},         Acknowledge{17}, Ping{},
          Goodbye{ErrorCode::kNone, "bye"}};
}

std::vector<Frame> ServersFrames() {
  return {Welcome{1, "sip-a", "1.0", ServerRole::kPrimary, 9000, 60000, kMaxFrame, kRequestWindow},
          Attached{5, 0xfedcba9876543210, 3},
          EventFrame{1, 7, EncodeMessage(Ringing())},
          EventFrame{2, absl::nullopt, EncodeMessage(Ringing())},
          Role{ServerRole::kBackup},
          Pong{},
          Goodbye{ErrorCode::kSlowClient, "5,000 events wait"}};
}

void WriteSeeds(const std::string& directory) {
  for (const auto& [name, frames] : {std::pair{"client", ClientsFrames()}, std::pair{"server", ServersFrames()}}) {
    std::string stream;
    for (const Frame& frame : frames) AppendFrame(frame, &stream);
    Write(absl::StrCat(directory, "/stream_", name), stream);
  }
  for (const auto& [name, message] : {std::pair{"make_call", MakeCall()}, std::pair{"ringing", Ringing()},
                                      std::pair{"full", FullMessage(MessageType::kEventPrivateInfo)}}) {
    Write(absl::StrCat(directory, "/message_", name), EncodeMessage(message).view());
    Write(absl::StrCat(directory, "/json_", name), ToJson(message));
  }
}

}  // namespace
}  // namespace understudy::tlib

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: tlib_seeds DIRECTORY\n";
    return 2;
  }
  understudy::tlib::WriteSeeds(argv[1]);
  return 0;
}
