#include "cli/output.h"
#include "cli/scripted_server.h"
#include "cli/terminal_text.h"

#include <CLI/CLI.hpp>

#include <cstdio>

namespace open_cicd::cli {
namespace {

std::string output_of(const std::string& command) {
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::string out;
  char buffer[4096];
  while (const std::size_t n = std::fread(buffer, 1, sizeof buffer, pipe)) out.append(buffer, n);
  EXPECT_EQ(::pclose(pipe), 0) << command;
  return out;
}

TEST(Reference, PageIsThatOfTheProgram) {
  std::ifstream file(std::string(OPEN_CICD_DOCS) + "/reference/cli.md", std::ios::binary);
  const std::string page(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(page, ScriptedServer::run_cli({"docs", "cli"}, {}).out)
      << "Make it again: open-cicd docs cli > docs/reference/cli.md";
}

TEST(Reference, ConfigurationPageIsThatOfTheProgram) {
  std::ifstream file(std::string(OPEN_CICD_DOCS) + "/reference/configuration.md", std::ios::binary);
  const std::string page(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(page, ScriptedServer::run_cli({"docs", "configuration"}, {}).out)
      << "Make it again: open-cicd docs configuration > docs/reference/configuration.md";
}

TEST(Reference, PipelinePagesAreThoseOfTheProgram) {
  for (const auto& [name, page] : {std::pair("pipeline.md", "pipeline"), {"pipeline.schema.json", "pipeline-schema"}}) {
    std::ifstream file(std::string(OPEN_CICD_DOCS) + "/reference/" + name, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    EXPECT_EQ(text, ScriptedServer::run_cli({"docs", page}, {}).out)
        << fmt::format("Make it again: open-cicd docs {} > docs/reference/{}", page, name);
  }
}

TEST(Completion, BashKnowsVerbsAndOptions) {
  const TempFolder folder;
  const std::string script = folder.write("c.bash", ScriptedServer::run_cli({"completion", "bash"}, {}).out);
  const auto complete = [&](const std::string& words, int at) {
    return output_of(fmt::format(
        "bash -c 'source {}; COMP_WORDS=({}); COMP_CWORD={}; _open_cicd; echo ${{COMPREPLY[@]}}'", script, words, at));
  };
  EXPECT_EQ(complete("open-cicd jo", 1), "job\n");
  EXPECT_EQ(complete("open-cicd job l", 2), "list logs\n");
  EXPECT_TRUE(complete("open-cicd job list --s", 3).starts_with("--server --state"));
  EXPECT_EQ(complete("open-cicd job --json list --runs", 4), "--runs-on\n");
  EXPECT_EQ(complete("open-cicd job list --state ca", 4), "cancelling cancelled\n");
  EXPECT_EQ(complete("open-cicd job run --format js", 4), "json\n");
  EXPECT_EQ(complete("open-cicd completion \"\"", 2), "bash zsh fish\n");
}

TEST(Completion, OtherShellsHaveAScript) {
  EXPECT_TRUE(ScriptedServer::run_cli({"completion", "zsh"}, {}).out.starts_with("#compdef open-cicd\n"));
  EXPECT_TRUE(ScriptedServer::run_cli({"completion", "fish"}, {})
                  .out.contains("complete -c open-cicd -n '__fish_use_subcommand' -a job"));
  EXPECT_TRUE(ScriptedServer::run_cli({"completion", "fish"}, {}).out.contains("-x -a 'yaml json'\n"));
  EXPECT_EQ(ScriptedServer::run_cli({"completion", "tcsh"}, {}).code, 2);
}

TEST(Usage, TheHelpOfUpLeavesTheServersLimitsToTheServer) {
  const std::string up = ScriptedServer::run_cli({"up", "--help"}, {}).out;
  for (const char* option : {"--agents", "--executors", "--listen", "--data", "--database", "--log-level", "--config"})
    EXPECT_TRUE(up.contains(option)) << option;
  EXPECT_FALSE(up.contains("--protocol-") || up.contains("--http-") || up.contains("--queue-max")) << up;
  EXPECT_TRUE(up.contains("open-cicd server --help"));
  EXPECT_TRUE(ScriptedServer::run_cli({"server", "--help"}, {}).out.contains("--protocol-lease-ttl"));
}

TEST(Usage, AMisspeltVerbIsNamed) {
  const Outcome outcome = ScriptedServer::run_cli({"job", "lst"}, {});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.err,
            "open-cicd: there is no verb \"lst\". Did you mean \"list\"?\nRun with --help for the verbs.\n");
  EXPECT_TRUE(ScriptedServer::run_cli({"job"}, {}).err.contains("--help"));
}

TEST(Version, IsAlsoADocument) {
  EXPECT_TRUE(ScriptedServer::run_cli({"version", "--json"}, {}).out.starts_with("{\"version\":\""));
}

TEST(TerminalFilter, I3_KeepsTextAndColoursOnly) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"plain\n\tä日\r", "plain\n\tä日\r"},
      {"\x1b[1;31mred\x1b[0m", "\x1b[1;31mred\x1b[0m"},
      {"a\x1b[2Jb\x1b[10;10Hc\x1b[?25ld", "abcd"},
      {"a\x1b]0;title\x07"
       "b\x1b]8;;http://x\x1b\\c",
       "abc"},
      {"a\x1bP q\x1b\\b\x1b_x\x1b\\c\x1b(Bd\x1b"
       "7e",
       "abcde"},
      {"a\xc2\x9b"
       "2Jb\xc2\x85"
       "c\xc2\xa0"
       "d",
       "abc\xc2\xa0"
       "d"},
      {"a\x07\x08\x0b\x7f\x00"
       "b",
       "a"},
      {"a\x1b]0;never ended\nb", "a\nb"},
      {"a\x1b[" + std::string(1000, '1') + "mb", "a" + std::string(935, '1') + "mb"},
      {"a\x1b[>4;2mb\x1b[38:5:1mc", "ab\x1b[38:5:1mc"},
  };
  for (const auto& [text, shown] : cases) {
    EXPECT_EQ(TerminalFilter(true).feed(text), shown) << text;
    TerminalFilter piecewise(true);
    std::string out;
    for (const char c : text) out += piecewise.feed(std::string_view(&c, 1));
    EXPECT_EQ(out, shown) << text;
  }
  EXPECT_EQ(TerminalFilter(false).feed("\x1b[31mred\x1b[0m"), "red");
}

TEST(TerminalText, FitsByColumns) {
  EXPECT_EQ(display_width("aä"), 2u);
  EXPECT_EQ(display_width("日本"), 4u);
  EXPECT_EQ(display_width("e\xcc\x81"), 1u);
  EXPECT_EQ(fit("abc", 5), "abc  ");
  EXPECT_EQ(fit("abcdef", 4), "abc…");
  EXPECT_EQ(fit("日本語", 4), "日… ");
  EXPECT_EQ(fit("abc", 0), "");
}

TEST(Table, CutsNamesOnATerminalOnly) {
  std::ostringstream out, err;
  Context context{.io = {out, err, true, true, 30}, .environment = {{"NO_COLOR", "1"}}};
  Table table({{"ID"}, {"NAME", true}});
  table.add({"0123456789", std::string(50, 'n')});
  table.print(context);
  EXPECT_EQ(out.str(), "ID          NAME\n0123456789  " + std::string(17, 'n') + "…\n");
  out.str("");
  context.io.out_is_terminal = false;
  table.print(context);
  EXPECT_TRUE(out.str().contains(std::string(50, 'n')));
}

TEST(Colours, OnATerminalThatWantsThem) {
  std::ostringstream out;
  Context context{.io = {out, out, true, true, 80}, .environment = {{"TERM", "xterm"}}};
  EXPECT_TRUE(context.colours(true));
  EXPECT_FALSE(context.colours(false));
  context.environment["NO_COLOR"] = "1";
  EXPECT_FALSE(context.colours(true));
  context.environment = {{"TERM", "dumb"}};
  EXPECT_FALSE(context.colours(true));
}

TEST(Output, TimesAndSizes) {
  EXPECT_EQ(parse_rfc3339_ms("1970-01-02T00:00:01.500Z"), 86'401'500);
  EXPECT_EQ(parse_rfc3339_ms("yesterday"), std::nullopt);
  EXPECT_EQ(age_of("1970-01-01T00:00:00.000Z", 7'200'000), "2h ago");
  EXPECT_EQ(short_duration(1234), "1.2s");
  EXPECT_EQ(short_duration(65'400), "1m5s");
  EXPECT_EQ(short_size(1536), "1.5 KiB");
}

}  // namespace
}  // namespace open_cicd::cli
