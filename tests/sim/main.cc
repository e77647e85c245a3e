// sim: runs seeds, or mutants; see README.md in this folder.
#include "sim/report.h"
#include "sim/run.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <thread>
#include <unistd.h>

namespace open_cicd::sim {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::uint64_t first = 1, seeds = 2000, seed = 0;
  unsigned threads = std::max(1u, std::thread::hardware_concurrency());
  bool trace = false, all_mutants = false;
  std::string mutant = "none";
};

// A thread of its own: the product's caches of each thread begin empty.
Outcome run_fresh(const Template& common, std::uint64_t seed, const Mutant& mutant, bool tracing) {
  Outcome outcome;
  std::thread([&] { outcome = run_seed(common, seed, mutant, tracing); }).join();
  return outcome;
}

// The product as it is, under the name "none".
const Mutant& find_mutant(const std::string& name) {
  static const Mutant none;
  const auto found = std::ranges::find(mutants(), name, &Mutant::name);
  return found == mutants().end() ? none : *found;
}

std::set<std::string> mutant_names() {
  std::set<std::string> names{"none"};
  for (const Mutant& mutant : mutants()) names.emplace(mutant.name);
  return names;
}

// A mutant that merely breaks (a rewritten statement that no longer fits the tables) proves nothing. Of the product
// itself every violation counts.
bool counts(const Mutant& mutant, std::string_view violation) {
  const auto named = [&](std::string_view kind) { return violation.contains(kind); };
  return !violation.empty() && (mutant.found_as.empty() || std::ranges::any_of(mutant.found_as, named));
}

// Seeds first … first + count - 1, on some threads, until one has a violation that counts; what runs beside it then
// still ends. `other` is the last one that does not count.
Report run_many(const Template& common, const Options& options, const Mutant& mutant, std::string* other = nullptr) {
  Report report;
  std::mutex mutex;
  std::atomic<std::uint64_t> next = options.first;
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < options.threads; ++i) {
    threads.emplace_back([&] {
      while (!stop) {
        const std::uint64_t seed = next++;
        if (seed >= options.first + options.seeds) return;
        Outcome outcome = run_fresh(common, seed, mutant, false);
        const std::lock_guard lock(mutex);
        if (!counts(mutant, outcome.violation) && !outcome.violation.empty()) {
          if (other != nullptr) *other = fmt::format("seed {}: {}", seed, outcome.violation);
          outcome.violation.clear();
        }
        report.add(outcome);
        stop = stop || !outcome.violation.empty();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return report;
}

int run_one(const Template& common, const Options& options) {
  const Outcome outcome = run_fresh(common, options.seed, find_mutant(options.mutant), options.trace);
  for (const std::string& line : outcome.trace) fmt::print("{}\n", line);
  fmt::print("seed {} ({}), {:.0f} virtual seconds, digest {:016x}: {}\n", outcome.seed, outcome.profile,
             std::chrono::duration<double>(outcome.virtual_time).count(), outcome.digest,
             outcome.violation.empty() ? "held" : outcome.violation);
  return outcome.violation.empty() ? 0 : 1;
}

// The same seed twice is the same run, or no failure could be replayed.
bool is_deterministic(const Template& common, std::uint64_t first) {
  for (std::uint64_t seed = first; seed < first + 10; ++seed) {
    const Outcome once = run_fresh(common, seed, find_mutant("none"), false);
    const Outcome again = run_fresh(common, seed, find_mutant("none"), true);
    if (once.digest == again.digest) continue;
    fmt::print("seed {} ran differently the second time\n", seed);
    return false;
  }
  return true;
}

int run_seeds(const Template& common, const Options& options) {
  const auto begun = std::chrono::steady_clock::now();
  const bool same = is_deterministic(common, options.first);
  const Report report = run_many(common, options, find_mutant(options.mutant));
  report.print(std::chrono::steady_clock::now() - begun, options.mutant);
  if (const auto failed = report.first_failure()) {
    const Outcome again = run_fresh(common, *failed, find_mutant(options.mutant), true);
    print_tail(again);
    return 1;
  }
  const bool covered = options.seeds < 1000 || report.covered();
  return same && covered ? 0 : 1;
}

int run_mutants(const Template& common, const Options& options) {
  int missed = 0;
  for (const Mutant& mutant : mutants()) {
    std::string other = "nothing else";
    const Report report = run_many(common, options, mutant, &other);
    const auto seed = report.first_failure();
    missed += seed ? 0 : 1;
    fmt::print("{:<18} {:<50} {}\n", mutant.name, mutant.what,
               seed ? fmt::format("found by seed {} ({} run): {}", *seed, report.runs(), report.violation())
                    : fmt::format("NOT FOUND in {} seeds, but {}", report.runs(), other));
  }
  return missed;
}

int main_of(int argc, char** argv) {
  Options options;
  CLI::App app("Deterministic simulation of jobs, leases and logs");
  app.add_option("--first", options.first, "the first seed");
  app.add_option("--seeds", options.seeds, "how many");
  app.add_option("--threads", options.threads);
  auto* one = app.add_option("--seed", options.seed, "only this one");
  app.add_flag("--trace", options.trace, "with --seed: everything that happens")->needs(one);
  app.add_option("--mutant", options.mutant, "with one rule of the product taken away")
      ->check(CLI::IsMember(mutant_names()));
  app.add_flag("--mutants", options.all_mutants, "each mutant must be found");
  CLI11_PARSE(app, argc, argv);

  const fs::path memory = "/dev/shm";
  const fs::path folder =
      (fs::exists(memory) ? memory : fs::temp_directory_path()) / fmt::format("open-cicd-sim-{}", ::getpid());
  const Template common = make_template(folder);
  const int result = one->count() > 0      ? run_one(common, options)
                     : options.all_mutants ? run_mutants(common, options)
                                           : run_seeds(common, options);
  fs::remove_all(folder);
  return result;
}

}  // namespace
}  // namespace open_cicd::sim

int main(int argc, char** argv) {
  return open_cicd::sim::main_of(argc, argv);
}
