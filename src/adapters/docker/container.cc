#include "adapters/docker/container.h"

#include "supervisor/program.h"

#include <charconv>
#include <vector>

namespace open_cicd::docker {
namespace {

constexpr std::chrono::seconds hello_patience{30};
constexpr std::size_t short_id_size = 12;
constexpr std::string_view default_path =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";  // what Docker gives too

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<std::uint32_t> parse_id(std::string_view text) {
  std::uint32_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(id) : std::nullopt;
}

// The fields of the first line whose field 0 is `name` or whose field 2 is that number.
std::vector<std::string_view> find_line(std::string_view file, std::string_view name) {
  for (const std::string_view line : split(file, '\n')) {
    std::vector<std::string_view> fields = split(line, ':');
    if (fields.size() >= 3 && (fields[0] == name || fields[2] == name)) return fields;
  }
  return {};
}

Task<std::string> read_file(Engine& engine, const std::string& container, std::string path) {
  const Result<std::string> archive = co_await engine.get_archive(container, std::move(path));
  co_return archive ? first_file_of_tar(*archive).value_or("") : "";
}

Task<ImageUser> find_user(Engine& engine, const std::string& container, const std::string& user) {
  if (user.empty() || user == "root" || user == "0" || user == "0:0") co_return ImageUser{};
  const std::string passwd = co_await read_file(engine, container, "/etc/passwd");
  const std::string group = co_await read_file(engine, container, "/etc/group");
  co_return resolve_user(user, passwd, group);
}

// Where the helper lives, and a workspace that the image's user, and the users of other images of the job, can write
// to.
std::string files_of(const ContainerPlan& plan, const ImageUser& user) {
  TarText tar;
  tar.add_directory(std::string(init_directory.substr(1)) + "/", 0755, user.owner);
  tar.add_file(init_path.substr(1), supervisor::init_program(), 0755);
  if (plan.owns_workspace) tar.add_directory(std::string(workspace_path.substr(1)) + "/", 0777, user.owner);
  return std::move(tar).finish();
}

// A container that joined another one's network has its host name too; one without a name of its own, its id's start.
std::string host_name_of(const ContainerPlan& plan, const std::string& id) {
  constexpr std::string_view joined = "container:";
  if (plan.network.starts_with(joined)) return plan.network.substr(joined.size(), short_id_size);
  return plan.alias.empty() ? id.substr(0, short_id_size) : plan.alias;
}

std::map<std::string, std::string> environment_of(const Image& image, const ImageUser& user, std::string host_name) {
  std::map<std::string, std::string> env{
      {"HOME", user.home}, {"HOSTNAME", std::move(host_name)}, {"PATH", std::string(default_path)}};
  for (const std::string& entry : image.env) {
    const auto equals = entry.find('=');
    if (equals != std::string::npos && equals > 0) env[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  return env;
}

}  // namespace

ImageUser resolve_user(std::string_view user, std::string_view passwd, std::string_view group) {
  const std::vector<std::string_view> asked = split(user, ':');
  ImageUser found{.home = "/"};
  const std::vector<std::string_view> line = find_line(passwd, asked[0]);
  if (line.size() >= 4) {
    found.owner = {parse_id(line[2]).value_or(0), parse_id(line[3]).value_or(0)};
    if (line.size() >= 6 && !line[5].empty()) found.home = line[5];
  } else {
    found.owner.uid = parse_id(asked[0]).value_or(0);
  }
  if (asked.size() > 1) {
    const std::vector<std::string_view> entry = find_line(group, asked[1]);
    found.owner.gid = parse_id(entry.size() >= 3 ? entry[2] : asked[1]).value_or(found.owner.gid);
  }
  return found;
}

Task<Result<std::unique_ptr<Container>>> open_container(Engine& engine, TaskGroup& group, ContainerPlan plan,
                                                        Image image, std::chrono::nanoseconds deadline) {
  plan.image = image.id;
  plan.user = image.user;
  const Result<std::string> id = co_await engine.create_container(plan.name, create_body(plan));
  if (!id) co_return std::unexpected(id.error());
  auto container = std::make_unique<Container>();
  container->id = *id;
  container->user = co_await find_user(engine, *id, image.user);
  container->env = environment_of(image, container->user, host_name_of(plan, *id));
  const std::string files = files_of(plan, container->user);
  if (const Result<void> copied = co_await engine.put_archive(*id, "/", files); !copied)
    co_return std::unexpected(copied.error());
  Result<std::unique_ptr<http::ResponseStream>> stream = co_await engine.attach(*id);
  if (!stream) co_return std::unexpected(stream.error());
  container->session = std::make_unique<InitSession>(co_await asio::this_coro::executor, group, std::move(*stream));
  if (deadline.count() != 0) container->session->set_deadline(deadline);
  if (const Result<void> started = co_await engine.start(*id); !started) co_return std::unexpected(started.error());
  if (const Result<void> ready = co_await container->session->ready(hello_patience); !ready)
    co_return std::unexpected(ready.error());
  co_return std::move(container);
}

}  // namespace open_cicd::docker
