#include "agent/registrar.h"

#include "agent/decision.h"
#include "base/log.h"

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

Task<std::optional<protocol::RegisterReply>> Registrar::register_agent(protocol::RegisterRequest request) {
  Backoff backoff(settings_.backoff);
  for (;;) {
    if (!identity_ && settings_.registration_token.empty()) {
      log_error("this agent has no token that the server takes: give a registration token with --token-file");
      lifecycle_.end(ExitCode::refused);
      co_return std::nullopt;
    }
    const Secret token = identity_ ? Secret(identity_->agent_token) : settings_.registration_token;
    Result<protocol::RegisterReply> reply = co_await api_.register_agent(request, token);
    if (reply) {
      if (const Result<void> kept = keep(*reply); !kept)
        log_warn("this agent's identity cannot be kept; after a restart it will be a new one",
                 {{"error", kept.error().message()}});
      lifecycle_.registered();
      log_info("registered", {{"server", settings_.server}, {"agent", reply->agent_id}, {"name", request.name}});
      co_return std::move(*reply);
    }
    if (decide(reply.error()) == Decision::retry) {
      watch_.failed(reply.error());
      co_await wakeup_.wait_for(backoff.next(reply.error().retry_after()));
    } else if (give_up(reply.error())) {
      co_return std::nullopt;
    }
  }
}

// False when the registration token is still to be tried.
bool Registrar::give_up(const Error& error) {
  const bool refused = error.kind() == ErrorKind::unauthenticated || error.kind() == ErrorKind::forbidden;
  if (refused && identity_) {
    log_warn("the server no longer knows this agent; it registers as a new one", {{"agent", identity_->agent_id}});
    identity_.reset();
    return false;
  }
  if (refused) {
    log_error("the server refuses the registration token: compare it with the server's registration.token",
              {{"server", settings_.server}, {"code", error.code()}, {"error", error.message()}});
    lifecycle_.end(ExitCode::refused);
  } else if (decide(error) == Decision::superseded) {
    log_error("a newer process of this agent is registered", {{"error", error.message()}});
    lifecycle_.end(ExitCode::superseded);
  } else {
    log_error("the server does not register this agent",
              {{"server", settings_.server}, {"code", error.code()}, {"error", error.message()}});
    for (const FieldError& field : error.fields())
      log_error("refused field", {{"field", field.path}, {"error", field.message}});
    lifecycle_.end(ExitCode::failed);
  }
  return true;
}

Result<void> Registrar::keep(const protocol::RegisterReply& reply) {
  const Identity identity{.server = settings_.server, .agent_id = reply.agent_id, .agent_token = reply.agent_token};
  const bool same =
      identity_ && identity_->agent_id == identity.agent_id && identity_->agent_token == identity.agent_token;
  identity_ = identity;
  api_.become(identity.agent_id, Secret(identity.agent_token));
  return same ? Result<void>() : folder_.save(identity);
}

}  // namespace open_cicd::agent
