#include "supervisor/process_record.h"

#include <gtest/gtest.h>

#include <fstream>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace open_cicd::supervisor {
namespace {

using namespace std::chrono_literals;

class ProcessRecord : public ::testing::Test {
 protected:
  void SetUp() override {
    pid = ::fork();
    if (pid == 0) {
      ::pause();
      ::_exit(0);
    }
    ASSERT_TRUE(write_process_record(file, pid));
  }
  void TearDown() override {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    std::filesystem::remove(file);
  }
  void end() {
    asio::co_spawn(context, end_recorded_process(file, 20ms), [](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
    });
    context.run_for(20s);
  }
  bool killed() {
    int status = 0;
    return ::waitpid(pid, &status, WNOHANG) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  }

  std::filesystem::path file = std::filesystem::temp_directory_path() / fmt::format("process_record.{}", ::getpid());
  pid_t pid = -1;
  asio::io_context context;
};

TEST_F(ProcessRecord, EndsWhatItNames) {
  end();
  EXPECT_TRUE(killed());
}

TEST_F(ProcessRecord, SparesAProcessThatGotTheNumberLater) {
  std::string text;
  std::getline(std::ifstream(file), text);
  std::ofstream(file) << pid << " 1 " << text.substr(text.rfind(' ') + 1) << '\n';
  end();
  EXPECT_FALSE(killed());
}

TEST_F(ProcessRecord, SparesAProcessOfAnotherBoot) {
  std::string text;
  std::getline(std::ifstream(file), text);
  std::ofstream(file) << text.substr(0, text.rfind(' ')) << " 00000000-0000-0000-0000-000000000000\n";
  end();
  EXPECT_FALSE(killed());
}

TEST_F(ProcessRecord, NoRecordIsNothingToEnd) {
  std::filesystem::remove(file);
  end();
  EXPECT_FALSE(killed());
}

}  // namespace
}  // namespace open_cicd::supervisor
