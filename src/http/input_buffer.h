// Bytes received and not yet used. Small while a connection idles, larger while it is busy.
#pragma once

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string_view>

namespace open_cicd::http {

// The bytes do not move between room() or append() calls: views into them stay valid while a request is being answered.
class InputBuffer {
 public:
  std::string_view view() const { return {data_ + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  void consume(std::size_t bytes) { begin_ += bytes; }
  void commit(std::size_t bytes) { end_ += bytes; }
  bool full() const { return end_ == capacity_; }

  // Where the next bytes go; not empty.
  boost::asio::mutable_buffer room() {
    if (empty()) reset();
    if (full()) make_room(1);
    return {data_ + end_, capacity_ - end_};
  }

  void append(std::string_view bytes) {
    if (empty()) reset();
    if (capacity_ - end_ < bytes.size()) make_room(bytes.size());
    std::memcpy(data_ + end_, bytes.data(), bytes.size());
    end_ += bytes.size();
  }

  // Gives memory back; only when empty.
  void shrink() {
    heap_.reset();
    data_ = small_.data();
    capacity_ = small_.size();
    reset();
  }
  bool is_small() const { return heap_ == nullptr; }

 private:
  void reset() { begin_ = end_ = 0; }
  void make_room(std::size_t bytes) {
    const std::size_t used = end_ - begin_;
    if (begin_ > 0 && capacity_ - used >= bytes) {
      std::memmove(data_, data_ + begin_, used);
    } else {
      const std::size_t larger = std::max({grown_bytes, capacity_ * 2, used + bytes});
      auto bigger = std::make_unique_for_overwrite<char[]>(larger);
      std::memcpy(bigger.get(), data_ + begin_, used);
      heap_ = std::move(bigger);
      data_ = heap_.get();
      capacity_ = larger;
    }
    begin_ = 0;
    end_ = used;
  }

  static constexpr std::size_t grown_bytes = 16 * 1024;
  std::array<char, 1024> small_;  // holds the whole of most requests: one receive, no allocation
  std::unique_ptr<char[]> heap_;
  char* data_ = small_.data();
  std::size_t capacity_ = small_.size();
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace open_cicd::http
