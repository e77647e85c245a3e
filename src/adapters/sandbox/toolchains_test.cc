// Programs of Debian's packages in a sandbox, each with a small real task. Those that the project's own packages do not
// bring are tried where they are installed.
#include "adapters/sandbox/sandbox.h"
#include "contract/executor_contract_fixture.h"

namespace open_cicd::runner::contract {
namespace {

ExecutorTraits toolchain_traits() {
  return {.name = "sandbox",
          .make = [](const fs::path& work_dir) { return sandbox::make_sandbox_executor({.work_dir = work_dir}); }};
}

class SandboxToolchain : public ExecutorContract {
 protected:
  static bool is_installed(const std::string& program) {
    for (const char* folder : {"/usr/local/bin/", "/usr/bin/", "/usr/sbin/", "/bin/"})
      if (::access((folder + program).c_str(), X_OK) == 0) return true;
    return false;
  }
  // The last line that the script prints.
  void expect(const std::string& program, const std::string& script, const std::string& expected) {
    if (!is_installed(program)) GTEST_SKIP() << "no " << program << " is installed here";
    given_a_job();
    const auto result = run(Lines{script});
    std::string text = output();
    while (text.ends_with('\n')) text.pop_back();
    EXPECT_EQ(result.exit_code, 0) << text;
    EXPECT_EQ(text.substr(text.rfind('\n') + 1), expected) << text;
  }
};
INSTANTIATE_TEST_SUITE_P(Own, SandboxToolchain, ::testing::Values(toolchain_traits()));

// /usr/lib/python3.11/sitecustomize.py is a link into /etc.
TEST_P(SandboxToolchain, Python) {
  expect("python3",
         "/usr/bin/python3 -c 'import sitecustomize, ssl, socket, zoneinfo; "
         "socket.getaddrinfo(socket.gethostname(), 80); zoneinfo.ZoneInfo(\"Europe/Berlin\"); print(6 * 7)'",
         "42");
}

TEST_P(SandboxToolchain, Perl) {
  expect("perl", "perl -MSys::Hostname -MSocket -e 'print scalar(getpwuid($<)), \" \", inet_ntoa(inet_aton(hostname))'",
         "ci 127.0.1.1");
}

TEST_P(SandboxToolchain, Git) {
  expect("git",
         "git init -q -b main r; cd r; git config user.name a; git config user.email a@b; echo x > f; git add f\n"
         "git commit -qm first; git clone -q . ../c; git -C ../c log --format=%s",
         "first");
}

TEST_P(SandboxToolchain, CmakeAndNinja) {
  expect("cmake",
         "printf 'cmake_minimum_required(VERSION 3.20)\\nproject(p LANGUAGES NONE)\\n"
         "add_custom_target(hi ALL COMMAND ${CMAKE_COMMAND} -E echo built > out)\\n' > CMakeLists.txt\n"
         "cmake -G Ninja -B b . && ninja -C b && cat b/out",
         "built");
}

TEST_P(SandboxToolchain, PostgresqlServer) {
  expect(
      "pg_lsclusters",
      "bin=$(ls -d /usr/lib/postgresql/*/bin | tail -1)\n"
      "$bin/initdb -D db -A trust -U ci >/dev/null\n"
      "$bin/pg_ctl -D db -w -o \"-k $PWD -c listen_addresses=\" -l log start >/dev/null || { cat log; exit 1; }\n"
      "psql -h \"$PWD\" -U ci -At -c \"SELECT 'answer ' || 6 * 7\" postgres\n$bin/pg_ctl -D db -m fast stop >/dev/null",
      "answer 42");
}

TEST_P(SandboxToolchain, Curl) {
  expect("curl",
         "/usr/bin/python3 -c 'import http.server, os; s = http.server.HTTPServer((\"localhost\", 0), "
         "http.server.SimpleHTTPRequestHandler); open(\"port\", \"w\").write(str(s.server_port)); "
         "open(\"page\", \"w\").write(\"here\"); os.fork() or s.handle_request()'\n"
         "curl -sS http://localhost:$(cat port)/page",
         "here");
}

TEST_P(SandboxToolchain, CertificatesOfTheMachine) {
  expect("curl", "test $(grep -c BEGIN /etc/ssl/certs/ca-certificates.crt) -gt 50; echo trusted", "trusted");
}

TEST_P(SandboxToolchain, Javac) {
  expect("javac",
         "printf 'public class T { public static void main(String[] a) throws Exception { "
         "javax.net.ssl.SSLContext.getDefault(); System.out.println(\"java \" + "
         "java.net.InetAddress.getLocalHost().getHostAddress()); } }' > T.java\njavac T.java && java T",
         "java 127.0.1.1");
}

TEST_P(SandboxToolchain, Node) {
  expect("node",
         "node -e 'require(\"dns\").lookup(\"job\", (e, a) => console.log(a, require(\"os\").userInfo().username))'",
         "127.0.1.1 ci");
}

TEST_P(SandboxToolchain, Go) {
  expect("go", "printf 'package main\\nfunc main() { println(42) }\\n' > m.go; go run m.go 2>&1", "42");
}

TEST_P(SandboxToolchain, Rust) {
  expect("rustc", "printf 'fn main() { println!(\"{}\", 42) }' > m.rs; rustc m.rs; ./m", "42");
}

TEST_P(SandboxToolchain, Haskell) {
  expect("ghc",
         "printf 'import qualified Data.Map as M\\nmain = print (M.size (M.fromList [(1,2)]))\\n' > m.hs\nghc -v0 "
         "m.hs; ./m",
         "1");
}

TEST_P(SandboxToolchain, Php) {
  expect("php", "php -r 'echo gethostbyname(\"job\"), \" \", mb_strlen(\"gr\\u{fc}n\");'", "127.0.1.1 4");
}

TEST_P(SandboxToolchain, Nginx) {
  expect(
      "nginx",
      "mkdir logs; echo served > index.html\n"
      "printf 'daemon off; pid nginx.pid; error_log stderr; events {} http { access_log off; client_body_temp_path t; "
      "proxy_temp_path t; fastcgi_temp_path t; uwsgi_temp_path t; scgi_temp_path t; include /etc/nginx/mime.types; "
      "server { listen unix:%s/s; root %s; } }' $PWD $PWD > n.conf\n"
      "nginx -e stderr -p $PWD -c $PWD/n.conf 2>err & i=0\n"
      "until curl -sf --unix-socket s http://x/index.html; do i=$((i+1)); test $i -lt 500; sleep 0.02; done",
      "served");
}

}  // namespace
}  // namespace open_cicd::runner::contract
