// Which images an agent pulled, and when a job last used each: only these may it remove.
#pragma once

#include "base/error.h"

#include <boost/describe.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace open_cicd::docker {

struct ImageSettings {
  std::chrono::milliseconds ask_timeout{3'000};  // for a registry to say whether it has a newer image
  std::filesystem::path record = {};             // a file of the agent's work folder; empty: nothing is removed
  std::chrono::milliseconds max_age{0};          // unused for so long; 0: for ever
  std::int64_t bytes_max = 0;                    // of all that were pulled; 0: no limit
};

struct PulledImage {
  std::string reference;  // by which it was pulled
  std::int64_t bytes = 0;
  std::int64_t used_at = 0;             // Unix milliseconds
  std::optional<bool> with_login = {};  // its registry asked for one: not for every job
};
BOOST_DESCRIBE_STRUCT(PulledImage, (), (reference, bytes, used_at, with_login))

// By image id. Kept in one JSON file, which is replaced at each change; one that cannot be read counts as empty. One
// thread.
class ImageRecord {
 public:
  explicit ImageRecord(std::filesystem::path file);

  void pulled(const std::string& id, PulledImage image);
  void used(const std::string& id, std::int64_t now);  // nothing for one that was not pulled
  // One that was pulled with a login. A pull without one takes that back.
  bool is_private(const std::string& id) const;
  void is_public(const std::string& id);
  void forget(const std::string& id);
  // What is to go now, the longest unused first.
  std::vector<std::pair<std::string, PulledImage>> to_remove(const ImageSettings& settings, std::int64_t now) const;

 private:
  void save() const;

  std::filesystem::path file_;
  std::map<std::string, PulledImage> images_;
};

}  // namespace open_cicd::docker
