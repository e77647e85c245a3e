#include "adapters/postgres/libpq.h"

#include "db/db.h"

#include <dlfcn.h>
#include <mutex>

namespace open_cicd::postgres {

#define OPEN_CICD_LIBPQ_DEFINE(function) \
  decltype(&::function) function = nullptr;  // NOLINT(bugprone-macro-parentheses): declares it
OPEN_CICD_LIBPQ_FUNCTIONS(OPEN_CICD_LIBPQ_DEFINE)
#undef OPEN_CICD_LIBPQ_DEFINE

namespace {

[[noreturn]] void throw_missing() {
  const char* why = dlerror();
  throw db::DatabaseError(db::DatabaseError::Kind::statement,
                          fmt::format("PostgreSQL's client library cannot be loaded ({}): install the package libpq5",
                                      why ? why : "no reason given"));
}

template <typename Function>
void find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (!function) throw_missing();
}

}  // namespace

void load_libpq(const char* file) {
  static std::mutex mutex;
  static bool loaded = false;
  const std::lock_guard lock(mutex);
  if (loaded) return;
  void* const library = dlopen(file, RTLD_NOW | RTLD_LOCAL);  // stays until the process ends
  if (!library) throw_missing();
#define OPEN_CICD_LIBPQ_FIND(function) find(library, #function, function);
  OPEN_CICD_LIBPQ_FUNCTIONS(OPEN_CICD_LIBPQ_FIND)
#undef OPEN_CICD_LIBPQ_FIND
  loaded = true;
}

}  // namespace open_cicd::postgres
