// libsodium, ready to be used.
#pragma once

#include <sodium.h>
#include <stdexcept>

namespace open_cicd::secrets {

// Safe to call often and from any thread.
inline void need_sodium() {
  static const bool ready = sodium_init() >= 0;
  if (!ready) throw std::runtime_error("libsodium cannot be used: it finds no source of randomness");
}

}  // namespace open_cicd::secrets
