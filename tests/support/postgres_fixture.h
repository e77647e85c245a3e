// A real PostgreSQL for tests.
#pragma once

#include <filesystem>
#include <string>
#include <sys/types.h>

namespace open_cicd {

// One server for the test program, started at the first use in a temporary folder, on a free port of 127.0.0.1 and a
// socket; it dies with the program. OPEN_CICD_TEST_POSTGRES=url names a server to use instead. Not for
// several threads at once.
class PostgresFixture {
 public:
  static PostgresFixture& instance();

  std::string url(const std::string& database = "postgres") const;
  std::string create_database();                         // a new empty one; returns its URL
  std::string create_database(const std::string& name);  // replaces one of that name
  void drop_database(const std::string& name);
  static std::string query(const std::string& url,
                           const std::string& sql);  // the first column of the first row; throws on an error

  bool owns_server() const { return server_ > 0; }  // only then:
  void kill_server();                               // -9, as a crash
  void start_server();                              // the same data, the same port

  ~PostgresFixture();
  PostgresFixture(const PostgresFixture&) = delete;

 private:
  PostgresFixture();
  void make_cluster();

  std::filesystem::path folder_;
  std::string binaries_;
  std::string given_url_;
  int port_ = 0;
  pid_t server_ = -1;
  int databases_ = 0;
};

}  // namespace open_cicd
