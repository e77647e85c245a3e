#include "supervisor/connection.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace open_cicd::supervisor {
namespace {

ssize_t send_with_descriptor(int socket, std::string_view bytes, int descriptor) {
  iovec part{.iov_base = const_cast<char*>(bytes.data()), .iov_len = bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  if (descriptor >= 0) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* const item = CMSG_FIRSTHDR(&message);
    item->cmsg_level = SOL_SOCKET;
    item->cmsg_type = SCM_RIGHTS;
    item->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(item), &descriptor, sizeof descriptor);
  }
  return ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace

Connection::Connection(asio::any_io_executor executor, int socket)
    : socket_(executor, asio::local::stream_protocol(), socket) {
  socket_.native_non_blocking(true);
}

Connection::~Connection() {
  for (const int descriptor : descriptors_) ::close(descriptor);
}

void Connection::start(Handler on_event) {
  on_event_ = std::move(on_event);
  wait_readable();
}

void Connection::wait_readable() {
  socket_.async_wait(socket_.wait_read, [self = shared_from_this()](error_code error) {
    if (!error) self->on_readable();
  });
}

void Connection::on_readable() {
  std::array<char, 4096> bytes;
  const auto size = ::recv(socket_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
    wait_readable();
    return;
  }
  if (size <= 0) {
    end();
    return;
  }
  reader_.feed({bytes.data(), static_cast<std::size_t>(size)});
  for (;;) {
    const auto event = reader_.next();
    if (!event) {
      end();
      return;
    }
    if (!*event) break;
    if (on_event_) on_event_(&**event);
  }
  if (socket_.is_open()) wait_readable();
}

void Connection::send(std::string bytes, int descriptor) {
  if (!socket_.is_open()) return;
  outbox_.append(bytes);
  if (descriptor >= 0) descriptors_.push_back(::fcntl(descriptor, F_DUPFD_CLOEXEC, 3));
  if (!waiting_to_write_) flush();
}

// A descriptor may travel with any byte up to the end of its `start`: the helper takes them in the order of the starts.
void Connection::flush() {
  while (!outbox_.empty()) {
    const int descriptor = descriptors_.empty() ? -1 : descriptors_.front();
    const auto size = send_with_descriptor(socket_.native_handle(), outbox_, descriptor);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) {
      waiting_to_write_ = true;
      socket_.async_wait(socket_.wait_write, [self = shared_from_this()](error_code error) {
        self->waiting_to_write_ = false;
        if (!error) self->flush();
      });
      return;
    }
    if (size < 0) return;  // the helper is gone: the reading side tells
    if (descriptor >= 0) {
      ::close(descriptor);
      descriptors_.pop_front();
    }
    outbox_.erase(0, static_cast<std::size_t>(size));
  }
}

int Connection::release() {
  if (!socket_.is_open() || !outbox_.empty() || !reader_.empty()) return -1;
  error_code failed;
  const int socket = socket_.release(failed);
  return failed ? -1 : socket;
}

void Connection::close() {
  on_event_ = nullptr;
  error_code ignored;
  socket_.close(ignored);
}

void Connection::end() {
  const auto on_event = std::move(on_event_);
  close();
  if (on_event) on_event(nullptr);
}

}  // namespace open_cicd::supervisor
