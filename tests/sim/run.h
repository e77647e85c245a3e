// One seed from beginning to end: parts built, troubles struck and healed, rules checked.
#pragma once

#include "sim/mutant.h"
#include "sim/profile.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace open_cicd::sim {

struct Outcome {
  std::uint64_t seed = 0;
  std::string profile;
  std::string violation;  // empty: everything held
  std::uint64_t digest = 0;
  Time virtual_time{0};
  std::map<std::string, std::int64_t> counts, transitions;
  std::vector<std::string> trace;
};

// What runs share: a folder in memory, and a database that has been migrated once.
struct Template {
  std::filesystem::path folder, database;
  std::string admin_token, registration_token;
};
Template make_template(const std::filesystem::path& folder);

// On this thread; the thread should be new, because the product keeps caches for each thread.
Outcome run_seed(const Template& common, std::uint64_t seed, const Mutant& mutant, bool tracing);

}  // namespace open_cicd::sim
