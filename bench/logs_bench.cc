// What the log store costs: a long log beside a bare file of the same bytes, one log watched by many, and its lines and
// searches beside grep.
//   logs_bench [--mb 200] [--viewers 1000] [--events 500] [--folder DIR]
#include "adapters/sqlite/sqlite.h"
#include "base/crypto.h"
#include "base/log.h"
#include "base/stop.h"
#include "client/row.h"
#include "db/migrator.h"
#include "logs/logs.h"
#include "logs/step_index.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/use_future.hpp>
#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <list>
#include <random>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace open_cicd {
namespace {

using Seconds = std::chrono::duration<double>;

double now_s() {
  return Seconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double cpu_s() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::int64_t resident_kb(const char* field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field)) return std::stoll(line.substr(line.find(':') + 1));
  }
  return 0;
}

void reset_peak() {
  std::ofstream("/proc/self/clear_refs") << "5";
}

using bench::emit;

// Lines of 100 bytes, all different, as a build prints them; made once, sent again and again.
std::string mebibyte_of_lines() {
  std::string text;
  for (int i = 0; text.size() < 1 << 20; ++i) {
    std::string line =
        fmt::format("[{:08}] compiling src/module_{:x}/file_{}.cc with options -O2 -g -Wall, {} of 20000", i,
                    (i * 2654435761u) >> 12, i % 977, i);
    line.resize(99, ' ');
    text += line + "\n";
  }
  text.resize(1 << 20);
  return text;
}

class NullClient final : public http::BodyWriter {
 public:
  Task<bool> write(std::string_view bytes) override {
    note(bytes);
    co_return true;
  }
  Task<bool> write_shared(std::shared_ptr<const std::string> bytes) override {
    note(*bytes);
    co_return true;
  }
  Task<void> peer_closed() override {
    asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
    co_await never.async_wait(asio::use_awaitable);
  }
  bool shutting_down() const override { return false; }

  std::atomic<std::int64_t> writes = 0;
  std::atomic<std::int64_t> log_bytes = 0;  // position the client has reached
  std::atomic<double> last_at = 0;

 private:
  void note(std::string_view bytes) {
    ++writes;
    last_at = now_s();
    const std::size_t id = bytes.starts_with("id: ") ? bytes.find("\nevent: log") : bytes.npos;
    if (id == bytes.npos) return;
    std::string_view position = bytes.substr(4, id - 4);
    position.remove_prefix(position.rfind('.') + 1);
    std::int64_t reached = 0;
    std::from_chars(position.data(), position.data() + position.size(), reached);
    log_bytes = reached;
  }
};

class Bench {
 public:
  explicit Bench(std::filesystem::path folder) : folder_(std::move(folder)) {
    std::filesystem::create_directories(folder_);
    session_ = sqlite::open_sqlite({.path = (folder_ / "bench.db").string()});
    for (asio::io_context& context : contexts_) {
      guards_.push_back(asio::make_work_guard(context));
      threads_.emplace_back([&context] { context.run(); });
    }
    run(db::migrate(*session_)).value();
    logs::LogSettings settings;
    settings.directory = folder_ / "logs";
    settings.streams_max = settings.streams_per_viewer_max = 100'000;
    logs_ = std::make_unique<logs::Logs>(settings, *session_, pool_, bus_,
                                         logs::SnapshotSource([this](JobId id) { return snapshot(id); }),
                                         std::make_shared<prometheus::Registry>());
    logs_->start();
  }
  ~Bench() {
    run(logs_->stop());
    guards_.clear();
    for (std::thread& thread : threads_) thread.join();
    logs_.reset();
    session_.reset();
    std::filesystem::remove_all(folder_);
  }

  void ingest(std::size_t mebibytes) {
    const std::string piece = mebibyte_of_lines();
    const double bare = write_bare(piece, mebibytes);
    const JobId job = JobId::make();
    store(JobId::make(), piece, 2);  // threads and tables are warm
    reset_peak();
    const std::int64_t before = resident_kb("VmRSS");
    const double cpu_before = cpu_s();
    const double begun = now_s();
    store(job, piece, mebibytes);
    const double took = now_s() - begun;
    emit("logs.store", {took}, {bare});
    emit("logs.cpu", {cpu_s() - cpu_before});
    emit("logs.memory", {static_cast<double>(resident_kb("VmHWM") - before) / 1024});
  }

  void fan_out(std::size_t viewers, int events) {
    job_ = JobId::make();
    const std::int64_t memory_before = resident_kb("VmRSS");
    std::list<NullClient> clients;
    std::vector<std::future<void>> streams;
    for (std::size_t i = 0; i < viewers; ++i) {
      NullClient& client = clients.emplace_back();
      streams.push_back(asio::co_spawn(at(i), watch(client), asio::use_future));
    }
    const std::string line(100, 'x');
    std::int64_t sent = 0;
    const auto wait_all = [&] {
      for (const NullClient& client : clients) {
        while (client.log_bytes < sent) std::this_thread::sleep_for(std::chrono::microseconds(100));
      }
    };
    const auto print_line = [&] { sent = run(logs_->append(job_, 1, 0, sent, line, std::nullopt)).value(); };
    print_line();
    wait_all();
    const std::int64_t memory = resident_kb("VmRSS") - memory_before;
    const auto count_writes = [&] {
      std::int64_t writes = 0;
      for (const NullClient& client : clients) writes += client.writes;
      return writes;
    };
    const std::int64_t writes_before = count_writes();
    const double cpu_before = cpu_s();
    std::vector<double> delays;
    for (int i = 0; i < events; ++i) {
      const double printed = now_s();
      print_line();
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      if (clients.front().log_bytes == sent) delays.push_back(clients.front().last_at - printed);
    }
    wait_all();
    const double cpu = cpu_s() - cpu_before;
    const std::int64_t writes = count_writes() - writes_before;
    std::ranges::sort(delays);
    const auto delay_us = [&](double part) {
      return delays.empty() ? 0.0
                            : 1e6 * delays[static_cast<std::size_t>(part * static_cast<double>(delays.size() - 1))];
    };
    const double deliveries = static_cast<double>(viewers) * events;
    emit("logs.fan_out_cpu", {1e6 * cpu / deliveries});
    emit("logs.fan_out_writes", {static_cast<double>(writes) / deliveries});
    emit("logs.fan_out_p50", {delay_us(0.5)});
    emit("logs.fan_out_p99", {delay_us(0.99)});
    emit("logs.viewer_memory", {static_cast<double>(memory) / static_cast<double>(viewers)});
    logs_->close_streams();
    for (auto& stream : streams) stream.get();
  }

  void lines(std::size_t mebibytes) {
    const std::string piece = mebibyte_of_lines();
    {
      std::ofstream raw(folder_ / "raw");
      for (std::size_t i = 0; i < mebibytes; ++i) raw << piece;
    }
    const double indexing = now_s();
    logs::StepIndex index;
    for (std::size_t i = 0; i < mebibytes; ++i) index.add(piece);
    emit("logs.index", {now_s() - indexing}, {grep({"-c", ""})});

    job_ = JobId::make();
    store(job_, piece, mebibytes);
    search("logs.search", {.text = "module_no_such", .is_case = true}, {"-c", "-F", "module_no_such"});
    search("logs.search_any_case", {.text = "MODULE_no_such"}, {"-c", "-i", "-F", "MODULE_no_such"});
    search("logs.search_regex", {.text = "file_9[0-9]+\\.cc.*-O3", .regex = true, .is_case = true},
           {"-c", "-E", "file_9[0-9]+\\.cc.*-O3"});
    search("logs.search_many", {.text = "file_97", .is_case = true}, {"-c", "-F", "file_97"});

    std::mt19937 random(1);
    std::vector<double> pages;
    for (int i = 0; i < 200; ++i) {
      const double begun = now_s();
      const auto from = 1 + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(index.lines(true) - 500));
      if (run(logs_->lines(job_, 1, 0, {.closed = true}, from, 500)).lines.size() != 500) std::abort();
      pages.push_back(1e3 * (now_s() - begun));
    }
    std::ranges::sort(pages);
    emit("logs.page", {pages[pages.size() / 2]});
    emit("logs.page_p99", {pages[pages.size() * 99 / 100]});
  }

 private:
  void search(std::string_view id, logs::SearchFor what, std::vector<std::string> as_grep) {
    const Stop gone;
    std::int64_t total = 0;
    const double begun = now_s();
    std::optional<logs::LinePlace> from = logs::LinePlace();
    while (from) {
      const auto page =
          run(logs_->search(job_, 1, {.closed = true}, what, *from, 10'000, {.name = "bench", .gone = gone})).value();
      total += page.total;
      from = page.next;
    }
    const double took = now_s() - begun;
    fmt::print(stderr, "{}: {} lines\n", id, total);
    emit(id, {took}, {grep(std::move(as_grep))});
  }

  // Seconds of grep in the same log, which is in the page cache.
  double grep(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "grep");
    arguments.push_back((folder_ / "raw").string());
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, (folder_ / "count").c_str(),
                                       O_CREAT | O_WRONLY | O_TRUNC,
                                       0600);  // to /dev/null it would end at the first line
    const double begun = now_s();
    pid_t child = 0;
    int status = 0;
    if (::posix_spawnp(&child, argv.front(), &actions, nullptr, argv.data(), environ) != 0) std::abort();
    ::waitpid(child, &status, 0);
    ::posix_spawn_file_actions_destroy(&actions);
    return now_s() - begun;
  }

  asio::any_io_executor at(std::size_t i) { return contexts_[i % contexts_.size()].get_executor(); }
  template <class T>
  T run(Task<T> task) {
    return asio::co_spawn(at(0), std::move(task), asio::use_future).get();
  }
  Task<Result<jobs::JobSnapshot>> snapshot(JobId id) {
    jobs::JobSnapshot snapshot;
    snapshot.id = id;
    snapshot.state = "running";
    snapshot.attempt = 1;
    snapshot.steps = {{.step = 0, .name = "build", .state = protocol::StepState::running}};
    co_return snapshot;
  }
  Task<void> watch(NullClient& client) {
    co_await logs_->stream_events(job_, std::nullopt, client, [] { return false; });
  }

  double write_bare(const std::string& piece, std::size_t mebibytes) {
    const double begun = now_s();
    const int fd = ::open((folder_ / "bare").c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
    for (std::size_t i = 0; i < mebibytes; ++i) {
      if (::write(fd, piece.data(), piece.size()) != static_cast<ssize_t>(piece.size())) std::abort();
    }
    ::fdatasync(fd);
    ::close(fd);
    const double took = now_s() - begun;
    std::filesystem::remove(folder_ / "bare");
    return took;
  }

  void store(JobId job, const std::string& piece, std::size_t mebibytes) {
    const std::uint32_t piece_crc = crc32c(piece);
    std::int64_t next = 0;
    std::uint32_t whole_crc = 0;
    for (std::size_t i = 0; i < mebibytes; ++i) {
      next = run(logs_->append(job, 1, 0, next, piece, piece_crc)).value();
      whole_crc = crc32c(piece, whole_crc);
    }
    jobs::LogClaim claim;
    claim.sums.emplace();
    (*claim.sums)[0] = {next, whole_crc};
    if (!run(logs_->verify(job, 1, std::move(claim))).value().next.empty()) std::abort();
    logs_->close(job, 1, true);
  }

  const std::filesystem::path folder_;
  std::unique_ptr<db::Session> session_;
  WorkerPool pool_{2};
  events::Bus bus_;
  std::array<asio::io_context, 2> contexts_;
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards_;
  std::vector<std::thread> threads_;
  std::unique_ptr<logs::Logs> logs_;
  JobId job_;
};

}  // namespace
}  // namespace open_cicd

int main(int argc, char** argv) {
  std::size_t mebibytes = 200;
  std::size_t viewers = 1000;
  int events = 500;
  std::filesystem::path folder = std::filesystem::temp_directory_path() / fmt::format("logs_bench_{}", ::getpid());
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--mb")
      mebibytes = std::stoul(argv[i + 1]);
    else if (name == "--viewers")
      viewers = std::stoul(argv[i + 1]);
    else if (name == "--events")
      events = std::stoi(argv[i + 1]);
    else if (name == "--folder")
      folder = argv[i + 1];
  }
  open_cicd::set_log_level(open_cicd::LogLevel::warn);
  open_cicd::Bench bench(folder);
  bench.ingest(mebibytes);
  bench.fan_out(viewers, events);
  bench.lines(mebibytes);
}
