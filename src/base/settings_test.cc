#include "base/settings.h"

#include "base/id.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace open_cicd {
namespace {

constexpr SettingDecl declared[] = {
    {.name = "listen", .default_value = "127.0.0.1:8080", .doc = "Where to listen."},
    {.name = "http.idle_timeout",
     .default_value = "60s",
     .doc = "Between requests.",
     .type = SettingType::duration,
     .min = 100},
    {.name = "cores", .default_value = "0", .doc = "Cores.", .type = SettingType::integer, .max = 64},
    {.name = "log.format", .default_value = "text", .doc = "Format.", .choices = "text|json"},
    {.name = "database.password", .default_value = "", .doc = "Password.", .secret = true},
    {.name = "sync", .default_value = "true", .doc = "Flush.", .type = SettingType::boolean},
    {.name = "log.max", .default_value = "4g", .doc = "Of a job.", .type = SettingType::size},
};

std::vector<SettingDecl> all() {
  return {std::begin(declared), std::end(declared)};
}

class TempFile {
 public:
  explicit TempFile(std::string_view text)
      : path_((std::filesystem::temp_directory_path() / (AgentId::make().str() + ".yml")).string()) {
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~TempFile() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(Settings, ATextThatIsRefusedIsReportedWithTheOtherMistakes) {
  auto with_form = all();
  with_form[0].expects = [](std::string_view text) {
    return text.contains(':') ? std::nullopt : std::optional<std::string>("ADDRESS:PORT");
  };
  EXPECT_TRUE(Settings::load(with_form, {}));
  const TempFile file("listen: here\ncores: many\n");
  const auto bad = Settings::load(with_form, {.file = file.path()});
  ASSERT_FALSE(bad);
  ASSERT_EQ(bad.error().fields().size(), 2u);
  EXPECT_EQ(bad.error().fields()[0].path, file.path() + ":1");
  EXPECT_EQ(bad.error().fields()[0].message, "listen must be ADDRESS:PORT, not \"here\"");
}

TEST(Settings, DefaultsNeedNoSource) {
  const auto settings = Settings::load(all(), {});
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->string("listen"), "127.0.0.1:8080");
  EXPECT_EQ(settings->duration("http.idle_timeout"), Milliseconds(60'000));
  EXPECT_EQ(settings->integer("cores"), 0);
  EXPECT_TRUE(settings->boolean("sync"));
  EXPECT_EQ(settings->size("log.max"), std::int64_t{4} << 30);
  EXPECT_TRUE(settings->is_default("listen"));
}

TEST(Settings, FlagBeatsEnvironmentBeatsFile) {
  const TempFile file("listen: from-file\ncores: 1\nhttp:\n  idle_timeout: 5s\n");
  SettingSources sources{.flags = {{"listen", "from-flag"}},
                         .environment = {{"OPEN_CICD_LISTEN", "from-env"}, {"OPEN_CICD_CORES", "2"}},
                         .file = file.path()};
  const auto settings = Settings::load(all(), sources);
  ASSERT_TRUE(settings) << settings.error().message();
  EXPECT_EQ(settings->string("listen"), "from-flag");
  EXPECT_EQ(settings->integer("cores"), 2);
  EXPECT_EQ(settings->duration("http.idle_timeout"), Milliseconds(5000));
  const auto effective = settings->effective();
  EXPECT_EQ(effective[0].source, "--listen");
  EXPECT_EQ(effective[1].source, file.path() + ":4");
  EXPECT_EQ(effective[2].source, "OPEN_CICD_CORES");
  EXPECT_EQ(effective[3].source, "default");
}

TEST(Settings, ReportsEveryMistakeWithItsPlace) {
  const TempFile file("cores: many\nhttp.idle_timout: 3s\nlog.format: xml\n");
  SettingSources sources{
      .flags = {{"http.idle_timeout", "30"}}, .environment = {{"OPEN_CICD_SYNC", "maybe"}}, .file = file.path()};
  const auto settings = Settings::load(all(), sources);
  ASSERT_FALSE(settings);
  const auto& fields = settings.error().fields();
  ASSERT_EQ(fields.size(), 5u);
  EXPECT_EQ(fields[0].path, "--http-idle-timeout");
  EXPECT_EQ(fields[0].message, "http.idle_timeout must be a duration such as 30m, 1h30m, 10s or 500ms, not \"30\"");
  EXPECT_EQ(fields[1], (FieldError{file.path() + ":1", "cores must be a whole number from 0 to 64, not \"many\""}));
  EXPECT_EQ(fields[2], (FieldError{file.path() + ":3", "log.format must be one of text, json, not \"xml\""}));
  EXPECT_EQ(fields[3], (FieldError{"OPEN_CICD_SYNC", "sync must be true or false, not \"maybe\""}));
  EXPECT_EQ(fields[4], (FieldError{file.path() + ":2",
                                   "there is no setting \"http.idle_timout\". Did you mean \"http.idle_timeout\"?"}));
}

TEST(Settings, SecretsAreMaskedAndNeverQuoted) {
  const auto settings = Settings::load(all(), {.environment = {{"OPEN_CICD_DATABASE_PASSWORD", "hunter2"}}});
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->secret("database.password").reveal(), "hunter2");
  EXPECT_EQ(settings->effective()[4].value, "********");

  std::vector<SettingDecl> strict = {
      {.name = "key", .default_value = "a", .doc = "", .secret = true, .choices = "a|b"}};
  const auto wrong = Settings::load(strict, {.flags = {{"key", "hunter2"}}});
  ASSERT_FALSE(wrong);
  EXPECT_FALSE(wrong.error().message().contains("hunter2"));
}

TEST(Settings, BoundsAreChecked) {
  const auto settings = Settings::load(all(), {.flags = {{"http.idle_timeout", "10ms"}, {"cores", "65"}}});
  ASSERT_FALSE(settings);
  ASSERT_EQ(settings.error().fields().size(), 2u);
  EXPECT_EQ(settings.error().fields()[0].message, "http.idle_timeout must be at least 100ms, not \"10ms\"");
}

TEST(Settings, UnreadVariablesAreWarningsNotErrors) {
  const auto settings = Settings::load(all(), {.environment = {{"OPEN_CICD_LISEN", "x"}, {"OPEN_CICD_TOKEN", "t"}}});
  ASSERT_TRUE(settings);
  ASSERT_EQ(settings->warnings().size(), 1u);
  EXPECT_EQ(settings->warnings()[0],
            "the environment variable OPEN_CICD_LISEN is not used. Did you mean \"OPEN_CICD_LISTEN\"?");
}

TEST(Settings, VariablesOfTheOtherProgramAreLeftAlone) {
  const SettingSources sources{.environment = {{"OPEN_CICD_LISTEN", "127.0.0.1:1"},
                                               {"OPEN_CICD_DATA_DIR", "x"},
                                               {"OPEN_CICD_AGENT_NAME", "a"},
                                               {"OPEN_CICD_AGENT_NAMES", "a"},
                                               {"TERM", "xterm"}}};
  const auto server = Settings::load(all(), sources);
  ASSERT_TRUE(server);
  EXPECT_EQ(server->warnings(), std::vector<std::string>{"the environment variable OPEN_CICD_DATA_DIR is not used"});
  const auto agent = Settings::load({{.name = "name", .env = "OPEN_CICD_AGENT_NAME", .doc = ""}}, sources);
  ASSERT_TRUE(agent);
  EXPECT_EQ(agent->warnings(),
            std::vector<std::string>{"the environment variable OPEN_CICD_AGENT_NAMES is not used. Did you mean "
                                     "\"OPEN_CICD_AGENT_NAME\"?"});
}

TEST(Settings, FileMistakesNameTheLine) {
  struct Case {
    std::string_view text, place;
  };
  for (const Case& c :
       {Case{"listen: a\nlisten: b\n", ":2: "}, Case{"listen: [a]\n", ":1: "}, Case{"- a\n", ":1: "},
        Case{"cores: 1\n---\ncores: 2\n", ":2: "}, Case{"a: b: c\n", ":1: "}, Case{"listen: *x\n", ":1: "}}) {
    const TempFile file(c.text);
    const auto settings = Settings::load(all(), {.file = file.path()});
    ASSERT_FALSE(settings) << c.text;
    EXPECT_EQ(settings.error().code(), "malformed_config");
    EXPECT_TRUE(settings.error().message().starts_with(file.path() + std::string(c.place)))
        << settings.error().message();
  }
}

TEST(Settings, EmptyFileIsFineAndMissingFileIsNot) {
  const TempFile file("# nothing yet\n");
  EXPECT_TRUE(Settings::load(all(), {.file = file.path()}));
  const auto missing = Settings::load(all(), {.file = "/nonexistent/config.yml"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message(),
            "The configuration file /nonexistent/config.yml cannot be read: No such file or directory.");
  EXPECT_FALSE(Settings::load(all(), {.file = "/"}));
}

TEST(Settings, UndeclaredNameIsABug) {
  const auto settings = Settings::load(all(), {});
  EXPECT_THROW(settings->string("nothing"), std::logic_error);
  EXPECT_THROW(settings->integer("listen"), std::logic_error);
  EXPECT_THROW(Settings::load({{.name = "n", .default_value = "x", .doc = "", .type = SettingType::integer}}, {}),
               std::logic_error);
}

TEST(Settings, ReferenceHasARowForEach) {
  const std::string table = settings_reference(declared);
  EXPECT_TRUE(table.contains(
      "| `http.idle_timeout` | `--http-idle-timeout` | `OPEN_CICD_HTTP_IDLE_TIMEOUT` | `60s` | Between requests. |"));
  EXPECT_TRUE(table.contains("| Format. One of text, json. |"));
  EXPECT_TRUE(table.contains("| Password. Secret. |"));
}

}  // namespace
}  // namespace open_cicd
