// What it costs to hide secrets in a log: 200 MB in the pieces in which a pipe gives them, beside a plain copy of the
// same bytes and beside a masker that has no secrets.
//   masker_bench [--mb 200] [--rounds 5]
#include "client/row.h"
#include "masker/masker.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <random>
#include <stdexcept>
#include <string>

namespace open_cicd {
namespace {

constexpr std::size_t pipe_bytes = 64 << 10, line_bytes = 100, secrets = 200;

template <class F>
double seconds_of(F work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::string random_text(std::mt19937& random, std::size_t size) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (; size > 0; --size) text += letters[random() % letters.size()];
  return text;
}

// As a job may have them: tokens, passwords with signs that are escaped, and some private keys.
std::vector<Secret> many_secrets() {
  std::mt19937 random(1);
  std::vector<Secret> all;
  for (std::size_t i = 0; i < secrets; ++i) {
    if (i % 20 == 0) {
      std::string key = "-----BEGIN PRIVATE KEY-----\n";
      for (int line = 0; line < 26; ++line) key += random_text(random, 64) + "\n";
      all.emplace_back(key + "-----END PRIVATE KEY-----\n");
    } else if (i % 3 == 0) {
      all.emplace_back("p&" + random_text(random, 8) + "\"'$" + random_text(random, 4));
    } else {
      all.emplace_back("ghp_" + random_text(random, 36));
    }
  }
  return all;
}

// A build's lines, all different.
std::string lines_of_a_build() {
  std::string text;
  for (std::uint32_t i = 0; text.size() < 1 << 20; ++i) {
    std::string line =
        fmt::format("[{:08}] compiling src/module_{:x}/file_{}.cc with options -O2 -g -Wall, {} of 20000", i,
                    (i * 2654435761u) >> 12, i % 977, i);
    line.resize(line_bytes - 1, ' ');
    text += line + "\n";
  }
  text.resize(1 << 20);
  return text;
}

// What a filter of words likes least: digits of hashes and of what is encoded.
std::string lines_of_digits() {
  std::mt19937 random(2);
  std::string text;
  while (text.size() < 1 << 20) {
    std::string hash;
    for (int i = 0; i < 8; ++i) hash += fmt::format("{:08x}", static_cast<std::uint32_t>(random()));
    text += hash + " " + random_text(random, line_bytes - hash.size() - 2) + "\n";
  }
  text.resize(1 << 20);
  return text;
}

class Bench {
 public:
  Bench(std::size_t mebibytes, int rounds) : mebibytes_(mebibytes), rounds_(rounds) {}

  void run() {
    const masker::Patterns none = masker::Patterns::make({}).value();
    std::vector<Secret> values = many_secrets();
    std::vector<double> making;
    for (int i = 0; i < rounds_; ++i)
      making.push_back(1e3 * seconds_of([&] { masker::Patterns::make(values).value(); }));
    bench::emit("masker.make", making);
    const masker::Patterns many = masker::Patterns::make(values).value();
    values.back() = Secret(std::string("k9Zq"));
    const masker::Patterns with_short = masker::Patterns::make(values).value();
    const std::string build = lines_of_a_build(), digits = lines_of_digits();
    measure("masker.none", none, build, pipe_bytes);
    measure("masker.many", many, build, pipe_bytes);
    measure("masker.lines", many, build, line_bytes);
    measure("masker.digits", many, digits, pipe_bytes);
    measure("masker.short", with_short, build, pipe_bytes);
  }

 private:
  void measure(std::string_view id, const masker::Patterns& patterns, const std::string& text, std::size_t part) {
    std::vector<double> masked, copied;
    for (int i = 0; i < rounds_; ++i) {
      copied.push_back(seconds_of([&] { through(text, part, [](std::string_view bytes) { return bytes; }); }));
      masker::Masker masker(patterns);
      masked.push_back(
          seconds_of([&] { through(text, part, [&](std::string_view bytes) { return masker.add(bytes); }); }));
    }
    bench::emit(id, masked, copied);
  }

  // Copies what comes out, as a spool does.
  template <class F>
  void through(std::string_view text, std::size_t part, F filter) {
    for (std::size_t i = 0; i < mebibytes_; ++i)
      for (std::size_t at = 0; at < text.size(); at += part) {
        const std::string_view out = filter(text.substr(at, part));
        if (out.size() > sizeof spool_) throw std::runtime_error("more comes out than was put in");
        std::memcpy(spool_, out.data(), out.size());
        asm volatile("" : : "r"(spool_) : "memory");  // the copy is wanted
      }
  }

  std::size_t mebibytes_;
  int rounds_;
  char spool_[2 * pipe_bytes];
};

}  // namespace
}  // namespace open_cicd

int main(int argc, char** argv) {
  std::size_t mebibytes = 200;
  int rounds = 5;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::string_view(argv[i]) == "--mb") mebibytes = std::stoul(argv[i + 1]);
    if (std::string_view(argv[i]) == "--rounds") rounds = std::stoi(argv[i + 1]);
  }
  open_cicd::Bench(mebibytes, rounds).run();
}
