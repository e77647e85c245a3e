// Every test of this folder runs on SQLite and on PostgreSQL; the servers are shared by a suite's tests.
#pragma once

#include "support/plane.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

namespace open_cicd {

class BothDatabases : public testing::TestWithParam<const char*> {
 protected:
  // Kept for the whole program: a server per test would cost more than the tests. A test uses jobs and agents of its
  // own.
  TestPlane& plane() {
    static std::map<std::string, std::unique_ptr<TestPlane>> planes;
    auto& made = planes[GetParam()];
    if (!made) made = std::make_unique<TestPlane>(GetParam());
    return *made;
  }
};

#define INSTANTIATE_ON_BOTH_DATABASES(suite)                               \
  INSTANTIATE_TEST_SUITE_P(, suite, testing::Values("sqlite", "postgres"), \
                           [](const auto& info) { return std::string(info.param); })

}  // namespace open_cicd
