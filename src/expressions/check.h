// Types are checked before anything runs, and with them when a value is known. Pure; safe from any thread.
#pragma once

#include "expressions/error.h"
#include "expressions/expression.h"
#include "expressions/type.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::expressions {

// The contexts that an expression may speak of at one place of a file. Copies are cheap enough to make one for each
// job.
class Scope {
 public:
  // Replaces what was declared before, so that a scope can be made from a wider one. Of a root, type.stage() says when
  // it is known; a field may say that it is known later.
  Scope& declare(std::string name, Type type);
  // `name` is a context of the language but may not stand here; `why` follows it in the message: "cannot stand in
  // `image`: what a job wrote cannot choose what runs".
  Scope& refuse(std::string name, std::string why);
  // What is not found here is looked up there; `outer` must outlive this.
  Scope& inside(const Scope& outer);
  // When success(), failure() and cancelled() are known: at release for a job's `if`, on the agent for a step's.
  Scope& status_known(Stage stage);

  const Type* find(std::string_view name) const;  // null when it is not declared
  std::vector<std::string_view> names() const;    // of what is declared
  const std::string* refusal(std::string_view name) const;
  Stage status_stage() const { return status_stage_; }

 private:
  std::map<std::string, Type, std::less<>> roots_;
  std::map<std::string, std::string, std::less<>> refused_;
  const Scope* outer_ = nullptr;
  Stage status_stage_ = Stage::release;
};

struct Checked {
  Type type;
  Stage stage = Stage::plan;  // the latest that it needs; a caller refuses what is not known at its place
};

// Errors: Fault::name (with "Did you mean …?"), Fault::type, and Fault::value for a literal pattern of matches() or
// format() that is wrong. What passes does not fail by type when it is evaluated with values that fit the scope, unless
// something in it is `any`.
//
// A map that may be null can be indexed: its field then may be null, too. A value that may be null can be compared with
// == and !=, and given to a function that says so; for all else default() takes the null away.
Outcome<Checked> check(const Expression& expression, const Scope& scope);

// The same for `if`: the result must be a boolean.
Outcome<Checked> check_condition(const Expression& expression, const Scope& scope);

}  // namespace open_cicd::expressions
