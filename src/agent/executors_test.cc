#include "agent/executors.h"

#include "agent/temporary_folder.h"
#include "base/log.h"

#include <gtest/gtest.h>

#include <stdlib.h>

namespace open_cicd::agent {
namespace {

std::string& said_of_executors() {
  static std::string text;
  return text;
}

TEST(ChooseExecutors, OneThatDoesNotWorkHereIsToldWithItsReason) {
  ::setenv("DOCKER_HOST", "unix:///nowhere/docker.sock", 1);
  const TemporaryFolder folder;
  asio::io_context io;
  set_log_sink([](LogLevel level, std::string_view sentence, LogFields fields) {
    if (level == LogLevel::debug) return;
    said_of_executors() += sentence;
    for (const LogField& field : fields) said_of_executors() += fmt::format(" {}={}", field.name, field.value);
  });
  asio::co_spawn(io, choose_executors({}, folder.path()),
                 [](const std::exception_ptr& failure, const auto&) { EXPECT_FALSE(failure); });
  io.run();
  set_log_sink(nullptr);
  ::unsetenv("DOCKER_HOST");
  EXPECT_TRUE(said_of_executors().contains("not offered: it does not work here executor=docker why="))
      << said_of_executors();
  EXPECT_TRUE(said_of_executors().contains("unix:///nowhere/docker.sock")) << said_of_executors();
}

}  // namespace
}  // namespace open_cicd::agent
