// What the server and the client read from a socket.
#include "fuzz/fuzz.h"
#include "http/byte_range.h"
#include "http/chunked.h"
#include "http/client_url.h"
#include "http/content_encoding.h"
#include "http/percent.h"
#include "http/request_head.h"
#include "http/response_head.h"

namespace open_cicd::http {
namespace {

constexpr HeadLimits limits{.header_bytes_max = 2048, .header_fields_max = 20, .target_bytes_max = 512};

// The end of a section does not depend on how its bytes arrive, and a head that is taken has one meaning.
FUZZ_TARGET(request_head) {
  fuzz::Choices choices(bytes);
  const std::size_t cut = choices.up_to(255);
  const std::string_view text = choices.rest();
  HeadScanner whole, pieces;
  const auto at_once = whole.scan(text, limits);
  auto in_two = pieces.scan(text.substr(0, cut), limits);
  if (in_two == HeadScanner::Status::incomplete) in_two = pieces.scan(text, limits);
  REQUIRE(at_once == in_two);
  if (at_once != HeadScanner::Status::complete) return;
  REQUIRE(whole.size() == pieces.size() && whole.size() <= text.size());
  RequestHead head;
  if (const auto refused = parse_request_head(text.substr(0, whole.size()), limits, head)) {
    REQUIRE(refused->status == 400 || refused->status == 414 || refused->status == 431);
    return;
  }
  REQUIRE(!(head.chunked && head.content_length > 0));
  REQUIRE(head.path.starts_with('/') && !head.path.contains(' '));
  REQUIRE(!head.fields.contains('\0'));
  REQUIRE(!head.field("no-such-field: x"));
  for (const char* name : {"Host", "Content-Length", "Transfer-Encoding", "Range", "Authorization"}) head.field(name);
  percent_decode(head.path, PlusIs::plus);
  parse_query(head.query);
}

FUZZ_TARGET(response_head) {
  const auto head = parse_response_head(bytes);
  if (!head) return;
  REQUIRE(head->response.status >= 100 && head->response.status <= 999);
  REQUIRE(!(head->chunked && head->content_length));
}

// The body does not depend on how its bytes arrive, nor on how much room there is for it.
FUZZ_TARGET(chunked_body) {
  constexpr std::size_t room = 4096;
  fuzz::Choices choices(bytes);
  const std::size_t cut = choices.up_to(255);
  std::string_view all = choices.rest();
  ChunkDecoder whole;
  std::string body;
  std::string_view rest = all;
  const auto at_once = whole.feed(rest, body, room);
  REQUIRE(body.size() <= room);
  ChunkDecoder pieces;
  std::string same;
  auto status = ChunkDecoder::Status::more;
  for (std::string_view piece : {all.substr(0, cut), all.substr(std::min(cut, all.size()))})
    while (status == ChunkDecoder::Status::more && !piece.empty() && same.size() < room)
      status = pieces.feed(piece, same, std::min(room, same.size() + 7));
  REQUIRE(same == body);
  if (at_once != ChunkDecoder::Status::more || body.size() < room) REQUIRE(status == at_once);
}

// What is inflated never passes its limit.
FUZZ_TARGET(content_encoding) {
  constexpr std::size_t out_max = 1 << 16;
  fuzz::Choices choices(bytes);
  const auto decoder = make_decoder(choices.up_to(1) == 0 ? "gzip" : "zstd");
  const std::size_t cut = choices.up_to(255);
  std::string out;
  auto status = decoder->feed(choices.rest().substr(0, cut), out, out_max);
  if (status == BodyDecoder::Status::more && choices.rest().size() > cut)
    decoder->feed(choices.rest().substr(cut), out, out_max);
  REQUIRE(out.size() <= out_max);
}

// A range lies in what it is a range of.
FUZZ_TARGET(byte_range) {
  fuzz::Choices choices(bytes);
  const auto size = static_cast<std::int64_t>(choices.up_to(200));
  const auto range = parse_byte_range(choices.rest(), size);
  if (!range || !*range) return;
  REQUIRE((*range)->begin >= 0 && (*range)->begin < (*range)->end && (*range)->end <= size);
}

// The host stands in the URL as it is used: nothing is cut off, decoded or made up.
FUZZ_TARGET(server_address) {
  const auto address = parse_server_address(bytes);
  if (!address) return;
  is_loopback(*address);
  if (!address->unix_path.empty()) return;
  REQUIRE(!address->host.empty() && !address->host.contains('@') && !address->host.contains('/'));
  const std::string authority = "://" + address->host_header;
  const std::size_t at = bytes.find(authority);
  REQUIRE(at != bytes.npos);
  const std::string_view after = bytes.substr(at + authority.size());
  REQUIRE(after.empty() || after.starts_with('/') || after.starts_with(':'));
}

FUZZ_TARGET(percent) {
  if (const auto text = percent_decode(bytes, PlusIs::plus)) {
    const auto again = percent_decode(percent_encode(*text), PlusIs::plus);
    REQUIRE(again && *again == *text);
  }
  if (const auto query = parse_query(bytes)) REQUIRE(query->size() <= 100);
}

}  // namespace
}  // namespace open_cicd::http
