#include "secrets/keys.h"

#include "secrets/limits.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace open_cicd::secrets {
namespace {

namespace fs = std::filesystem;

const std::string ones(64, '1'), twos(64, '2');

std::string code_of(const Result<Keys>& keys) {
  return keys ? "" : keys.error().code();
}

class KeyFile : public testing::Test {
 protected:
  KeyFile() {
    std::string pattern = (fs::temp_directory_path() / "keys_test_XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    folder = pattern;
    file = folder / "secrets.key";
  }
  ~KeyFile() override { fs::remove_all(folder); }

  void write(const std::string& text, mode_t mode) const {
    std::ofstream(file) << text;
    ::chmod(file.c_str(), mode);
  }
  std::string wrong() const {
    const Result<Keys> keys = Keys::read(file);
    return keys ? "" : keys.error().message().substr(file.string().size() + 14);
  }

  fs::path folder, file;
};

TEST(KeyText, TheFirstIsCurrentAndAllOpen) {
  const Keys keys = Keys::parse("# new\n" + twos + "\n\n# old\r\n  " + ones + "\r\n").value();
  EXPECT_EQ(keys.size(), 2u);
  EXPECT_EQ(keys.current().bytes().reveal(), std::string(32, '\x22'));
  const Key old(Secret(std::string(32, '\x11')));
  ASSERT_NE(keys.find(old.id()), nullptr);
  EXPECT_EQ(keys.find(old.id())->bytes().reveal(), old.bytes().reveal());
  EXPECT_EQ(keys.find(KeyId{}), nullptr);
}

TEST(KeyText, AVariableHasThemBehindEachOther) {
  EXPECT_EQ(Keys::parse(ones + "," + twos)->size(), 2u);
  EXPECT_EQ(Keys::parse(ones + " " + ones)->size(), 1u);  // the same twice
}

TEST(KeyText, WhatIsNoKeyIsRefusedWithoutBeingShown) {
  for (const std::string& text : {std::string(), std::string("# nothing\n"), std::string(63, '1'), std::string(66, '1'),
                                  std::string(64, 'g'), ones + "x", "0x" + ones, ones + "\nchange-me"}) {
    const Result<Keys> keys = Keys::parse(text);
    EXPECT_EQ(code_of(keys), "secret_keys") << text;
    EXPECT_FALSE(!keys && keys.error().message().contains("change-me"));
  }
  EXPECT_TRUE(Keys::parse(ones + "\nchange-me").error().message().starts_with("Line 2 "));
}

TEST(KeyText, ThereAreNotTooMany) {
  std::string text;
  for (std::size_t i = 0; i <= limits::keys_max; ++i) text += new_key().reveal() + "\n";
  EXPECT_EQ(code_of(Keys::parse(text)), "secret_keys");
  EXPECT_TRUE(Keys::parse(text.substr(65)));
}

TEST(KeyText, ANewKeyIsANewOne) {
  EXPECT_EQ(new_key().reveal().size(), 64u);
  EXPECT_NE(new_key().reveal(), new_key().reveal());
}

TEST(KeyText, AnIdTellsKeysApartAndNothingAboutThem) {
  const Key key(Secret(std::string(32, '\x11'))), same(Secret(std::string(32, '\x11'))),
      other(Secret(std::string(32, '\x12')));
  EXPECT_EQ(key.id(), same.id());
  EXPECT_NE(key.id(), other.id());
}

TEST_F(KeyFile, IsReadWhenOnlyItsOwnerCan) {
  write(ones + "\n", 0600);
  EXPECT_EQ(Keys::read(file)->current().bytes().reveal(), std::string(32, '\x11'));
  ::chmod(file.c_str(), 0400);
  EXPECT_TRUE(Keys::read(file));
}

TEST_F(KeyFile, IsRefusedWhenOthersCanReadIt) {
  write(ones + "\n", 0600);
  for (const mode_t mode : {0640, 0604, 0660, 0601, 0620}) {
    ::chmod(file.c_str(), mode);
    EXPECT_EQ(wrong(), "can be read by others: chmod 600 it, and replace the keys that it holds.");
  }
}

TEST_F(KeyFile, IsRefusedWhenItIsNoFileOrHoldsNoKey) {
  EXPECT_EQ(wrong(), "cannot be read: No such file or directory.");
  fs::create_directory(file);
  EXPECT_EQ(wrong(), "is not a file.");
  fs::remove(file);
  ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
  EXPECT_EQ(wrong(), "is not a file.");
  fs::remove(file);
  write("no key\n", 0600);
  EXPECT_EQ(wrong(), "holds no keys. Line 1 of the keys is no key: write 64 hexadecimal digits.");
  write(std::string(limits::key_file_bytes_max + 1, '#'), 0600);
  EXPECT_EQ(wrong(), "is too large to be one.");
}

TEST_F(KeyFile, ALinkIsNotFollowed) {
  write(ones, 0600);
  const fs::path link = folder / "link";
  fs::create_symlink(file, link);
  EXPECT_EQ(code_of(Keys::read(link)), "secret_key_file");
  EXPECT_EQ(code_of(Keys::read_or_make(link)), "secret_key_file");
}

TEST_F(KeyFile, OfAnotherUserIsRefused) {
  write(ones, 0600);
  if (::geteuid() == 0)
    ASSERT_EQ(::chown(file.c_str(), 12345, 0), 0);
  else
    file = "/etc/passwd";
  EXPECT_EQ(wrong(), "belongs to another user: give it to the one who runs the server.");
}

TEST_F(KeyFile, IsMadeOnceAndOnlyForItsOwner) {
  const ::mode_t before = ::umask(0);
  const Keys made = Keys::read_or_make(file).value();
  ::umask(before);
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(made.size(), 1u);
  EXPECT_EQ(Keys::read_or_make(file)->current().id(), made.current().id());
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 1);
}

TEST_F(KeyFile, ThatCannotBeMadeIsTold) {
  EXPECT_EQ(code_of(Keys::read_or_make(folder / "none" / "secrets.key")), "secret_key_file");
}

TEST_F(KeyFile, ANewKeyIsPutBeforeTheOthers) {
  const Keys first = Keys::add_new(file).value();
  EXPECT_EQ(first.size(), 1u) << "where there is no file, one is made";
  const Keys second = Keys::add_new(file).value();
  EXPECT_EQ(second.size(), 2u);
  EXPECT_EQ(second.find(first.current().id())->id(), first.current().id());
  EXPECT_NE(second.current().id(), first.current().id());
  EXPECT_EQ(Keys::read(file).value().current().id(), second.current().id());
  struct stat status{};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 1) << "nothing else is left";
}

TEST_F(KeyFile, ANewKeyIsRefusedWhileAnotherOneIsMadeOrThereAreTooMany) {
  write(ones + "\n", 0600);
  std::ofstream(file.string() + ".new") << "";
  EXPECT_EQ(code_of(Keys::add_new(file)), "secret_key_file");
  fs::remove(file.string() + ".new");
  write(ones + "\n", 0644);
  EXPECT_EQ(code_of(Keys::add_new(file)), "secret_key_file");
  fs::remove(file);
  for (std::size_t i = 0; i < limits::keys_max; ++i) ASSERT_TRUE(Keys::add_new(file));
  EXPECT_EQ(code_of(Keys::add_new(file)), "secret_key_file");
  EXPECT_EQ(Keys::read(file).value().size(), limits::keys_max);
}

TEST(KeyVariable, IsReadAndGone) {
  constexpr const char* variable = "OPEN_CICD_TEST_SECRET_KEYS";
  EXPECT_FALSE(Keys::take_from_environment(variable));
  ::setenv(variable, (ones + "," + twos).c_str(), 1);
  const char* const memory = std::getenv(variable);
  const auto keys = Keys::take_from_environment(variable);
  ASSERT_TRUE(keys && *keys);
  EXPECT_EQ((*keys)->size(), 2u);
  EXPECT_EQ(std::getenv(variable), nullptr);
  EXPECT_EQ(std::string_view(memory, 64).find_first_not_of('\0'), std::string_view::npos);
}

TEST(KeyVariable, IsGoneAlsoWhenItHoldsNoKeys) {
  constexpr const char* variable = "OPEN_CICD_TEST_SECRET_KEYS";
  ::setenv(variable, "change-me", 1);
  const auto keys = Keys::take_from_environment(variable);
  ASSERT_TRUE(keys);
  EXPECT_EQ(code_of(*keys), "secret_keys");
  EXPECT_TRUE(keys->error().message().starts_with("The variable OPEN_CICD_TEST_SECRET_KEYS holds no keys."));
  EXPECT_EQ(std::getenv(variable), nullptr);
}

}  // namespace
}  // namespace open_cicd::secrets
