#include "engine/events/xml_text.h"

#include "gtest/gtest.h"

namespace understudy::engine {
namespace {

TEST(XmlTextTest, MarkupIsEscaped) {
  EXPECT_EQ(XmlText("<sip:a@b;x=\"1\"&y='2'>"), "&lt;sip:a@b;x=&quot;1&quot;&amp;y=&apos;2&apos;&gt;");
}

TEST(XmlTextTest, WhatNoDocumentMayHoldIsReplaced) {
  EXPECT_EQ(XmlText(absl::string_view("a\0b\x1b\x7f\xff", 6)), "a?b???");
}

}  // namespace
}  // namespace understudy::engine
