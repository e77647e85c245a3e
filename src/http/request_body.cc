#include "http/request_body.h"

#include <algorithm>

namespace open_cicd::http {
namespace {

constexpr std::size_t decoded_piece_bytes = 64 * 1024;  // of an encoded body, between the two decoders

}  // namespace

RequestBody::RequestBody(const RequestHead& head, std::size_t max, BodyBudget::Share& share, std::string_view asker)
    : max_(max), share_(share), asker_(asker), remaining_(head.content_length), chunked_(head.chunked) {
  if (needs_decoder(head.content_encoding)) decoder_ = make_decoder(head.content_encoding);
}

RequestBody::Status RequestBody::feed(std::string_view& bytes, std::string& body) {
  const std::size_t offered = bytes.size();
  const Status status = chunked_ ? feed_chunks(bytes, body) : feed_length(bytes, body);
  received_ += offered - bytes.size();
  if (status == Status::more && decoder_ != nullptr && received_ > encoded_max(max_)) return Status::too_large;
  if (status != Status::more && status != Status::end) return status;
  return share_.grow_to(body.size(), asker_) ? status : Status::no_room;
}

RequestBody::Status RequestBody::feed_length(std::string_view& bytes, std::string& body) {
  const std::size_t take = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), remaining_));
  const Status status = append(bytes.substr(0, take), body);
  bytes.remove_prefix(take);
  remaining_ -= take;
  if (status != Status::more) return status;
  return remaining_ == 0 ? finish() : Status::more;
}

RequestBody::Status RequestBody::feed_chunks(std::string_view& bytes, std::string& body) {
  std::string piece;
  for (;;) {
    // Without an encoding the chunks' data goes straight into the body.
    std::string& out = decoder_ == nullptr ? body : piece;
    const ChunkDecoder::Status status = chunks_.feed(bytes, out, decoder_ == nullptr ? max_ : decoded_piece_bytes);
    if (status == ChunkDecoder::Status::bad) return Status::bad_framing;
    if (decoder_ == nullptr && status == ChunkDecoder::Status::more && !bytes.empty()) return Status::too_large;
    if (decoder_ != nullptr) {
      if (const Status decoded = append(piece, body); decoded != Status::more) return decoded;
      piece.clear();
    }
    if (status == ChunkDecoder::Status::end) return finish();
    if (bytes.empty()) return Status::more;
  }
}

RequestBody::Status RequestBody::append(std::string_view piece, std::string& body) {
  if (decoder_ == nullptr) {
    if (piece.size() > max_ - std::min(max_, body.size())) return Status::too_large;
    body.append(piece);
    return Status::more;
  }
  if (piece.empty()) return Status::more;
  switch (decoder_->feed(piece, body, max_)) {
    case BodyDecoder::Status::more:
      return Status::more;
    case BodyDecoder::Status::end:
      decoded_all_ = true;
      return Status::more;
    case BodyDecoder::Status::too_large:
      return Status::too_large;
    case BodyDecoder::Status::corrupt:
      return Status::bad_encoding;
  }
  return Status::bad_encoding;
}

}  // namespace open_cicd::http
