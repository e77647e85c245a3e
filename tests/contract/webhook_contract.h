// What every forge's webhooks must do. An adapter's test defines its WebhookTraits and instantiates the suite:
//   INSTANTIATE_TEST_SUITE_P(Gitea, WebhookContract, ::testing::Values(gitea_traits()));
#pragma once

#include "base/json.h"
#include "base/text.h"
#include "contract/mutations.h"
#include "scm/limits.h"
#include "scm/what_happened.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace open_cicd::scm::contract {

struct Sample {
  std::string name;   // "04_pull_request"
  std::string event;  // samples of one event have the same fields
  Delivery delivery;
};

struct WebhookTraits {
  std::string name;
  std::function<std::unique_ptr<WebhookReader>()> make;
  std::function<std::vector<Sample>()> samples;
  std::function<void(Delivery&, const std::string& secret)> sign;  // as the forge signs this body at `signed_at_s`
  std::string proof;                                               // the header that sign() sets and that is looked at
  std::string secret = "s3cr3t", other_secret = "s3cr3T";
  bool signs_body = true;
  bool is_list = false;  // of signatures, with blanks between
  bool mutates = true;   // false: another instance of the suite reads the same samples, or they are few and small
  std::optional<Repository> repository = {};  // of a reader whose deliveries do not name it
};

inline void PrintTo(const WebhookTraits& traits, std::ostream* out) {
  *out << traits.name;
}

inline constexpr std::int64_t signed_at_s = 1'800'000'000;

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void set_header(Delivery& delivery, const std::string& name, std::string value) {
  std::erase_if(delivery.headers, [&](const Header& header) { return header.name == name; });
  delivery.headers.push_back({name, std::move(value)});
}

class WebhookContract : public ::testing::TestWithParam<WebhookTraits> {
 protected:
  const WebhookTraits& traits() const { return GetParam(); }
  void SetUp() override {
    samples = traits().samples();
    if (samples.empty()) GTEST_SKIP() << "the examples of payloads are not installed: dev/install test";
  }

  Receiver receiver() const {
    return {.secrets = {Secret(traits().secret)}, .now_s = signed_at_s, .repository = traits().repository};
  }
  Delivery signed_delivery(Delivery delivery) const {
    traits().sign(delivery, traits().secret);
    return delivery;
  }
  Delivery a_delivery() const { return signed_delivery(samples.front().delivery); }
  Result<Happening> receive(const Delivery& delivery) const { return what_happened(*reader, delivery, receiver()); }
  void expect_refused(const Delivery& delivery, const std::string& what) const {
    const auto happening = receive(delivery);
    ASSERT_FALSE(happening) << what;
    EXPECT_EQ(happening.error().code(), "wrong_signature") << what;
  }

  std::unique_ptr<WebhookReader> reader = GetParam().make();
  std::vector<Sample> samples;
};

// What whoever uses a happening relies on.
inline void expect_sound(const Happening& happening, const std::string& what) {
  const bool is_plain = happening.kind == Kind::ignored || happening.kind == Kind::ping;
  EXPECT_EQ(happening.kind == Kind::ignored, !happening.why.empty()) << what;
  EXPECT_EQ(is_plain, happening.event_key.empty()) << what;
  EXPECT_EQ(happening.change.has_value(), happening.kind == Kind::change) << what;
  EXPECT_TRUE(is_plain || happening.repository) << what;
  for (const auto* sha : {&happening.before, &happening.after})
    EXPECT_TRUE(!*sha || (is_sha(**sha) && !is_zero_sha(**sha))) << what;
  const auto event = event_of(happening);
  EXPECT_EQ(event.has_value(),
            happening.kind == Kind::push || happening.kind == Kind::tag || happening.kind == Kind::change)
      << what;
  if (event) {
    EXPECT_TRUE(is_sha(event->sha)) << what;
    EXPECT_TRUE(event->ref.starts_with("refs/")) << what;
  }
  const std::string text = json::write_text(happening);
  EXPECT_TRUE(is_valid_utf8(text)) << what;
  EXPECT_EQ(json::read_own<Happening>(text), happening) << what;
}

inline void expect_sound(const Result<Happening>& result, const std::string& what) {
  if (result) return expect_sound(*result, what);
  EXPECT_TRUE(result.error().kind() == ErrorKind::malformed ||
              (result.error().kind() == ErrorKind::invalid && !result.error().fields().empty()))
      << what << ": " << result.error().message();
}

TEST_P(WebhookContract, EverySampleIsUnderstood) {
  for (const Sample& sample : samples) {
    const auto happening = receive(signed_delivery(sample.delivery));
    ASSERT_TRUE(happening) << sample.name << ": " << happening.error().message();
    expect_sound(*happening, sample.name);
    EXPECT_TRUE(delivery_id(*reader, signed_delivery(sample.delivery))) << sample.name;
  }
}

TEST_P(WebhookContract, D1_AlmostRightIsWrong) {
  const Delivery good = a_delivery();
  ASSERT_TRUE(receive(good));
  const std::string proof(*good.header(traits().proof));
  const auto with_proof = [&](std::string value) {
    Delivery delivery = good;
    set_header(delivery, traits().proof, std::move(value));
    return delivery;
  };
  for (std::size_t i = 0; i < proof.size(); ++i) {
    std::string flipped = proof;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    expect_refused(with_proof(flipped), fmt::format("byte {}", i));
  }
  std::string upper = proof;
  std::ranges::transform(upper, upper.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  for (const std::string& wrong : {std::string(), upper, proof + " ", " " + proof, proof + "0", proof.substr(1),
                                   proof.substr(0, proof.size() - 1), proof + std::string(1, '\0')})
    if (!traits().is_list || wrong.find_first_of(' ') == std::string::npos) expect_refused(with_proof(wrong), wrong);
  Delivery without = good;
  std::erase_if(without.headers, [&](const Header& header) { return header.name == traits().proof; });
  expect_refused(without, "no proof");
  Delivery twice = good;
  twice.headers.push_back({traits().proof, proof});
  expect_refused(twice, "two proofs");
}

TEST_P(WebhookContract, TheSecretIsNeeded) {
  Delivery foreign = samples.front().delivery;
  traits().sign(foreign, traits().other_secret);
  expect_refused(foreign, "another secret");
  Receiver both = receiver();
  both.secrets.insert(both.secrets.begin(), Secret(traits().other_secret));
  EXPECT_TRUE(what_happened(*reader, foreign, both)) << "one takes the other's place";
  EXPECT_TRUE(what_happened(*reader, a_delivery(), both));
}

TEST_P(WebhookContract, D8_NoConfiguredSecretRefusesEverything) {
  Delivery empty = samples.front().delivery;
  traits().sign(empty, "");
  for (const auto& secrets : {std::vector<Secret>{}, {Secret("")}, {Secret(), Secret("")}}) {
    Receiver open = receiver();
    open.secrets = secrets;
    for (const Delivery& delivery : {empty, a_delivery(), samples.front().delivery}) {
      const auto happening = what_happened(*reader, delivery, open);
      ASSERT_FALSE(happening);
      EXPECT_EQ(happening.error().code(), "wrong_signature");
    }
  }
}

TEST_P(WebhookContract, TheBodyIsWhatWasSigned) {
  for (const char* added : {" ", "\n"}) {
    Delivery delivery = a_delivery();
    delivery.body += added;
    EXPECT_EQ(receive(delivery).has_value(), !traits().signs_body);
    if (traits().signs_body) expect_refused(delivery, "one byte more");
  }
}

TEST_P(WebhookContract, NothingIsParsedBeforeTheSignatureIsRight) {
  Delivery broken = samples.front().delivery;
  broken.body = "{\"ref\": ";
  traits().sign(broken, traits().other_secret);
  expect_refused(broken, "broken and not signed");
  const auto happening = receive(signed_delivery(broken));
  ASSERT_FALSE(happening);
  EXPECT_EQ(happening.error().code(), "malformed_json");
}

TEST_P(WebhookContract, TooMuchIsNotEvenHashed) {
  Delivery large = samples.front().delivery;
  large.body.assign(limits::body_bytes_max + 1, ' ');
  const auto happening = receive(large);
  ASSERT_FALSE(happening);
  EXPECT_EQ(happening.error().kind(), ErrorKind::too_large);
}

TEST_P(WebhookContract, DeepNestingIsRefused) {
  Delivery deep = samples.front().delivery;
  deep.body = "{\"a\": " + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  const auto happening = receive(signed_delivery(deep));
  ASSERT_FALSE(happening);
  EXPECT_EQ(happening.error().kind(), ErrorKind::malformed);
}

TEST_P(WebhookContract, OnlyJsonIsTaken) {
  Delivery form = samples.front().delivery;
  for (const char* type : {"application/json", "application/json; charset=utf-8", "Application/JSON ;charset=UTF-8"}) {
    set_header(form, "content-type", type);
    EXPECT_TRUE(receive(signed_delivery(form))) << type;
  }
  for (const char* type : {"application/x-www-form-urlencoded", "", "text/json", "application/jsonp"}) {
    set_header(form, "content-type", type);
    const auto happening = receive(signed_delivery(form));
    ASSERT_FALSE(happening) << type;
    EXPECT_EQ(happening.error().kind(), ErrorKind::unsupported_media) << type;
  }
}

TEST_P(WebhookContract, D4_AWebhookSpeaksOfItsOwnRepository) {
  for (const Sample& sample : samples) {
    const auto happening = receive(signed_delivery(sample.delivery));
    if (!happening || !happening->repository) continue;
    Receiver own = receiver();
    own.repository_id = happening->repository->id;
    EXPECT_TRUE(what_happened(*reader, signed_delivery(sample.delivery), own)) << sample.name;
    own.repository_id = happening->repository->id + 1;
    const auto other = what_happened(*reader, signed_delivery(sample.delivery), own);
    ASSERT_FALSE(other) << sample.name;
    EXPECT_EQ(other.error().code(), "other_repository");
  }
}

TEST_P(WebhookContract, D10_NoMutationOfAPayloadCrashesOrPassesUnchecked) {
  if (!traits().mutates) return;
  std::set<std::string> seen;  // each field of each event once: samples repeat each other
  std::size_t tried = 0;
  for (const Sample& sample : samples) {
    const auto plain = receive(signed_delivery(sample.delivery));
    if (plain && plain->kind == Kind::ignored) continue;
    json::bj::value payload = json::parse(sample.delivery.body).value();
    const auto look = [&](const std::string& what) {
      Delivery mutated = sample.delivery;
      mutated.body = json::serialize(payload);
      expect_sound(receive(signed_delivery(std::move(mutated))), sample.name + ": " + what);
      ++tried;
    };
    mutate_addresses(payload, look);
    each_mutation(payload, sample.event, seen, look);
  }
  EXPECT_GE(tried, 500u);
}

TEST_P(WebhookContract, ADeliverysNameIsAWord) {
  Delivery delivery = a_delivery();
  const std::string first(reader->id_headers().front());
  for (const char* wrong : {"", "a b", "a\nb", "<b>", "\xff"}) {
    set_header(delivery, first, wrong);
    EXPECT_EQ(delivery_id(*reader, delivery), std::nullopt) << wrong;
  }
  set_header(delivery, first, std::string(limits::delivery_id_bytes_max + 1, 'a'));
  EXPECT_EQ(delivery_id(*reader, delivery), std::nullopt);
  set_header(delivery, first, "one-2.3");
  EXPECT_EQ(delivery_id(*reader, delivery), "one-2.3");
}

}  // namespace open_cicd::scm::contract
