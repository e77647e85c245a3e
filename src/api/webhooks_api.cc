// What forges send. The signature is checked over the bytes as they came before anything is parsed or written; what is
// answered with 202 is committed.
#include "api/repository_shapes.h"
#include "api/routes.h"
#include "base/crypto.h"
#include "scm/limits.h"
#include "scm/what_happened.h"

#include <boost/json/serialize.hpp>

namespace open_cicd::api {

// The request itself: its headers are read by the forge's own rules.
struct WebhookBody {
  http::Request* request = nullptr;
};

static Result<void> read_body(http::Request& request, WebhookBody& to) {
  to.request = &request;
  return {};
}

static void describe_body(SchemaBook&, bj::object& operation, std::type_identity<WebhookBody>) {
  add_body(operation, "application/json", {{"description", "as the forge sends it, signed"}});
}

namespace {

constexpr std::size_t parsed_here_max = 64 << 10;  // a larger one costs more than a millisecond
constexpr std::size_t forge_word_max = 32;

struct ReceiveWebhook {
  Path<Text<1, forge_word_max>> forge;
  Path<RepositoryId> repository_id;
  Body<WebhookBody> body;
  static constexpr std::array notes{Note{"forge", "github, gitlab, gitea or git"}};
};
BOOST_DESCRIBE_STRUCT(ReceiveWebhook, (), (forge, repository_id, body))

using WebhookAnswer = std::variant<ReceivedView, Accepted<ReceivedView>>;

scm::Delivery delivery_of(const scm::WebhookReader& reader, http::Request& request) {
  scm::Delivery delivery{.headers = {}, .body = std::move(request.body)};
  for (const std::string_view name : reader.headers())
    for (const std::string_view value : request.headers(name))
      delivery.headers.push_back({.name = std::string(name), .value = std::string(value)});
  return delivery;
}

std::string kept_headers(const scm::Delivery& delivery) {
  bj::object kept;
  for (const scm::Header& header : delivery.headers)
    if (!header.name.contains("signature") && !header.name.contains("token")) kept[header.name] = header.value;
  return bj::serialize(kept);
}

Task<Result<WebhookAnswer>> receive_webhook(Services& s, Caller, ReceiveWebhook request) {
  const std::string forge(request.forge->text);
  const repositories::ForgeKind* kind = s.repositories.forges().find(forge);
  const auto repository = co_await s.repositories.get(*request.repository_id);
  if (kind == nullptr || !repository || repository->forge != forge)
    co_return not_found("webhook of the repository", request.repository_id->str());
  scm::Receiver receiver{.secrets = co_await s.repositories.webhook_secrets(repository->id),
                         .repository_id = repository->forge_id,
                         .now_s = SystemClock().unix_ms() / 1000};
  if (!kind->webhooks->names_repository())
    receiver.repository = scm::Repository{.id = repository->forge_id.value_or(1),
                                          .full_name = repository->full_name,
                                          .default_branch = repository->default_branch};
  scm::Delivery delivery = delivery_of(*kind->webhooks, *request.body->request);
  Result<scm::Happening> happening;
  if (delivery.body.size() <= parsed_here_max)
    happening = scm::what_happened(*kind->webhooks, delivery, receiver);
  else
    happening = co_await offload(s.pool, [&] { return scm::what_happened(*kind->webhooks, delivery, receiver); });
  if (!happening) co_return std::unexpected(std::move(happening.error()));
  repositories::NewDelivery incoming{.repository = repository->id,
                                     .source = "webhook",
                                     .forge_delivery = scm::delivery_id(*kind->webhooks, delivery),
                                     .digest = sha256_hex(delivery.body),
                                     .happening = std::move(*happening),
                                     .headers = kept_headers(delivery),
                                     .body = std::move(delivery.body)};
  const auto received = co_await s.deliveries.receive(std::move(incoming));
  if (!received) co_return std::unexpected(received.error());
  ReceivedView view{received->id.str()};
  if (received->repeated) co_return view;
  co_return Accepted<ReceivedView>{std::move(view)};
}

}  // namespace

void add_webhook_routes(RouteRows& rows, Services& s) {
  add_route(rows, s, http::Method::post, "/api/v1/webhooks/{forge}/{repository_id}", auth::AccessRule::open(),
            receive_webhook,
            {.id = "receiveWebhook",
             .summary = "What a forge sends: signed with the webhook's secret, and asked for no token",
             .tag = "webhooks",
             .refusals = {"wrong_signature", "other_repository", "too_many_deliveries"},
             .body_max = scm::limits::body_bytes_max});
}

}  // namespace open_cicd::api
