#include "agent/registrar.h"

#include "agent/decision.h"
#include "agent/settings.h"
#include "base/log.h"

#include <fmt/ranges.h>

namespace open_cicd::agent {

Registrar::Registrar(const asio::any_io_executor& executor, ApiClient& api, const WorkDir& folder, Lifecycle& lifecycle,
                     ServerWatch& watch, RegistrarSettings settings)
    : api_(api),
      folder_(folder),
      lifecycle_(lifecycle),
      watch_(watch),
      settings_(std::move(settings)),
      wakeup_(executor) {}

bool Registrar::assume_identity() {
  identity_ = folder_.identity(settings_.server);
  if (identity_) api_.become(identity_->agent_id, Secret(identity_->agent_token));
  return identity_.has_value();
}

Secret Registrar::token() const {
  if (identity_) return Secret(identity_->agent_token);
  if (!was_registered_ || settings_.token_file.empty()) return settings_.registration_token;
  Result<Secret> read = read_token_file(settings_.token_file);
  return read ? std::move(*read) : Secret();
}

Task<std::optional<protocol::RegisterReply>> Registrar::register_agent(protocol::RegisterRequest request) {
  Backoff backoff(settings_.backoff);
  for (;;) {
    const Secret with = token();
    Next next = Next::never;
    std::optional<std::chrono::seconds> retry_after;
    if (with.empty()) {
      next = no_token("this agent has no token that the server takes: give a registration token with --token-file");
    } else {
      Result<protocol::RegisterReply> reply = co_await api_.register_agent(request, with);
      if (reply) {
        registered(*reply, request);
        co_return std::move(*reply);
      }
      next = after(reply.error());
      retry_after = reply.error().retry_after();
    }
    if (next == Next::never) co_return std::nullopt;
    if (next == Next::later) co_await wakeup_.wait_for(backoff.next(retry_after));
  }
}

void Registrar::registered(const protocol::RegisterReply& reply, const protocol::RegisterRequest& request) {
  if (const Result<void> kept = keep(reply); !kept)
    log_warn("this agent's identity cannot be kept; after a restart it will be a new one",
             {{"error", kept.error().message()}});
  was_registered_ = true;
  said_ = false;
  lifecycle_.registered();
  log_info("registered", {{"server", settings_.server},
                          {"agent", reply.agent_id},
                          {"name", request.name},
                          {"executors", fmt::format("{}", fmt::join(request.executors, ","))}});
}

Registrar::Next Registrar::after(const Error& error) {
  // An agent at its first start does not wait for a foreign answer to go away: the address is most likely wrong.
  if (decide(error) == Decision::retry &&
      (was_registered_ || !is_foreign(error) || error.kind() == ErrorKind::unavailable ||
       error.kind() == ErrorKind::internal)) {
    watch_.failed(error);
    return Next::later;
  }
  const bool is_refused = error.kind() == ErrorKind::unauthenticated || error.kind() == ErrorKind::forbidden;
  if (is_refused && !is_foreign(error)) return refused(error);
  if (decide(error) == Decision::superseded) {
    log_error("a newer process of this agent is registered", {{"error", error.message()}});
    lifecycle_.end(ExitCode::superseded);
    return Next::never;
  }
  log_error(is_foreign(error) ? "this agent cannot be registered: something that is not the server answers"
                              : "the server does not register this agent",
            {{"server", settings_.server}, {"code", error.code()}, {"error", error.message()}});
  for (const FieldError& field : error.fields())
    log_error("refused field", {{"field", field.path}, {"error", field.message}});
  lifecycle_.end(ExitCode::failed);
  return Next::never;
}

Registrar::Next Registrar::refused(const Error& error) {
  if (identity_) {
    log_warn("the server no longer knows this agent; it registers as a new one", {{"agent", identity_->agent_id}});
    identity_.reset();
    return Next::now;
  }
  return no_token(fmt::format(
      "the server refuses the registration token ({}): compare it with the server's registration.token", error.code()));
}

Registrar::Next Registrar::no_token(std::string_view why) {
  const bool may_come = was_registered_ && !settings_.token_file.empty();
  if (!may_come) {
    log_error(why, {{"server", settings_.server}});
    lifecycle_.end(ExitCode::refused);
    return Next::never;
  }
  if (!std::exchange(said_, true)) {
    log_error(why, {{"server", settings_.server}});
    log_warn("the agent waits for a good token in the file", {{"file", settings_.token_file}});
  }
  return Next::later;
}

Result<void> Registrar::keep(const protocol::RegisterReply& reply) {
  const Identity identity{.server = settings_.server, .agent_id = reply.agent_id, .agent_token = reply.agent_token};
  const bool same =
      identity_ && identity_->agent_id == identity.agent_id && identity_->agent_token == identity.agent_token;
  identity_ = identity;
  api_.become(identity.agent_id, Secret(identity.agent_token));
  api_.found_server(reply.server_id.value_or(""));
  return same ? Result<void>() : folder_.save(identity);
}

}  // namespace open_cicd::agent
