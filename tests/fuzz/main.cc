#include "base/log.h"
#include "fuzz/fuzz.h"

#include <map>
#include <string>

namespace open_cicd::fuzz {
namespace {

std::map<std::string, Target>& targets() {
  static std::map<std::string, Target> all;
  return all;
}

// The one that the environment names; without one, the names of all are printed, for dev/fuzz.
Target chosen() {
  const char* name = std::getenv("OPEN_CICD_FUZZ_TARGET");
  if (name == nullptr) {
    for (const auto& [known, target] : targets()) std::printf("%s\n", known.c_str());
    std::exit(0);
  }
  const auto found = targets().find(name);
  if (found == targets().end()) {
    std::fprintf(stderr, "no fuzz target is called %s\n", name);
    std::exit(2);
  }
  return found->second;
}

}  // namespace

Registered::Registered(const char* name, Target target) {
  targets().emplace(name, target);
}

}  // namespace open_cicd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const open_cicd::fuzz::Target target = open_cicd::fuzz::chosen();
  target({reinterpret_cast<const char*>(data), size});
  return 0;
}

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  open_cicd::set_log_level(open_cicd::LogLevel::error);
  open_cicd::fuzz::chosen();
  return 0;
}
