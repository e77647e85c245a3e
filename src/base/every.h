// A background duty that is done again and again.
#pragma once

#include "base/asio.h"
#include "base/clock.h"

#include <functional>
#include <string_view>

namespace open_cicd {

// Does `duty` after each `interval`, until it is cancelled. One that throws is logged under `name`, which must outlive
// it, and tried again at the next.
Task<void> every(Milliseconds interval, std::string_view name, std::function<Task<void>()> duty);

}  // namespace open_cicd
