// Goes through the values of a file beside the table of keys and calls out wherever an expression stands. What comes
// back takes its place; nodes without expressions are shared, not copied.
#pragma once

#include "pipelines/node.h"
#include "workflows/keys.h"

#include <string>
#include <string_view>

namespace open_cicd::workflows {

// Where a value stands, outwards; becomes text only when it is asked for.
struct Place {
  const Place* outer = nullptr;
  std::string_view name = {};  // of a member; its item when it is empty
  std::size_t index = 0;
  std::string path() const;  // "steps[2].env.A"
};

class Walker {
 public:
  virtual ~Walker() = default;

  // Keys of a job that are not steps and env: those have an order of their own.
  pipelines::NodePtr walk(const pipelines::NodePtr& node, const Shape& shape, const Place& place);
  // Each variable can be read by those below it, so they are told one by one.
  pipelines::NodePtr walk_env(const pipelines::NodePtr& node, const Shape& shape, const Place& place);
  pipelines::NodePtr walk_steps(const pipelines::NodePtr& node, const Shape& shape, const Place& place);

 protected:
  // A value with ${{ in it, or an `if`.
  virtual pipelines::NodePtr expression(const pipelines::NodePtr& node, const Shape& shape, const Place& place) = 0;
  virtual void define(const std::string& name, const pipelines::Node& value) = 0;
  virtual void begin_step(const pipelines::Node& step) = 0;
  virtual void end_step(const pipelines::Node& step) = 0;

 private:
  pipelines::NodePtr walk_step(const pipelines::NodePtr& node, const Shape& shape, const Place& place);
};

bool has_any_expression(const pipelines::Node& node);  // in it or below it

}  // namespace open_cicd::workflows
