#pragma once

#include "db/db.h"

#include <functional>
#include <string_view>
#include <utility>

namespace open_cicd {

// A database in which something happens after a read has got its rows and before its caller has.
class SlowReads final : public db::Session {
 public:
  explicit SlowReads(db::Session& inner) : inner_(inner) {}
  std::function<Task<void>()> meanwhile;  // once
  Task<db::Rows> read(const db::Query& query, db::Params params) override {
    db::Rows rows = co_await inner_.read(query, std::move(params));
    if (auto happens = std::exchange(meanwhile, nullptr)) co_await happens();
    co_return rows;
  }
  Task<void> transact(std::function<Task<void>(db::Transaction&)> body) override {
    return inner_.transact(std::move(body));
  }
  Task<bool> run_script(std::string_view script, const db::Query& mark, db::Params params) override {
    return inner_.run_script(script, mark, std::move(params));
  }
  std::string_view engine() const override { return inner_.engine(); }

 private:
  db::Session& inner_;
};

}  // namespace open_cicd
