#include "cli/local_run.h"

#include "base/asio.h"
#include "base/id.h"
#include "base/run_alone.h"

#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>
#include <sys/stat.h>
#include <system_error>

namespace open_cicd::cli {
namespace {

namespace fs = std::filesystem;

constexpr Milliseconds ready_timeout{30'000};
constexpr Milliseconds ready_look{2};
constexpr Milliseconds early_end{3'000};
constexpr Milliseconds kill_after{3'000};  // the server keeps nothing that anybody needs afterwards

fs::path make_folder() {
  std::string pattern = (fs::temp_directory_path() / "open-cicd-run-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::system_error(errno, std::generic_category(), pattern);
  return pattern;
}

// Free now: whoever takes it before our program does makes that program end, and its message says so.
int free_port() {
  asio::io_context io;
  const asio::ip::tcp::acceptor probe(io, {asio::ip::address_v4::loopback(), 0});
  return probe.local_endpoint().port();
}

// Its steps are never root, so they could not write to what is root's.
Result<void> check_in_place(const LocalRunWishes& wishes) {
  struct stat here{};
  if (!wishes.in_place || !wishes.executors.contains("sandbox") || ::stat(".", &here) != 0 || here.st_uid != 0)
    return {};
  return fail(ErrorKind::invalid, "in_place",
              "This folder belongs to root, and the sandbox's steps are never root: add --executor shell.");
}

}  // namespace

LocalRun::LocalRun() : folder_(make_folder()), processes_(kill_after) {}

LocalRun::~LocalRun() {
  processes_.stop();
  std::error_code problem;  // what a hostile job left unreadable stays in the folder of temporary files
  fs::remove_all(folder_, problem);
}

ApiOptions LocalRun::access() const {
  return {.server = url_, .token_file = (folder_ / "data" / "admin.token").string()};
}

// Nobody else on this machine knows the repository's name.
std::string LocalRun::tree_url() const {
  return fmt::format("git://127.0.0.1:{}/{}", git_port_, fs::path(tree_->url).filename().string());
}

bool LocalRun::interrupted() {
  return processes_.asked_to_stop(Milliseconds(0));
}

Result<void> LocalRun::look_after() {
  if (!processes_.look_after(early_end)) return {};
  return fail(ErrorKind::internal, "no_agent", "A program of this run cannot work; its messages above say why.");
}

// The server and its agents say nothing unless something is wrong: the output is the run's.
void LocalRun::start_server() {
  const int port = free_port();
  url_ = fmt::format("http://127.0.0.1:{}", port);
  processes_.start("server",
                   {own_program().string(), "server", "--listen", fmt::format("127.0.0.1:{}", port), "--data",
                    (folder_ / "data").string(), "--durability", "none", "--log-level", "error"},
                   {"OPEN_CICD_TOKEN", "OPEN_CICD_DATABASE", "OPEN_CICD_LISTEN", "OPEN_CICD_DATA"});
}

void LocalRun::start_git() {
  git_port_ = free_port();
  processes_.start("git",
                   // git itself would start the daemon as a child, which outlives it when it is killed too soon.
                   {"/bin/sh", "-c", "exec \"$(git --exec-path)/git-daemon\" \"$@\"", "sh", "--listen=127.0.0.1",
                    fmt::format("--port={}", git_port_), "--base-path=" + folder_.string(), "--export-all",
                    "--log-destination=none"},
                   {"GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"});
}

void LocalRun::start_agents(const LocalRunWishes& wishes) {
  for (int number = 1; number <= wishes.agents; ++number) {
    std::vector<std::string> command{(own_program().parent_path() / "open-cicd-agent").string(),
                                     "--server",
                                     url_,
                                     "--name",
                                     fmt::format("local-{}", number),
                                     "--work-dir",
                                     (folder_ / fmt::format("agent-{}", number)).string(),
                                     "--token-file",
                                     (folder_ / "data" / "registration.token").string(),
                                     "--executors",
                                     fmt::format("{}", fmt::join(wishes.executors, ",")),
                                     "--clones-from-this-machine",
                                     "--durability",
                                     "none",
                                     "--log-level",
                                     "error"};
    if (wishes.in_place) command.insert(command.end(), {"--in-place", fs::current_path().string()});
    processes_.start(fmt::format("agent {}", number), std::move(command),
                     {"OPEN_CICD_TOKEN", "OPEN_CICD_DATABASE", "OPEN_CICD_AGENT_TOKEN", "OPEN_CICD_AGENT_TOKEN_FILE"});
  }
}

Result<void> LocalRun::start(const LocalRunWishes& wishes) {
  if (const Result<void> fits = check_in_place(wishes); !fits) return fits;
  start_server();
  if (wishes.working_tree && wishes.in_place) {
    checkout_ = {.url = "file://" + fs::current_path().string(), .ref = head_of(".").value_or("")};
  } else if (wishes.working_tree) {
    // The server gets ready meanwhile.
    Result<Snapshot> taken = take_snapshot(".", folder_ / fmt::format("{}.git", format_uuid(make_uuid_v4())));
    if (!taken) return std::unexpected(std::move(taken.error()));
    tree_ = std::move(*taken);
    start_git();
    checkout_ = {.url = tree_url(), .ref = tree_->ref};
  }
  SystemClock clock;
  const Milliseconds give_up = clock.monotonic() + ready_timeout;
  while (!run_alone(is_ready(url_))) {
    if (processes_.look_after(early_end) || clock.monotonic() > give_up)
      return fail(ErrorKind::internal, "no_server",
                  "The server of this run does not start; its messages above say why.");
    if (processes_.asked_to_stop(ready_look)) return fail(ErrorKind::conflict, "interrupted", "Interrupted.");
  }
  start_agents(wishes);
  return {};
}

}  // namespace open_cicd::cli
