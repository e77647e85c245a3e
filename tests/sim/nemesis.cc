#include "sim/nemesis.h"

#include <filesystem>
#include <sys/stat.h>

namespace open_cicd::sim {
namespace {

namespace fs = std::filesystem;

// Of each log file, what was flushed stays; of the rest, any part. A file that was never flushed may be gone.
void lose_unflushed(World& world, const fs::path& directory) {
  std::error_code none;
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory, none))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::ranges::sort(files);
  for (const fs::path& file : files) {
    struct stat status{};
    ::stat(file.c_str(), &status);
    const auto flushed = world.flushed.find(status.st_ino);
    const std::int64_t kept = flushed == world.flushed.end() ? 0 : flushed->second;
    if (kept >= status.st_size) continue;
    world.count("disk: unflushed bytes of a log lost");
    if (kept == 0 && world.random.chance(0.5)) {
      fs::remove(file);
    } else {
      fs::resize_file(file, static_cast<std::uintmax_t>(world.random.between(kept, status.st_size)));
    }
  }
}

}  // namespace

Nemesis::Nemesis(World& world, Store& store, Network& network, Checker& checker, const Profile& profile,
                 const Mutant& mutant, std::vector<std::unique_ptr<Machine>>& machines)
    : world_(world),
      store_(store),
      network_(network),
      checker_(checker),
      profile_(profile),
      mutant_(mutant),
      machines_(machines) {
  store.crash = [this] { world_.after(0s, [this] { kill_server(while_of(500ms, 5s)); }); };
}

void Nemesis::begin() {
  start_server();
  for (const auto& machine : machines_)
    world_.after(Time(world_.random.between(0, Time(20s).count())), [m = machine.get()] { m->start(); });
  const Faults& faults = profile_.faults;
  plan(faults.server_crash, "server: killed", &Nemesis::crash_server);
  plan(faults.power_loss, "server: lost power", &Nemesis::lose_power);
  plan(faults.server_restart, "server: restarted in order", &Nemesis::restart_server);
  plan(faults.server_freeze, "server: stopped for a while", &Nemesis::freeze_server);
  plan(faults.server_outage, "server: away for up to 15 minutes", &Nemesis::long_outage);
  plan(faults.database_outage, "database: away for a while", &Nemesis::database_away);
  plan(faults.disk_full, "disk: full for logs", &Nemesis::fill_disk);
  plan(faults.agent_kill, "agent: killed", &Nemesis::kill_agent);
  plan(faults.agent_pause, "agent: stopped for a while", &Nemesis::pause_agent);
  plan(faults.agent_wipe, "agent: lost its disk", &Nemesis::wipe_agent);
  plan(faults.cut, "network: cut", &Nemesis::cut_link);
  plan(faults.wall_jump, "clock: the wall clock jumped", &Nemesis::jump_wall);
}

void Nemesis::plan(double average, std::string_view what, void (Nemesis::*strike)()) {
  // Between none and twice the average.
  const double wanted = average * 2 * static_cast<double>(world_.random.between(0, 1000)) / 1000;
  const int whole = static_cast<int>(wanted);
  const int times = whole + (world_.random.chance(wanted - whole) ? 1 : 0);
  for (int i = 0; i < times; ++i) {
    world_.at(Time(world_.random.between(0, profile_.length.count())), [this, what, strike] {
      if (healed_) return;
      world_.trace("FAULT {}", what);
      world_.count(what);
      (this->*strike)();
    });
  }
}

Time Nemesis::while_of(Time least, Time most) {
  return Time(world_.random.between(least.count(), most.count()));
}

Machine& Nemesis::some_machine() {
  return *world_.random.pick(machines_);
}

void Nemesis::start_server() {
  if (server_) return;
  world_.trace("the server starts");
  server_ = std::make_unique<Server>(world_, store_, profile_.server, mutant_, ++boots_);
  if (mutant_.at_start != nullptr) checker_.look_at_everything();
  network_.connect(server_.get());
  world_.after(2s, [this, boot = boots_] {
    if (server_ && boot == boots_ && server_->failed()) kill_server(1s);
  });
}

void Nemesis::kill_server(Time down) {
  if (!server_) return;
  world_.trace("the server dies");
  network_.connect(nullptr);
  server_.reset();
  world_.after(healed_ ? Time(500ms) : down, [this] { start_server(); });
}

void Nemesis::crash_server() {
  kill_server(while_of(200ms, 20s));
}

void Nemesis::lose_power() {
  kill_server(while_of(1s, 30s));
  lose_unflushed(world_, profile_.server.logs.directory);
}

void Nemesis::restart_server() {
  if (!server_) return;
  server_->stop([this, boot = boots_] {
    world_.after(0s, [this, boot] {
      if (boot == boots_) kill_server(while_of(200ms, 3s));
    });
  });
  world_.after(30s, [this, boot = boots_] {
    if (boot == boots_) kill_server(200ms);
  });
}

void Nemesis::freeze_server() {
  if (!server_) return;
  server_->freeze(true);
  world_.after(while_of(1s, 3min), [this, boot = boots_] {
    if (server_ && boot == boots_) server_->freeze(false);
  });
}

void Nemesis::long_outage() {
  kill_server(while_of(1min, 15min));
}

void Nemesis::database_away() {
  store_.outage = world_.random.chance(0.5) ? Store::Outage::all : Store::Outage::writes;
  world_.after(while_of(1s, profile_.checker.nothing_expires ? Time(15min) : Time(90s)),
               [this] { store_.outage = Store::Outage::none; });
}

void Nemesis::fill_disk() {
  world_.disk_full = true;
  world_.after(while_of(1s, 60s), [this] { world_.disk_full = false; });
}

void Nemesis::kill_agent() {
  Machine& machine = some_machine();
  machine.kill();
  world_.after(while_of(500ms, world_.random.chance(0.2) ? Time(3min) : Time(5s)), [&machine] { machine.start(); });
}

void Nemesis::pause_agent() {
  Machine& machine = some_machine();
  machine.pause(true);
  world_.after(while_of(5s, 5min), [&machine] { machine.pause(false); });
}

void Nemesis::wipe_agent() {
  Machine& machine = some_machine();
  machine.wipe();
  world_.after(while_of(1s, 20s), [&machine] { machine.start(); });
}

void Nemesis::cut_link() {
  Link& link = some_machine().link;
  const std::int64_t which = world_.random.between(0, 2);
  link.to_server_cut = which != 1;
  link.from_server_cut = which != 0;
  if (link.to_server_cut && world_.random.chance(0.8)) network_.reset(link);
  world_.after(while_of(1s, 3min), [&link] { link = {}; });
}

void Nemesis::jump_wall() {
  world_.wall_offset_ms += world_.random.chance(0.5) ? 3'600'000 : -3'600'000;
}

void Nemesis::heal() {
  world_.trace("no more faults");
  healed_ = true;
  store_.outage = Store::Outage::none;
  store_.troubles = {.latency_max = profile_.store.latency_max};
  network_.troubles = {.latency_max = profile_.network.latency_max};
  world_.disk_full = false;
  for (const auto& machine : machines_) {
    machine->link = {};
    machine->pause(false);
    machine->start();
  }
  if (server_) server_->freeze(false);
  start_server();
}

void Nemesis::end() {
  network_.connect(nullptr);
  server_.reset();
  for (const auto& machine : machines_) machine->kill();
}

}  // namespace open_cicd::sim
