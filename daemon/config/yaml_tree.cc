#include "daemon/config/yaml_tree.h"

#include <openssl/crypto.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <exception>
#include <istream>
#include <streambuf>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace understudy::daemon {
namespace {

// Thrown by TreeBuilder through yaml-cpp's parser, caught in YamlTree::Parse.
struct Refused {
  Place place;
  std::string text;
};

// Lets yaml-cpp read from the caller's bytes without a copy of ours.
class ViewBuffer : public std::streambuf {
 public:
  explicit ViewBuffer(absl::string_view text) {
    char* begin = const_cast<char*>(text.data());
    setg(begin, begin, begin + text.size());
  }
};

Place PlaceOf(const YAML::Mark& mark) {
  return mark.is_null() ? Place{} : Place{mark.line + 1, mark.column + 1};
}

class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::deque<std::string>& texts, Diagnostics& diagnostics) : texts_(texts), diagnostics_(diagnostics) {}

  YamlNode TakeRoot() { return std::move(root_); }
  int documents() const { return documents_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) throw Refused{PlaceOf(mark), "a second YAML document begins; one is allowed"};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    if (KeyIsDue()) throw Refused{PlaceOf(mark), "a key is empty"};
    Add(NewNode(YamlNode::Kind::kNothing, mark));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refused{PlaceOf(mark), "aliases (*name) are not allowed; write the value out or put it in quotes"};
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& value) override {
    CheckTag(mark, tag);
    absl::string_view text = texts_.emplace_back(value);
    if (KeyIsDue()) {
      open_.back().key = text;
      open_.back().key_place = PlaceOf(mark);
      open_.back().has_key = true;
      return;
    }
    YamlNode node = NewNode(YamlNode::Kind::kText, mark);
    node.text = text;
    Add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    Begin(YamlNode::Kind::kList, mark, tag);
  }
  void OnSequenceEnd() override { End(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, YAML::EmitterStyle::value) override {
    Begin(YamlNode::Kind::kMap, mark, tag);
  }
  void OnMapEnd() override {
    DropRepeatedKeys(open_.back().node);
    End();
  }

 private:
  struct Open {
    YamlNode node;
    bool has_key = false;
    absl::string_view key;
    Place key_place;
  };

  bool KeyIsDue() const {
    return !open_.empty() && open_.back().node.kind == YamlNode::Kind::kMap && !open_.back().has_key;
  }

  YamlNode NewNode(YamlNode::Kind kind, const YAML::Mark& mark) {
    if (++values_ > YamlTree::kMaxValues) {
      throw Refused{PlaceOf(mark), absl::StrCat("more than ", YamlTree::kMaxValues, " values")};
    }
    YamlNode node;
    node.kind = kind;
    node.place = PlaceOf(mark);
    return node;
  }

  void CheckTag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!" || absl::StartsWith(tag, "tag:yaml.org,2002:")) return;
    throw Refused{PlaceOf(mark), "tags (!name) are not allowed; put the value in quotes"};
  }

  void Begin(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag) {
    CheckTag(mark, tag);
    if (KeyIsDue()) throw Refused{PlaceOf(mark), "a key is a list or a map; a key must be a text"};
    if (open_.size() >= static_cast<size_t>(YamlTree::kMaxDepth)) {
      throw Refused{PlaceOf(mark), absl::StrCat("nested deeper than ", YamlTree::kMaxDepth, " levels")};
    }
    open_.push_back(Open{NewNode(kind, mark), false, {}, {}});
  }

  void End() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    Add(std::move(node));
  }

  void Add(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::kList) {
      parent.node.items.push_back(std::move(node));
      return;
    }
    parent.node.members.push_back(YamlMember{parent.key, parent.key_place, std::move(node)});
    parent.has_key = false;
  }

  void DropRepeatedKeys(YamlNode& map) {
    absl::flat_hash_map<absl::string_view, Place> seen;
    std::vector<YamlMember> distinct;
    distinct.reserve(map.members.size());
    for (YamlMember& member : map.members) {
      auto [first, is_new] = seen.try_emplace(member.key, member.place);
      if (is_new) {
        distinct.push_back(std::move(member));
        continue;
      }
      std::string key = diagnostics_.full() ? "" : ShownKey(map, member.key);
      diagnostics_.Error(member.place, absl::StrCat("key ", key, " is given twice; first in line ", first->second.line,
                                                    ", column ", first->second.column));
    }
    map.members = std::move(distinct);
  }

  std::deque<std::string>& texts_;
  Diagnostics& diagnostics_;
  YamlNode root_;
  std::vector<Open> open_;
  size_t values_ = 0;
  int documents_ = 0;
};

// yaml-cpp's own words, without the piece of the file that some of them quote after a colon.
std::string SyntaxText(const YAML::Exception& e) {
  absl::string_view text = e.msg;
  const bool is_alias = absl::StartsWith(text, "alias not found") || absl::StrContains(text, "anchor is not defined");
  return absl::StrCat("not valid YAML: ", text.substr(0, text.find(':')),
                      is_alias ? "; a value that begins with * needs quotes: \"*\"" : "");
}

}  // namespace

const YamlNode* YamlNode::Find(absl::string_view key) const {
  for (const YamlMember& member : members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

std::string ShownKey(const YamlNode& map, absl::string_view key) {
  // Misspelt ones, too. Such a key itself may be named.
  auto is_password = [](absl::string_view name) { return absl::StartsWithIgnoreCase(name, "pas"); };
  if (is_password(key)) return QuotedKey(key);
  for (const YamlMember& member : map.members) {
    if (is_password(member.key)) return "(not shown, because it stands beside a password)";
  }
  return QuotedKey(key);
}

absl::string_view KindName(YamlNode::Kind kind) {
  switch (kind) {
    case YamlNode::Kind::kNothing:
      return "nothing";
    case YamlNode::Kind::kText:
      return "a text";
    case YamlNode::Kind::kList:
      return "a list";
    case YamlNode::Kind::kMap:
      return "a map";
  }
  return "nothing";
}

YamlTree::~YamlTree() {
  for (std::string& text : texts_) OPENSSL_cleanse(text.data(), text.size());
}

bool YamlTree::Parse(absl::string_view text, Diagnostics& diagnostics) {
  if (text.size() > kMaxBytes) {
    diagnostics.Error({}, absl::StrCat("the file has ", text.size(), " bytes; allowed: up to ", kMaxBytes));
    return false;
  }
  ViewBuffer buffer(text);
  std::istream stream(&buffer);
  TreeBuilder builder(texts_, diagnostics);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Refused& refused) {
    diagnostics.Error(refused.place, refused.text);
    return false;
  } catch (const YAML::Exception& e) {
    diagnostics.Error(PlaceOf(e.mark), SyntaxText(e));
    return false;
  } catch (const std::exception&) {
    diagnostics.Error({}, "the file cannot be read as YAML");
    return false;
  }
  if (builder.documents() == 0) {
    diagnostics.Error({}, "the file is empty");
    return false;
  }
  root_ = builder.TakeRoot();
  return true;
}

}  // namespace understudy::daemon
