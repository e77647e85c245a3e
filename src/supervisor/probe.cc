#include "supervisor/probe.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace open_cicd::supervisor {
namespace {

constexpr timeval patience = {.tv_sec = 3, .tv_usec = 0};

bool answers_get(int socket, const char* address, const char* path) {
  char request[2048];
  const int size =
      snprintf(request, sizeof request, "GET %s HTTP/1.0\r\nHost: %s\r\nConnection: close\r\n\r\n", path, address);
  if (size < 0 || size >= static_cast<int>(sizeof request)) return false;
  if (send(socket, request, static_cast<size_t>(size), MSG_NOSIGNAL) != size) return false;
  char status[12] = {};  // "HTTP/1.1 200"
  size_t got = 0;
  while (got < sizeof status) {
    const ssize_t more = recv(socket, status + got, sizeof status - got, 0);
    if (more <= 0) return false;
    got += static_cast<size_t>(more);
  }
  return strncmp(status, "HTTP/1.", 7) == 0 && (status[9] == '2' || status[9] == '3');
}

}  // namespace

int probe(const char* address, const char* port, const char* path) {
  sockaddr_in target{};
  target.sin_family = AF_INET;
  target.sin_port = htons(static_cast<uint16_t>(strtoul(port, nullptr, 10)));
  if (inet_pton(AF_INET, address, &target.sin_addr) != 1) return 1;
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (client < 0) return 1;
  setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (connect(client, reinterpret_cast<const sockaddr*>(&target), sizeof target) != 0) return 1;
  return path == nullptr || answers_get(client, address, path) ? 0 : 1;
}

}  // namespace open_cicd::supervisor
