// Precompiled for every library: what nearly all of them include.
#pragma once

#include "base/asio.h"

#include <boost/describe.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>
