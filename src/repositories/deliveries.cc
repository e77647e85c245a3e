#include "repositories/deliveries.h"

#include "base/json.h"
#include "base/one_line.h"
#include "db/row.h"
#include "repositories/limits.h"
#include "repositories/repeats.h"

#include <fmt/format.h>

namespace open_cicd::repositories {
namespace {

#define DELIVERY_COLUMNS                                                                                            \
  "d.id, d.seq, d.repository_id, d.source, d.forge_delivery, d.ref, d.event_key, d.happening, d.headers, d.state, " \
  "d.tries, d.not_before, d.verdict, d.created_at, d.finished_at"

// Deliveries of one repository are received one after the other, so that each sees those before it.
constexpr db::Query lock_query{.name = "deliveries.lock",
                               .sql = "SELECT id FROM repositories WHERE id = $1",
                               .postgres_sql = "SELECT id FROM repositories WHERE id = $1 FOR UPDATE"};
constexpr db::Query same_name_query{
    .name = "deliveries.same_name",
    .sql = "SELECT id, digest, state FROM deliveries WHERE repository_id = $1 AND forge_delivery = $2"};
constexpr db::Query of_ref_query{
    .name = "deliveries.of_ref",
    .sql =
        "SELECT id, source, digest, webhook_digest, happening, state, created_at FROM deliveries "
        "WHERE repository_id = $1 AND ref = $2 ORDER BY seq DESC LIMIT 50"};
constexpr db::Query claim_query{.name = "deliveries.claim",
                                .sql = "UPDATE deliveries SET webhook_digest = $2 WHERE id = $1"};
constexpr db::Query pending_query{
    .name = "deliveries.pending",
    .sql = "SELECT count(*) FROM deliveries WHERE repository_id = $1 AND state = 'pending'"};
#define NEW_COLUMNS                                                                                               \
  "id, repository_id, source, forge_delivery, ref, event_key, digest, happening, headers, body, state, verdict, " \
  "created_at, finished_at"
#define NEW_VALUES "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14"
constexpr db::Query insert_query{.name = "deliveries.insert",
                                 .sql = "INSERT INTO deliveries (" NEW_COLUMNS ", seq) VALUES (" NEW_VALUES
                                        ", (SELECT coalesce(max(seq), 0) + 1 FROM deliveries))",
                                 .postgres_sql = "INSERT INTO deliveries (" NEW_COLUMNS ") VALUES (" NEW_VALUES ")"};
constexpr db::Query list_query{.name = "deliveries.list",
                               .sql = "SELECT " DELIVERY_COLUMNS
                                      ", '' AS host FROM deliveries d WHERE d.repository_id = $1 AND d.seq < $2 ORDER "
                                      "BY d.seq DESC LIMIT $3"};
constexpr db::Query runs_query{.name = "deliveries.runs",
                               .sql = "SELECT id, number FROM runs WHERE delivery_id = $1 ORDER BY pipeline"};
constexpr db::Query copy_query{
    .name = "deliveries.copy",
    .sql =
        "INSERT INTO deliveries (id, repository_id, source, ref, event_key, digest, happening, headers, body, state, "
        "created_at, seq) SELECT $3, repository_id, 'redelivery', ref, event_key, digest, happening, headers, body, "
        "'pending', $4, (SELECT coalesce(max(seq), 0) + 1 FROM deliveries) FROM deliveries WHERE id = $1 AND "
        "repository_id = $2",
    .postgres_sql =
        "INSERT INTO deliveries (id, repository_id, source, ref, event_key, digest, happening, headers, body, state, "
        "created_at) SELECT $3, repository_id, 'redelivery', ref, event_key, digest, happening, headers, body, "
        "'pending', $4::bigint FROM deliveries WHERE id = $1 AND repository_id = $2"};
constexpr db::Query find_query{.name = "deliveries.find",
                               .sql = "SELECT ref, state FROM deliveries WHERE id = $1 AND repository_id = $2"};
constexpr db::Query heads_query{
    .name = "deliveries.heads",
    .sql = "SELECT " DELIVERY_COLUMNS
           ", coalesce((SELECT p.host FROM repositories p WHERE p.id = d.repository_id), '') AS host FROM deliveries d "
           "WHERE d.state = 'pending' AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.repository_id = "
           "d.repository_id AND o.state = 'pending' AND o.seq < d.seq)"};
constexpr db::Query finish_query{
    .name = "deliveries.finish",
    .sql = "UPDATE deliveries SET state = $2, verdict = $3, finished_at = $4 WHERE id = $1 AND state = 'pending'"};
constexpr db::Query retry_query{
    .name = "deliveries.retry",
    .sql =
        "UPDATE deliveries SET tries = tries + 1, not_before = $2, verdict = $3 WHERE id = $1 AND state = 'pending'"};
constexpr db::Query remove_all_query{.name = "deliveries.remove_all",
                                     .sql = "DELETE FROM deliveries WHERE repository_id = $1"};
constexpr db::Query remove_older_query{
    .name = "deliveries.remove_older",
    .sql = "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE finished_at < $1 LIMIT 500)"};

struct Earlier {
  DeliveryId id;
  std::string source, digest, happening, state;
  std::optional<std::string> webhook_digest;
  std::int64_t created_at = 0;
};
BOOST_DESCRIBE_STRUCT(Earlier, (), (id, source, digest, webhook_digest, happening, state, created_at))

struct SameName {
  DeliveryId id;
  std::string digest, state;
};
BOOST_DESCRIBE_STRUCT(SameName, (), (id, digest, state))

struct Found {
  std::string ref, state;
};
BOOST_DESCRIBE_STRUCT(Found, (), (ref, state))

scm::Happening happening_of(const Earlier& earlier) {
  return json::read_own<scm::Happening>(earlier.happening);
}

// Where its ref leads to, as a commit: of an annotated tag a webhook tells its object as well. Nothing when it is gone.
std::optional<std::string> end_of(const scm::Happening& happening) {
  return happening.after ? std::optional(happening.sha) : std::nullopt;
}

Move move_of(const Earlier& earlier) {
  const scm::Happening happening = happening_of(earlier);
  return {.source = earlier.source,
          .from = happening.before,
          .to = end_of(happening),
          .digest = earlier.digest,
          .webhook = earlier.webhook_digest,
          .received_at = earlier.created_at,
          .seen_at = {}};
}

Move move_of(const NewDelivery& delivery, std::int64_t now) {
  return {.source = delivery.source,
          .from = delivery.happening.before,
          .to = end_of(delivery.happening),
          .digest = delivery.digest,
          .webhook = {},
          .received_at = now,
          .seen_at = delivery.seen_at};
}

std::string verdict_text(std::string text) {
  text = to_one_line(text);
  if (text.size() > limits::verdict_bytes_max) text.resize(limits::verdict_bytes_max);
  return text;
}

}  // namespace

Task<Result<Received>> Deliveries::receive_in(db::Transaction& tx, NewDelivery delivery, std::int64_t now) const {
  const std::string repository = delivery.repository.str();
  if ((co_await tx.run(lock_query, {repository})).empty()) co_return not_found("repository", repository);
  if (delivery.forge_delivery) {
    const auto same =
        db::read_first<SameName>(co_await tx.run(same_name_query, {repository, *delivery.forge_delivery}));
    if (same && same->digest == delivery.digest && same->state != "failed")
      co_return Received{.id = same->id, .repeated = true};
    // Its name was used for something else, as nobody signs it, or for what failed.
    if (same) delivery.forge_delivery.reset();
  }
  const bool follows = delivery.happening.kind != scm::Kind::ignored && delivery.happening.kind != scm::Kind::ping;
  if (follows) {
    const auto earlier = db::read_all<Earlier>(co_await tx.run(of_ref_query, {repository, delivery.happening.ref}));
    std::vector<Move> moves;
    for (const Earlier& one : earlier) moves.push_back(move_of(one));
    if (const auto repeat = repeat_of(move_of(delivery, now), moves); repeat && earlier[repeat->of].state != "failed") {
      const DeliveryId same = earlier[repeat->of].id;
      if (repeat->verdict == Verdict::claims) co_await tx.run(claim_query, {same.str(), delivery.digest});
      co_return Received{.id = same, .repeated = true, .unsettled = repeat->verdict == Verdict::unsettled};
    }
  }
  if ((co_await tx.run(pending_query, {repository})).integer(0, 0) >= limits::pending_max)
    co_return std::unexpected(Error(ErrorKind::too_many, "too_many_deliveries",
                                    fmt::format("{} deliveries of this repository wait already.", limits::pending_max))
                                  .with_retry_after(std::chrono::seconds(60)));
  const DeliveryId id = DeliveryId::make();
  const bool keep_body = follows && delivery.body.size() <= limits::body_kept_bytes_max;
  const std::string verdict = delivery.happening.kind == scm::Kind::ping ? "a ping" : delivery.happening.why;
  co_await tx.run(
      insert_query,
      {id.str(), repository, delivery.source, db::or_null(delivery.forge_delivery), delivery.happening.ref,
       delivery.happening.event_key, delivery.digest, json::write_text(delivery.happening), delivery.headers,
       keep_body ? db::Value(db::Bytes{std::move(delivery.body)}) : db::Value(),
       std::string(follows ? "pending" : "ignored"), follows ? db::Value() : db::Value(verdict_text(verdict)), now,
       follows ? db::Value() : db::Value(now)});
  co_return Received{.id = id};
}

Task<Result<Received>> Deliveries::receive(NewDelivery delivery) {
  auto body = [this, delivery = std::move(delivery), now = clock_.unix_ms()](
                  db::Transaction& tx) -> Task<Result<Received>> { co_return co_await receive_in(tx, delivery, now); };
  Result<Received> received = co_await db_.write<Received>(std::move(body));
  if (received) tell_work();
  co_return received;
}

Task<DeliveryList> Deliveries::list(RepositoryId repository, int limit, std::optional<std::int64_t> before_seq) {
  const std::int64_t before = before_seq.value_or(std::numeric_limits<std::int64_t>::max());
  DeliveryList list{
      .deliveries = db::read_all<Delivery>(co_await db_.read(list_query, {repository.str(), before, limit + 1})),
      .next = {}};
  if (std::ssize(list.deliveries) <= limit) co_return list;
  list.deliveries.pop_back();
  list.next = list.deliveries.back().seq;
  co_return list;
}

Task<std::vector<DeliveryRun>> Deliveries::runs_of(DeliveryId id) {
  co_return db::read_all<DeliveryRun>(co_await db_.read(runs_query, {id.str()}));
}

Task<Result<DeliveryId>> Deliveries::redeliver(RepositoryId repository, DeliveryId id) {
  const DeliveryId copy = DeliveryId::make();
  auto body = [repository, id, copy, now = clock_.unix_ms()](db::Transaction& tx) -> Task<Result<DeliveryId>> {
    const auto found = db::read_first<Found>(co_await tx.run(find_query, {id.str(), repository.str()}));
    if (!found) co_return not_found("delivery", id.str());
    if (found->ref.empty())
      co_return fail(ErrorKind::conflict, "nothing_to_redeliver",
                     "No run follows this delivery, however often it comes.");
    co_await tx.run(copy_query, {id.str(), repository.str(), copy.str(), now});
    co_return copy;
  };
  Result<DeliveryId> made = co_await db_.write<DeliveryId>(std::move(body));
  if (made) tell_work();
  co_return made;
}

Task<std::vector<Delivery>> Deliveries::heads() {
  co_return db::read_all<Delivery>(co_await db_.read(heads_query, {}));
}

Task<void> Deliveries::finish(DeliveryId id, std::string state, std::string verdict) {
  auto body = [id, state = std::move(state), verdict = verdict_text(std::move(verdict)),
               now = clock_.unix_ms()](db::Transaction& tx) -> Task<void> {
    co_await tx.run(finish_query, {id.str(), state, verdict, now});
  };
  co_await db_.transact(std::move(body));
}

Task<void> Deliveries::retry(DeliveryId id, Milliseconds after, std::string why) {
  auto body = [id, at = clock_.unix_ms() + after.count(), why = verdict_text(std::move(why))](
                  db::Transaction& tx) -> Task<void> { co_await tx.run(retry_query, {id.str(), at, why}); };
  co_await db_.transact(std::move(body));
}

Task<void> Deliveries::remove_all(RepositoryId repository) {
  auto body = [repository](db::Transaction& tx) -> Task<void> {
    co_await tx.run(remove_all_query, {repository.str()});
  };
  co_await db_.transact(std::move(body));
}

Task<std::int64_t> Deliveries::remove_older(std::int64_t finished_before) {
  auto body = [finished_before](db::Transaction& tx) -> Task<Result<std::int64_t>> {
    co_return (co_await tx.run(remove_older_query, {finished_before})).affected();
  };
  co_return (co_await db_.write<std::int64_t>(std::move(body))).value();
}

}  // namespace open_cicd::repositories
