// The database of a run: real SQL on a real SQLite file, on the simulation's one thread, with the troubles of a
// database that is far away. What was committed survives a crash of the server; it belongs to the machine, not to it.
#pragma once

#include "adapters/sqlite/connection.h"
#include "db/db.h"
#include "sim/world.h"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::sim {

struct StoreTroubles {
  Time latency_max{0};     // of each statement or transaction, before and after; 0: it answers at once
  double refuse = 0;       // chances for each transaction: nothing happens, the caller is told "unavailable"
  double roll_back = 0;    // the body ran, the commit fails
  double lose_answer = 0;  // committed, but the caller is told "unavailable"
  double crash = 0;        // committed, and the server dies before it knows
  double run_twice = 0;    // a serialisation failure: the body runs again from the start
};

// What a transaction did: the names of its statements, by the id that was their first parameter.
using Commit = std::map<std::string, std::vector<std::string_view>>;

// Named statements that a mutant replaces.
using Rewrites = std::map<std::string_view, std::string>;

class Store final : public db::Session {
 public:
  Store(World& world, const std::string& path, StoreTroubles troubles, Rewrites rewrites);

  Task<db::Rows> read(const db::Query& query, db::Params params) override;
  Task<void> transact(std::function<Task<void>(db::Transaction&)> body) override;
  Task<bool> run_script(std::string_view script, const db::Query& mark, db::Params params) override;
  std::string_view engine() const override { return "sqlite"; }

  // For the checker and the mutants: at once, without trouble.
  db::Rows look(const db::Query& query, db::Params params = {}) { return connection_.run(query, params); }
  void execute(const char* script) { connection_.execute(script); }

  enum class Outage : unsigned char { none, writes, all };
  Outage outage = Outage::none;
  StoreTroubles troubles;
  bool probe_lies = false;  // a mutant: the reaper's probe succeeds in an outage
  // A mutant: transactions are serial here, so what two at once see of each other is played. Whether a job of its run
  // is open is answered as it was when the transaction was asked for, but for the jobs that it ended itself.
  bool runs_unlocked = false;
  std::function<void(const Commit&)> committed;  // called in the moment of the commit
  std::function<void()> crash;                   // asks for the server's death

 private:
  class Open;
  Task<void> delay();
  bool strikes(double chance, std::string_view what);
  Task<std::exception_ptr> run_body(const std::function<Task<void>(db::Transaction&)>& body, Open& transaction);
  db::Query rewritten(const db::Query& query) const;
  std::set<std::string> open_jobs();

  World& world_;
  sqlite::Connection connection_;
  const Rewrites rewrites_;
};

}  // namespace open_cicd::sim
