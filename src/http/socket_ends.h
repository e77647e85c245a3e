// The two ends of a TCP connection, as one side of it sees them: how a server finds out whether a program stands
// between it and its client.
#pragma once

#include "http/message.h"

#include <string>
#include <string_view>
#include <sys/socket.h>

namespace open_cicd::http {

enum class Side : unsigned char { client, server };

// Of a connected socket. Empty when it is not of TCP.
SocketEnds ends_of(int socket, Side side);

// What a client puts into a header field: "192.0.2.7:40112 192.0.2.1:8080".
std::string format_ends(const SocketEnds& ends);

// Whether the request came on the very connection that its client made, as far as its field `name` says: the client's
// end is the same on both sides. A client that connects to its own machine could meet a proxy there, whose connection
// to the server may by chance have the same end, so the server's end must be the same as well. A request that a proxy
// has marked as forwarded is never direct. An unsure answer is no.
bool is_direct(const Request& request, std::string_view name);

}  // namespace open_cicd::http
