// A webhook's request as it was received, before anybody believes it. A value.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::scm {

struct Header {
  std::string name;  // in small letters
  std::string value;
};

struct Delivery {
  std::vector<Header> headers;
  std::string body;  // the bytes that were signed

  std::optional<std::string_view> header(std::string_view name) const {
    for (const Header& header : headers)
      if (header.name == name) return header.value;
    return std::nullopt;
  }
};

}  // namespace open_cicd::scm
