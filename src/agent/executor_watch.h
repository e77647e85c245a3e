// Which executors work at present. One whose check fails is withdrawn: the server is told why and offers no job that
// needs it, until the check passes again.
#pragma once

#include "agent/wakeup.h"
#include "runner/executor.h"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace open_cicd::agent {

// Single-threaded. The executors outlive it.
class ExecutorWatch {
 public:
  using Executors = std::map<std::string, std::unique_ptr<runner::Executor>>;

  ExecutorWatch(const asio::any_io_executor& executor, const Executors& executors, std::filesystem::path work_dir,
                Milliseconds interval);

  // Looks every interval until it is cancelled; `changed` is called when the withdrawn ones are others than before.
  Task<void> run(std::function<void()> changed);
  void look_now() { wakeup_.notify(); }  // a job failed, and not by its own fault
  // A fresh look at one, before a job is taken for it. True for a name that it does not know.
  Task<bool> works(std::string name);
  // By name, and why.
  const std::map<std::string, std::string>& withdrawn() const { return withdrawn_; }

 private:
  Task<void> look_at(std::string name);
  Result<void> has_room() const;

  const Executors& executors_;
  const std::filesystem::path work_dir_;
  const Milliseconds interval_;
  Wakeup wakeup_;
  std::map<std::string, std::string> withdrawn_;
};

}  // namespace open_cicd::agent
