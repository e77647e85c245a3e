#include "runner/executor.h"

#include <fmt/format.h>

namespace open_cicd::runner {

Task<Result<void>> Executor::probe() {
  co_return Result<void>{};
}

Result<void> Executor::make_directory(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (!error) std::filesystem::permissions(directory, std::filesystem::perms::owner_all, error);
  if (!error) return {};
  return fail(ErrorKind::internal, "agent", fmt::format("cannot make {}: {}", directory.string(), error.message()));
}

}  // namespace open_cicd::runner
