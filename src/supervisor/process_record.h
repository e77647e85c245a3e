// Remembers a child process on disk, so that the next start of the agent can wait for it or end it. The record holds
// the boot and the process's start time beside its number: a number that was given to another process is never
// signalled.
#pragma once

#include "base/asio.h"
#include "base/error.h"

#include <chrono>
#include <filesystem>
#include <sys/types.h>

namespace open_cicd::supervisor {

Result<void> write_process_record(const std::filesystem::path& file, pid_t pid);

// Waits until the recorded process is gone, with SIGKILL after `patience`. Returns at once when it is gone or there is
// no such file.
Task<void> end_recorded_process(std::filesystem::path file, std::chrono::milliseconds patience);

}  // namespace open_cicd::supervisor
