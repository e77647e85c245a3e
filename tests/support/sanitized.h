// Whether this build has a sanitizer: slower, and its allocator keeps what is freed.
#pragma once

namespace open_cicd {

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

}  // namespace open_cicd
