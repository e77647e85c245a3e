// A value that cannot be printed, logged or serialised by accident, and that leaves no copy of itself in memory.
#pragma once

#include <cstddef>
#include <memory>
#include <string.h>
#include <string>
#include <utility>

namespace open_cicd {

// Overwrites all that a text holds, what it held before it became shorter included.
inline void wipe(std::string& text) {
  text.resize(text.capacity());
  ::explicit_bzero(text.data(), text.size());
  text.clear();
}

// Memory is overwritten before it is given back. A text of up to 15 bytes has none.
template <class T>
struct WipingAllocator {
  using value_type = T;
  WipingAllocator() = default;
  template <class U>
  WipingAllocator(const WipingAllocator<U>&) {}
  T* allocate(std::size_t count) { return std::allocator<T>().allocate(count); }
  void deallocate(T* memory, std::size_t count) {
    ::explicit_bzero(memory, count * sizeof(T));
    std::allocator<T>().deallocate(memory, count);
  }
  bool operator==(const WipingAllocator&) const = default;
};

// For what is made of secrets piece by piece: a text that grows leaves its shorter self nowhere.
using WipedText = std::basic_string<char, std::char_traits<char>, WipingAllocator<char>>;

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) { wipe(value); }
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { wipe(other.value_); }
  Secret& operator=(const Secret& other) { return *this = Secret(other); }
  Secret& operator=(Secret&& other) noexcept {
    value_.swap(other.value_);
    return *this;
  }
  ~Secret() { wipe(value_); }

  const std::string& reveal() const { return value_; }  // name every use: "reveal" is what a reviewer greps for
  bool empty() const { return value_.empty(); }

 private:
  std::string value_;
};

}  // namespace open_cicd
