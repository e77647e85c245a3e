// The keys that secrets are sealed with. They are kept outside the database: whoever has only that reads no secret.
#pragma once

#include "base/error.h"
#include "base/secret.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::secrets {

inline constexpr std::size_t key_bytes = 32;

// Made of the key, and tells nothing about it: sealed values name their key so.
using KeyId = std::array<std::uint8_t, 8>;

class Key {
 public:
  explicit Key(Secret bytes);  // key_bytes of them
  const KeyId& id() const { return id_; }
  const Secret& bytes() const { return bytes_; }

 private:
  Secret bytes_;
  KeyId id_;
};

// The current key, which seals, and older ones, which still open what they sealed. Their text is one key a line, the
// current one first: 64 hexadecimal digits. Empty lines and those that begin with "#" are left out; a space or a comma
// is as good as a line break.
//
// Immutable. All errors are ErrorKind::invalid and for the operator: "secret_keys" when the text is wrong,
// "secret_key_file" when the file is.
class Keys {
 public:
  static Result<Keys> parse(std::string_view text);
  // The file is the user's own, and nobody else can read it.
  static Result<Keys> read(const std::filesystem::path& file);
  // The same; where there is no file it makes one with a new key, mode 0600, durable when this returns.
  static Result<Keys> read_or_make(const std::filesystem::path& file);
  // Puts a new key before those of the file, which is made where there is none: what is sealed from now on is sealed
  // with it. Durable when this returns, whole or not at all; two at once are refused. What the file then holds.
  static Result<Keys> add_new(const std::filesystem::path& file);
  // Of a variable that is then gone, also from what the system shows of this process. Nothing when it is not set. To be
  // called before there is another thread.
  static std::optional<Result<Keys>> take_from_environment(const char* variable);

  const Key& current() const { return keys_.front(); }
  const Key* find(const KeyId& id) const;  // null when there is none
  std::size_t size() const { return keys_.size(); }

 private:
  explicit Keys(std::vector<Key> keys) : keys_(std::move(keys)) {}
  std::vector<Key> keys_;  // at least one
};

// A line for such a text.
Secret new_key();

}  // namespace open_cicd::secrets
