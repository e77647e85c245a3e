#include "scm/what_happened.h"

#include "base/json_rules.h"
#include "scm/limits.h"

#include <fmt/format.h>

#include <algorithm>

namespace open_cicd::scm {
namespace {

std::unexpected<Error> not_signed() {
  return fail(ErrorKind::unauthenticated, "wrong_signature",
              "The delivery is not signed with this webhook's secret: set the same secret at the forge and here.");
}

// Two of one name: what was checked could be another one than what is used.
bool has_repeated_header(const WebhookReader& reader, const Delivery& delivery) {
  return std::ranges::any_of(reader.headers(), [&](std::string_view name) {
    return std::ranges::count(delivery.headers, name, &Header::name) > 1;
  });
}

// All secrets are tried, so that time tells nothing about which one fits.
bool is_signed_with_any(const WebhookReader& reader, const Delivery& delivery, const Receiver& receiver) {
  bool fits = false;
  for (const Secret& secret : receiver.secrets)
    if (!secret.empty()) fits |= reader.is_signed(delivery, secret, receiver.now_s);
  return fits;
}

bool is_json(std::string_view content_type) {
  std::string kind(content_type.substr(0, content_type.find(';')));
  kind.erase(std::find_if_not(kind.rbegin(), kind.rend(), [](char c) { return c == ' ' || c == '\t'; }).base(),
             kind.end());
  std::ranges::transform(kind, kind.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return kind == "application/json";
}

}  // namespace

Result<Happening> what_happened(const WebhookReader& reader, const Delivery& delivery, const Receiver& receiver) {
  if (delivery.body.size() > limits::body_bytes_max)
    return fail(ErrorKind::too_large, "too_large",
                fmt::format("The delivery has more than {} bytes.", limits::body_bytes_max));
  if (has_repeated_header(reader, delivery) || !is_signed_with_any(reader, delivery, receiver)) return not_signed();
  if (!is_json(delivery.header("content-type").value_or("")))
    return fail(ErrorKind::unsupported_media, "unsupported_media",
                "The delivery is not JSON: choose the content type application/json for this webhook at the forge.");
  auto read = reader.read(delivery);
  if (!read) return read;
  if (!reader.names_repository()) read->repository = receiver.repository;
  auto happening = checked(std::move(*read));
  if (happening && happening->repository && receiver.repository_id &&
      happening->repository->id != *receiver.repository_id)
    return fail(ErrorKind::forbidden, "other_repository",
                fmt::format("The delivery speaks of repository {}, and this webhook is that of {}.",
                            happening->repository->id, *receiver.repository_id));
  return happening;
}

std::optional<std::string> delivery_id(const WebhookReader& reader, const Delivery& delivery) {
  for (const std::string_view name : reader.id_headers()) {
    const auto id = delivery.header(name);
    if (!id) continue;
    if (id->empty() || id->size() > limits::delivery_id_bytes_max || !json::is_word(*id)) return std::nullopt;
    return std::string(*id);
  }
  return std::nullopt;
}

}  // namespace open_cicd::scm
