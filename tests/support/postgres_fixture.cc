#include "support/postgres_fixture.h"

#include <libpq-fe.h>

#include <arpa/inet.h>
#include <chrono>
#include <fcntl.h>
#include <grp.h>
#include <memory>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace open_cicd {
namespace {

// initdb and postgres refuse to run as root: they run as this user then.
constexpr const char* kUser = "postgres";

std::string find_binaries() {
  std::string newest;
  for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql")) {
    const std::string bin = (version.path() / "bin").string();
    if (std::filesystem::exists(bin + "/initdb") && bin > newest) newest = bin;
  }
  if (newest.empty())
    throw std::runtime_error("no PostgreSQL server in /usr/lib/postgresql: install the package postgresql");
  return newest;
}

// The child dies with this process (PR_SET_PDEATHSIG is set after the change of user, which would clear it).
pid_t start(const std::vector<std::string>& command, const std::string& log) {
  std::vector<char*> arguments;
  for (const auto& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const passwd* user = ::geteuid() == 0 ? ::getpwnam(kUser) : nullptr;
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork");
  if (child > 0) return child;

  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  if (user && (::setgroups(0, nullptr) != 0 || ::setgid(user->pw_gid) != 0 || ::setuid(user->pw_uid) != 0))
    ::_exit(126);
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);  // an immediate shutdown, its own children included
  if (::getppid() != parent) ::_exit(125);
  if (::chdir("/") != 0) ::_exit(124);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

int free_port() {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = ::bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(listener);
  if (!bound) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

}  // namespace

PostgresFixture& PostgresFixture::instance() {
  static PostgresFixture fixture;
  return fixture;
}

PostgresFixture::PostgresFixture() {
  if (const char* given = ::getenv("OPEN_CICD_TEST_POSTGRES")) {
    given_url_ = given;
    return;
  }
  binaries_ = find_binaries();
  std::string folder = (std::filesystem::temp_directory_path() / "open-cicd-pg-XXXXXX").string();
  if (!::mkdtemp(folder.data())) throw std::runtime_error("mkdtemp");
  folder_ = folder;
  port_ = free_port();
  make_cluster();
  start_server();
}

PostgresFixture::~PostgresFixture() {
  if (server_ > 0) {
    ::kill(server_, SIGQUIT);
    ::waitpid(server_, nullptr, 0);
  }
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

void PostgresFixture::make_cluster() {
  const passwd* user = ::geteuid() == 0 ? ::getpwnam(kUser) : nullptr;
  if (user && ::chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0) throw std::runtime_error("chown");
  const std::string log = (folder_ / "initdb.log").string();
  const pid_t child = start({binaries_ + "/initdb", "--pgdata", (folder_ / "data").string(), "--username", kUser,
                             "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"},
                            log);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status != 0) throw std::runtime_error("initdb failed: see " + log);
}

void PostgresFixture::start_server() {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  const auto start_once = [this] {
    // Tests end processes, not the machine: so no fsync.
    server_ = start({binaries_ + "/postgres", "-D", (folder_ / "data").string(), "-k", folder_.string(), "-h",
                     "127.0.0.1", "-p", std::to_string(port_), "-c", "max_connections=200", "-c", "fsync=off"},
                    (folder_ / "server.log").string());
  };
  start_once();
  while (PQping(url().c_str()) != PQPING_OK) {
    if (std::chrono::steady_clock::now() > end)
      throw std::runtime_error("PostgreSQL does not start: see " + folder_.string());
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    // It refuses to start while a process of a server that was killed still ends.
    if (::waitpid(server_, nullptr, WNOHANG) == server_) start_once();
  }
}

void PostgresFixture::kill_server() {
  ::kill(server_, SIGKILL);
  ::waitpid(server_, nullptr, 0);
}

std::string PostgresFixture::url(const std::string& database) const {
  if (!given_url_.empty())
    return database == "postgres" ? given_url_ : given_url_.substr(0, given_url_.rfind('/') + 1) + database;
  return "postgres://" + std::string(kUser) + "@127.0.0.1:" + std::to_string(port_) + "/" + database;
}

std::string PostgresFixture::create_database() {
  return create_database("test_" + std::to_string(::getpid()) + "_" + std::to_string(++databases_));
}

std::string PostgresFixture::create_database(const std::string& name) {
  drop_database(name);
  query(url(), "CREATE DATABASE \"" + name + "\"");
  return url(name);
}

void PostgresFixture::drop_database(const std::string& name) {
  query(url(), "DROP DATABASE IF EXISTS \"" + name + "\" WITH (FORCE)");
}

std::string PostgresFixture::query(const std::string& url, const std::string& sql) {
  // A test may have ended the server, which then starts anew by itself.
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  std::unique_ptr<PGconn, void (*)(PGconn*)> connection(PQconnectdb(url.c_str()), &PQfinish);
  while (PQstatus(connection.get()) != CONNECTION_OK && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    PQreset(connection.get());
  }
  PQsetNoticeProcessor(connection.get(), [](void*, const char*) {}, nullptr);
  const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(connection.get(), sql.c_str()), &PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
    throw std::runtime_error(sql + ": " + PQerrorMessage(connection.get()));
  return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

}  // namespace open_cicd
