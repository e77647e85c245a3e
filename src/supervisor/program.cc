// A compiler cache does not see that this object holds another file, the helper, and would give an old one back. The
// next line tells it: ccache:disable
#include "supervisor/program.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

asm(R"(
.pushsection .rodata
.balign 16
.hidden open_cicd_init_program
.hidden open_cicd_init_program_end
.global open_cicd_init_program
.global open_cicd_init_program_end
open_cicd_init_program:
.incbin ")" OPEN_CICD_INIT_PROGRAM R"("
open_cicd_init_program_end:
.byte 0
.popsection
)");

extern "C" {
extern const char open_cicd_init_program[];
extern const char open_cicd_init_program_end[];
}

namespace open_cicd::supervisor {
namespace {

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::write(file, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

int make_memory_file() {
  int file = ::memfd_create("open-cicd-init", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
  if (file < 0 && errno == EINVAL)
    file = ::memfd_create("open-cicd-init", MFD_CLOEXEC | MFD_ALLOW_SEALING);  // before Linux 6.3
  if (file < 0) return -1;
  struct ::stat status{};
  const bool good = write_all(file, init_program()) && ::fchmod(file, 0755) == 0 && ::fstat(file, &status) == 0 &&
                    (status.st_mode & S_IXUSR) != 0 &&
                    ::fcntl(file, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0;
  if (good) return file;
  ::close(file);
  return -1;
}

int make_disk_file(const std::filesystem::path& directory) {
  const auto path = directory / "open-cicd-init";
  ::unlink(path.c_str());
  const int writer = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0700);
  if (writer < 0) return -1;
  const bool good = write_all(writer, init_program());
  ::close(writer);
  return good ? ::open(path.c_str(), O_RDONLY | O_CLOEXEC) : -1;
}

}  // namespace

std::string_view init_program() {
  return {open_cicd_init_program, static_cast<std::size_t>(open_cicd_init_program_end - open_cicd_init_program)};
}

Result<int> init_program_descriptor(const std::filesystem::path& fallback_directory) {
  static std::mutex mutex;
  static int descriptor = -1;
  const std::lock_guard lock(mutex);
  if (descriptor < 0) descriptor = make_memory_file();
  if (descriptor < 0) descriptor = make_disk_file(fallback_directory);
  if (descriptor < 0)
    return fail(ErrorKind::internal, "agent",
                fmt::format("The helper that runs the job's steps could not be written to {}: {}.",
                            fallback_directory.string(), std::strerror(errno)));
  return descriptor;
}

}  // namespace open_cicd::supervisor
