#include "sim/network.h"

#include "sim/checker.h"

namespace open_cicd::sim {

bool Network::strikes(double chance, std::string_view what) {
  if (!world_.random.chance(chance)) return false;
  world_.count(what);
  return true;
}

Time Network::travel_time() {
  if (strikes(troubles.slow, "network: delayed for long"))
    return Time(world_.random.between(0, troubles.slow_max.count()));
  return Time(world_.random.between(100, troubles.latency_max.count()));
}

void Network::connect(Server* server) {
  server_ = server;
  if (server != nullptr) return;
  const auto calls = open_;
  for (const CallPointer& call : calls) {  // the kernel of the dead server resets its connections
    if (call->link->from_server_cut) continue;
    world_.after(travel_time(), [this, call] { finish(call, {}); });
  }
}

Task<Reply> Network::call(std::shared_ptr<Process> process, Link& link, Request request, Time timeout) {
  auto call = std::make_shared<Call>();
  call->process = process;
  call->owner = process.get();
  call->link = &link;
  open_.push_back(call);
  auto begin = [this, call, timeout, request = std::move(request)](std::uint64_t ticket) {
    call->ticket = ticket;
    send(call, request);
    world_.after(timeout, [this, call] {
      if (call->done) return;
      hang_up(call);
      finish(call, {});
    });
  };
  co_await process->suspend(std::move(begin));
  co_return std::move(call->reply);
}

void Network::send(const CallPointer& call, const Request& request) {
  if (call->link->to_server_cut || strikes(troubles.lose_request, "network: request lost")) return;
  world_.after(travel_time(), [this, call, request] { arrive(call, request, false); });
  if (strikes(troubles.twice, "network: request doubled"))
    world_.after(travel_time(), [this, call, request] { arrive(call, request, true); });
}

void Network::arrive(const CallPointer& call, const Request& request, bool copy) {
  if (server_ == nullptr || !server_->ready()) {
    if (!copy && !call->link->from_server_cut) world_.after(travel_time(), [this, call] { finish(call, {}); });
    return;
  }
  auto arrival = checker_.arrived(request);
  auto answered = [this, call, copy, arrival](Reply reply) {
    checker_.answered(*arrival, reply);
    if (!copy) answer(call, std::move(reply));
  };
  auto peer = server_->serve(request, std::move(answered));
  if (!copy) call->peer = peer;
  if (!copy && call->done) hang_up(call);  // it arrived after its client had given up
}

void Network::answer(const CallPointer& call, Reply reply) {
  if (call->link->from_server_cut || strikes(troubles.lose_answer, "network: answer lost")) {
    // Half of the lost ones end as a reset connection, the others in silence.
    if (call->link->from_server_cut || world_.random.chance(0.5)) return;
    reply = {};
  }
  world_.after(travel_time(), [this, call, reply = std::move(reply)] { finish(call, reply); });
}

void Network::finish(const CallPointer& call, Reply reply) {
  if (std::exchange(call->done, true)) return;
  open_.remove(call);
  call->reply = std::move(reply);
  if (const auto process = call->process.lock()) process->wake(call->ticket);
}

void Network::hang_up(const CallPointer& call) {
  world_.after(travel_time(), [call] {
    const auto peer = call->peer.lock();
    if (peer && !call->link->to_server_cut) Server::hang_up(peer);
  });
}

void Network::reset(const Link& link) {
  for (const CallPointer& call : open_)
    if (const auto peer = call->peer.lock(); peer && call->link == &link) Server::hang_up(peer);
}

void Network::process_died(const Process& process) {
  const auto calls = open_;
  for (const CallPointer& call : calls) {
    if (call->owner != &process) continue;
    hang_up(call);
    finish(call, {});
  }
}

}  // namespace open_cicd::sim
