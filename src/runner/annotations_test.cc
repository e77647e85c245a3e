#include "runner/annotations.h"

#include <gtest/gtest.h>

namespace open_cicd::runner {
namespace {

std::string shown_annotation(std::string_view line) {
  const auto found = parse_annotation(line);
  if (!found) return "none";
  return fmt::format("{}|{}|{}|{}|{}|{}", found->level, found->file.value_or("-"), found->line.value_or(0),
                     found->column.value_or(0), found->title.value_or("-"), found->message);
}

TEST(Annotations, AreLinesOfALog) {
  EXPECT_EQ(shown_annotation("::error file=src/a.c,line=3,col=7::no such name"), "error|src/a.c|3|7|-|no such name");
  EXPECT_EQ(shown_annotation("::warning::slow"), "warning|-|0|0|-|slow");
  EXPECT_EQ(shown_annotation("::notice title=Coverage::80%25%0Aof lines"), "notice|-|0|0|Coverage|80%\nof lines");
  EXPECT_EQ(shown_annotation("::error file=a%2Cb%3Ac.c,line=0,line=x::a::b"), "error|a,b:c.c|0|0|-|a::b");
}

TEST(Annotations, OtherLinesAreNone) {
  for (const char* line : {"", "::", "::error", "::error file=a", "error::x", " ::error::x", "::group::build",
                           "::endgroup::", "::errors::x", "::error::", "::error::\x01"})
    EXPECT_EQ(shown_annotation(line), "none") << line;
}

TEST(Annotations, WhatIsLongOrNotTextIsMadeReadable) {
  const auto found = parse_annotation("::error::" + std::string(5000, 'x'));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->message.size(), annotation_message_chars_max);
  EXPECT_EQ(shown_annotation("::error file=\x1b[31ma::b\xff"), "error|[31ma|0|0|-|b\xef\xbf\xbd");
}

struct Kept final : OutputSink {
  Task<void> write(int, std::string_view bytes) override {
    text += bytes;
    co_return;
  }
  std::string text;
};

// Writes `text` in pieces of `size` bytes and returns the messages found; the bytes must come through as they were.
std::vector<std::string> messages_of(std::string_view text, std::size_t size) {
  asio::io_context io(1);
  Kept kept;
  std::vector<protocol::Annotation> found;
  AnnotationReader reader(kept, found);
  asio::co_spawn(
      io,
      [](AnnotationReader& to, std::string_view all, std::size_t each) -> Task<void> {
        for (std::size_t at = 0; at < all.size(); at += each) co_await to.write(2, all.substr(at, each));
      }(reader, text, size),
      [](const std::exception_ptr& failure) { EXPECT_FALSE(failure); });
  io.run();
  reader.end(2);
  EXPECT_EQ(kept.text, text);
  std::vector<std::string> messages;
  for (const auto& one : found) {
    EXPECT_EQ(one.step, 2);
    messages.push_back(one.message);
  }
  return messages;
}

TEST(Annotations, AreFoundWhateverPiecesALogComesIn) {
  const std::string text = "a\n::error::one\r\n:\n::\n\n x ::error::no\n::warning::two\n" + std::string(20'000, ':') +
                           "\n::error::" + std::string(10'000, 'y') + "\n::notice::three";
  for (const std::size_t size : {1U, 2U, 3U, 7U, 100'000U})
    EXPECT_EQ(messages_of(text, size), (std::vector<std::string>{"one", "two", "three"})) << size;
}

TEST(Annotations, AJobHasAHundred) {
  std::string text;
  for (int i = 0; i < 150; ++i) text += fmt::format("::error::{}\n", i);
  const auto messages = messages_of(text, 1000);
  ASSERT_EQ(messages.size(), annotations_max);
  EXPECT_EQ(messages.back(), "99");
}

}  // namespace
}  // namespace open_cicd::runner
