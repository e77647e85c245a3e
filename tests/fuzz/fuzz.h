// How a fuzz target is written: FUZZ_TARGET(name) { … bytes … }, one line of what it holds true beside it.
//
// A target must not keep state between inputs. A finding is a sanitizer's report, an exception that leaves the target,
// or REQUIRE.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace open_cicd::fuzz {

using Target = void (*)(std::string_view bytes);

// Known to the program by its name.
struct Registered {
  Registered(const char* name, Target target);
};

#define FUZZ_TARGET(name)                                                 \
  static void fuzz_##name(std::string_view bytes);                        \
  static const ::open_cicd::fuzz::Registered name##_(#name, fuzz_##name); \
  static void fuzz_##name(std::string_view bytes)

#define REQUIRE(condition)                                                           \
  do {                                                                               \
    if (!(condition)) {                                                              \
      std::fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                  \
    }                                                                                \
  } while (false)

// Takes numbers and pieces from the front of an input, so that the fuzzer chooses where to cut.
class Choices {
 public:
  explicit Choices(std::string_view bytes) : bytes_(bytes) {}

  std::size_t up_to(std::size_t max) {
    if (bytes_.empty()) return 0;
    const auto byte = static_cast<unsigned char>(bytes_.front());
    bytes_.remove_prefix(1);
    return byte % (max + 1);
  }
  std::string_view piece(std::size_t size) {
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(taken.size());
    return taken;
  }
  std::string_view rest() const { return bytes_; }

 private:
  std::string_view bytes_;
};

}  // namespace open_cicd::fuzz
