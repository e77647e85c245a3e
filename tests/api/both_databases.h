// Every test of this folder runs on SQLite and on PostgreSQL; the servers are shared by a suite's tests.
#pragma once

#include "support/plane.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

namespace open_cicd {

// Kept for the whole program: a server per test would cost more than the tests. They stop before the databases do,
// which end with the program.
class SharedPlanes : public testing::Environment {
 public:
  // A suite that says its name has a server of its own: what others leave in the queue would be offered to its agents.
  TestPlane& on(const std::string& engine, const std::string& suite = {}) {
    auto& plane = planes_[engine + suite];
    if (!plane) plane = std::make_unique<TestPlane>(engine);
    return *plane;
  }
  void TearDown() override { planes_.clear(); }

 private:
  std::map<std::string, std::unique_ptr<TestPlane>> planes_;
};

inline SharedPlanes& shared_planes =
    static_cast<SharedPlanes&>(*testing::AddGlobalTestEnvironment(new SharedPlanes));  // googletest owns it

// A test uses jobs and agents of its own.
class BothDatabases : public testing::TestWithParam<const char*> {
 protected:
  TestPlane& plane() { return shared_planes.on(GetParam()); }
};

#define INSTANTIATE_ON_BOTH_DATABASES(suite)                               \
  INSTANTIATE_TEST_SUITE_P(, suite, testing::Values("sqlite", "postgres"), \
                           [](const auto& info) { return std::string(info.param); })

}  // namespace open_cicd
