// Checks every expression of a job when its file is read: parsed, typed, and known in time for where it stands. In the
// tree that comes back, each is a hole, so that all else can be read and checked as it is.
#pragma once

#include "expressions/check.h"
#include "workflows/walk.h"
#include "workflows/workflow.h"

#include <string>
#include <vector>

namespace open_cicd::workflows {

// What one file of a job may speak of: its own, or its template's.
class World {
 public:
  explicit World(const expressions::Scope& outer) { early_.inside(outer); }

  World& declare(const std::string& name, const expressions::Type& type);
  // Only where a value may be known later: not for what chooses what runs, such as an image.
  World& declare_late(const std::string& name, const expressions::Type& type);
  World& refuse(const std::string& name, const std::string& why);
  World& status_known(expressions::Stage stage);
  void define(const std::string& variable, expressions::Type type);
  const expressions::Type::Fields& env() const { return env_; }
  void set_env(expressions::Type::Fields env);

  const expressions::Scope& scope_for(Allowed allowed);  // with `env` as it is now

 private:
  expressions::Scope early_, late_;  // the late one has what is known later, or not at all, beside what is early
  expressions::Type::Fields env_;
  bool env_changed_ = true;
};

class Preparer final : public Walker {
 public:
  // `root` is what stands before the paths of problems: "jobs.build". Worlds by file: 0 is the workflow.
  Preparer(const SourceTexts& texts, pipelines::Problems& problems, PreparedByPath& prepared, std::string root,
           World& own, World* of_template = nullptr)
      : texts_(texts),
        problems_(problems),
        prepared_(prepared),
        root_(std::move(root)),
        own_(own),
        template_(of_template) {}

  // Of a job's `if`: what the plan evaluates or keeps. Nothing and a problem when it is wrong.
  std::optional<Prepared> condition(const pipelines::NodePtr& node, const Shape& shape, const Place& place);

 protected:
  pipelines::NodePtr expression(const pipelines::NodePtr& node, const Shape& shape, const Place& place) override;
  void define(const std::string& name, const pipelines::Node& value) override;
  void begin_step(const pipelines::Node& step) override;
  void end_step(const pipelines::Node& step) override;

 private:
  World& world_of(const pipelines::Node& node) { return node.at.file == 0 || template_ == nullptr ? own_ : *template_; }
  void fail(const pipelines::Node& node, const Place& place, const expressions::ExpressionError& error);
  bool is_in_time(const pipelines::Node& node, const Shape& shape, const Place& place, expressions::Stage stage);
  void check_kind(const pipelines::Node& node, const Shape& shape, const Place& place,
                  const expressions::Template& text, const expressions::Type& type);
  std::string path_of(const Place& place) const;

  const SourceTexts& texts_;
  pipelines::Problems& problems_;
  PreparedByPath& prepared_;
  std::string root_;
  World& own_;
  World* template_;
  expressions::Type::Fields env_before_;  // a step's variables end with it
  std::vector<std::string> step_ids_;
  expressions::Stage latest_ = expressions::Stage::plan;  // of the expression that was checked last
};

}  // namespace open_cicd::workflows
