// Whether a service can be used, asked from inside its own container.
#pragma once

namespace open_cicd::supervisor {

// 0 when `address`:`port` (IPv4, in numbers) accepts a connection and, with a `path`, answers GET with 2xx or 3xx;
// else 1. Waits 3 s at most.
int probe(const char* address, const char* port, const char* path);

}  // namespace open_cicd::supervisor
