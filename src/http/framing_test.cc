// Requests that two parsers could understand differently: each is refused and its connection closed, whatever follows.
#include "http/test_support.h"

#include <fmt/format.h>

namespace open_cicd::http {
namespace {

using namespace testing;

struct Refused {
  std::string name;  // of the rule and the case
  std::string request;
  int status = 400;
};
void PrintTo(const Refused& refused, std::ostream* out) {
  *out << refused.name;
}

class RefusedRequest : public ::testing::TestWithParam<Refused> {};

TEST_P(RefusedRequest, IsAnsweredOnceAndClosed) {
  TestServer server;
  RawPeer peer(server.port());
  // What follows would be answered if the refused request had been taken for something shorter.
  peer.send(GetParam().request + "GET /ping HTTP/1.1\r\nHost: smuggled\r\n\r\n");
  const std::string& answer = peer.receive_all();
  EXPECT_TRUE(peer.closed());
  EXPECT_EQ(status_of_text(answer), GetParam().status) << answer;
  EXPECT_NE(answer.find("Content-Type: application/problem+json\r\n"), answer.npos);
  EXPECT_NE(answer.find("Connection: close\r\n"), answer.npos);
  EXPECT_EQ(answer.find("pong"), answer.npos);
  EXPECT_EQ(server.observed.handled, 0);
}

std::string post(std::string_view fields, std::string_view body = "") {
  return fmt::format("POST /echo HTTP/1.1\r\nHost: x\r\n{}\r\n{}", fields, body);
}
std::string get_with(std::string_view fields) {
  return fmt::format("GET /ping HTTP/1.1\r\nHost: x\r\n{}\r\n", fields);
}
std::string chunks(std::string_view body) {
  return post("Transfer-Encoding: chunked\r\n", body);
}

std::vector<Refused> ambiguous_transfer_encodings() {
  const std::string body = "0\r\n\r\n";
  std::vector<Refused> cases{
      {"F1_ClAndTe", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", body)},
      {"F1_TeAndCl", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", body)},
      {"F1_TeTwice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", body)},
      {"F1_TeTwiceSecondOther", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", body)},
      {"F1_TeInHttp10", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + body},
      {"F1_ObsFoldBeforeTe", post("X: y\r\n Transfer-Encoding: chunked\r\n", body)},
      {"F1_ObsFoldInTe", post("Transfer-Encoding:\r\n chunked\r\n", body)},
      {"F1_TabFoldInTe", post("Transfer-Encoding:\r\n\tchunked\r\n", body)},
      {"F1_SpaceBeforeTeColon", post("Transfer-Encoding : chunked\r\n", body)},
      {"F1_TabBeforeTeColon", post("Transfer-Encoding\t: chunked\r\n", body)},
      {"F1_VerticalTabInTeName", post("Transfer-Encoding\x0b: chunked\r\n", body)},
      {"F1_LeadingSpaceTe", post(" Transfer-Encoding: chunked\r\n", body)},
      {"F1_NulInTe", post(std::string_view("Transfer-Encoding: chun\0ked\r\n", 29), body)},
  };
  const std::vector<std::pair<std::string, std::string>> values{
      {"XChunked", " xchunked"},
      {"TwoSpaces", "  chunked"},
      {"Tab", "\tchunked"},
      {"VerticalTab",
       " \x0b"
       "chunked"},
      {"FormFeed",
       " \x0c"
       "chunked"},
      {"TrailingSpace", " chunked "},
      {"TrailingTab", " chunked\t"},
      {"ThenIdentity", " chunked, identity"},
      {"AfterIdentity", " identity, chunked"},
      {"Gzip", " gzip, chunked"},
      {"Identity", " identity"},
      {"Empty", ""},
      {"Quoted", " \"chunked\""},
      {"Semicolon", " chunked;q=1"},
      {"Comma", " chunked,"},
      {"TwiceInList", " chunked, chunked"},
      {"HighByte", " chunked\xa0"},
      {"BareCr", " chunked\r, identity"},
  };
  for (const auto& [name, value] : values)
    cases.push_back({"F1_Te" + name, post("Transfer-Encoding:" + value + "\r\n", body)});
  return cases;
}

std::vector<Refused> ambiguous_lengths() {
  std::vector<Refused> cases{
      {"F2_TwoLengths", post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello")},
      {"F2_TwoLengthsOneEmpty", post("Content-Length: 5\r\nContent-Length:\r\n", "hello")},
      {"F2_SpaceBeforeColon", post("Content-Length : 5\r\n", "hello")},
  };
  const std::vector<std::pair<std::string, std::string>> values{
      {"Plus", " +5"},
      {"Minus", " -1"},
      {"List", " 5,5"},
      {"ListOfTwo", " 5, 6"},
      {"Hex", " 0x5"},
      {"Underscore", " 1_0"},
      {"Empty", ""},
      {"Space", " "},
      {"TwoPow64", " 18446744073709551616"},
      {"LeadingZero", " 05"},
      {"TrailingSpace", " 5 "},
      {"Tab", "\t5"},
      {"Float", " 5.0"},
      {"Exponent", " 5e0"},
      {"Letters", " five"},
      {"Inner", " 5 5"},
      {"VerticalTab", " 5\x0b"},
      {"TwoSpaces", "  5"},
      {"ArabicDigit", " \xd9\xa5"},
  };
  for (const auto& [name, value] : values)
    cases.push_back({"F2_Cl" + name, post("Content-Length:" + value + "\r\n", "hello")});
  return cases;
}

std::vector<Refused> malformed_chunks() {
  return {
      {"F3_MinusSize", chunks("-2\r\nab\r\n0\r\n\r\n")},
      {"F3_HexPrefix", chunks("0x1\r\na\r\n0\r\n\r\n")},
      {"F3_Underscore", chunks("1_0\r\n0123456789abcdef\r\n0\r\n\r\n")},
      {"F3_Plus", chunks("+1\r\na\r\n0\r\n\r\n")},
      {"F3_LeadingSpace", chunks(" 1\r\na\r\n0\r\n\r\n")},
      {"F3_TrailingSpace", chunks("1 \r\na\r\n0\r\n\r\n")},
      {"F3_EmptySize", chunks("\r\na\r\n0\r\n\r\n")},
      {"F3_OnlyExtension", chunks(";a=b\r\na\r\n0\r\n\r\n")},
      {"F3_NotHex", chunks("g\r\na\r\n0\r\n\r\n")},
      {"F3_SeventeenDigits", chunks("00000000000000001\r\na\r\n0\r\n\r\n")},
      {"F3_TwoPow64", chunks("10000000000000000\r\na\r\n0\r\n\r\n")},
      {"F3_LargestSize", chunks("ffffffffffffffff\r\na\r\n0\r\n\r\n" + std::string(70'000, 'a')), 413},
      {"F3_LongExtension", chunks("1;" + std::string(1 << 20, 'e') + "\r\na\r\n0\r\n\r\n")},
      {"F3_ExtensionWithCr", chunks("1;a\rb\r\na\r\n0\r\n\r\n")},
      {"F3_ExtensionWithLf", chunks("1;a\nb\r\na\r\n0\r\n\r\n")},
      {"F3_ExtensionWithNul", chunks(std::string("1;\0\r\na\r\n0\r\n\r\n", 14))},
      {"F3_MissingCrlfAfterData", chunks("1\r\na0\r\n\r\n")},
      {"F3_LongerThanItsSize", chunks("1\r\nab\r\n0\r\n\r\n")},
      {"F3_BareLfAfterSize", chunks("1\na\r\n0\r\n\r\n")},
      {"F3_BareLfAfterData", chunks("1\r\na\n0\r\n\r\n")},
      {"F3_BareLfAtEnd", chunks("0\r\n\n")},
      {"F3_TrailerTransferEncoding", chunks("0\r\nTransfer-Encoding: chunked\r\n\r\n")},
      {"F3_TrailerContentLength", chunks("0\r\nContent-Length: 5\r\n\r\n")},
      {"F3_TrailerHost", chunks("0\r\nHost: y\r\n\r\n")},
      {"F3_TrailerAuthorization", chunks("0\r\nAuthorization: Bearer x\r\n\r\n")},
      {"F3_TrailerRequestLine", chunks("0\r\nGET /ping HTTP/1.1\r\nHost: x\r\n\r\n")},
      {"F3_TrailerSpaceBeforeColon", chunks("0\r\nX : y\r\n\r\n")},
      {"F3_TrailerFold", chunks("0\r\nX: y\r\n z\r\n\r\n")},
      {"F3_TrailerTooLong", chunks("0\r\nX: " + std::string(9000, 'y') + "\r\n\r\n")},
  };
}

std::vector<Refused> malformed_heads() {
  const auto line = [](std::string_view request_line) { return fmt::format("{}\r\nHost: x\r\n\r\n", request_line); };
  return {
      {"F4_BareLfEverywhere", "GET /ping HTTP/1.1\nHost: x\n\n"},
      {"F4_BareLfInFields", "GET /ping HTTP/1.1\r\nHost: x\nX: y\r\n\r\n"},
      {"F4_BareCrInValue", get_with("X: a\rb\r\n")},
      {"F4_BareCrInName", get_with("X\ra: b\r\n")},
      {"F4_CrCrLf", get_with("X: a\r\r\n")},
      {"F4_NulInValue", get_with(std::string_view("X: a\0b\r\n", 8))},
      {"F4_NulInName", get_with(std::string_view("X\0a: b\r\n", 8))},
      {"F4_NulInRequestLine", line(std::string_view("GET /pi\0ng HTTP/1.1", 19))},
      {"F4_CrInRequestLine", line("GET /pi\rng HTTP/1.1")},
      {"F4_ControlInValue", get_with("X: a\x01\r\n")},
      {"F4_DelInValue", get_with("X: a\x7f\r\n")},
      {"F4_SpaceBeforeColon", get_with("X : y\r\n")},
      {"F4_SpaceInName", get_with("X Y: z\r\n")},
      {"F4_NoColon", get_with("nonsense\r\n")},
      {"F4_EmptyName", get_with(": y\r\n")},
      {"F4_SpaceBeforeFirstHeader", "GET /ping HTTP/1.1\r\n Host: x\r\n\r\n"},
      {"F4_TabBeforeFirstHeader", "GET /ping HTTP/1.1\r\n\tHost: x\r\n\r\n"},
      {"F4_Fold", get_with("X: y\r\n z\r\n")},
      {"F4_FoldWithTab", get_with("X: y\r\n\tz\r\n")},
      {"F4_MissingHost", "GET /ping HTTP/1.1\r\n\r\n"},
      {"F4_TwoHosts", get_with("Host: y\r\n")},
      {"F4_TwoEqualHosts", get_with("Host: x\r\n")},
      {"F4_EmptyHost", "GET /ping HTTP/1.1\r\nHost:\r\n\r\n"},
      {"F4_HostWithSpace", "GET /ping HTTP/1.1\r\nHost: a b\r\n\r\n"},
      {"F4_HostWithPath", "GET /ping HTTP/1.1\r\nHost: a/b\r\n\r\n"},
      {"F4_HostWithUser", "GET /ping HTTP/1.1\r\nHost: u@a\r\n\r\n"},
      {"F4_HostList", "GET /ping HTTP/1.1\r\nHost: a, b\r\n\r\n"},
      {"F4_Http12", line("GET /ping HTTP/1.2")},
      {"F4_Http2", line("GET /ping HTTP/2.0")},
      {"F4_Http09", "GET /ping\r\n\r\n"},
      {"F4_LowerCaseVersion", line("GET /ping http/1.1")},
      {"F4_LongVersion", line("GET /ping HTTP/1.10")},
      {"F4_MethodWithBracket", line("GE[T /ping HTTP/1.1")},
      {"F4_MethodWithColon", line("GET: /ping HTTP/1.1")},
      {"F4_NoMethod", line(" /ping HTTP/1.1")},
      {"F4_LongMethod", line(std::string(40, 'A') + " /ping HTTP/1.1")},
      {"F4_TwoSpaces", line("GET  /ping HTTP/1.1")},
      {"F4_TabForSpace", line("GET\t/ping\tHTTP/1.1")},
      {"F4_SpaceInTarget", line("GET /pi ng HTTP/1.1")},
      {"F4_TrailingSpace", line("GET /ping HTTP/1.1 ")},
      {"F4_AbsoluteForm", line("GET http://x/ping HTTP/1.1")},
      {"F4_AsteriskForm", line("OPTIONS * HTTP/1.1")},
      {"F4_AuthorityForm", line("CONNECT x:80 HTTP/1.1")},
      {"F4_Fragment", line("GET /ping#x HTTP/1.1")},
      {"F4_RawUtf8Target", line("GET /p\xc3\xafng HTTP/1.1")},
      {"F4_EmptyFirstLine", "\r\nGET /ping HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"F4_Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {"F4_TlsHello", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\n", 13)},
  };
}

std::vector<Refused> too_long() {
  std::string many;
  for (int i = 0; i < 100; ++i) many += fmt::format("X-{}: y\r\n", i);  // and Host
  return {
      {"F5_SectionOver32K", get_with("X: " + std::string(33 * 1024, 'y') + "\r\n"), 431},
      {"F5_SectionWithoutEnd", "GET /ping HTTP/1.1\r\nHost: x\r\nX: " + std::string(33 * 1024, 'y'), 431},
      {"F5_TooManyFields", get_with(many), 431},
      {"F5_TargetOver8K", fmt::format("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", std::string(8 * 1024, 'a')), 414},
      {"F5_TargetWithoutEnd", "GET /" + std::string(9 * 1024, 'a'), 414},
  };
}

std::string name_of_case(const ::testing::TestParamInfo<Refused>& info) {
  return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(F1_TransferEncodings, RefusedRequest, ::testing::ValuesIn(ambiguous_transfer_encodings()),
                         name_of_case);
INSTANTIATE_TEST_SUITE_P(F2_Lengths, RefusedRequest, ::testing::ValuesIn(ambiguous_lengths()), name_of_case);
INSTANTIATE_TEST_SUITE_P(F3_Chunks, RefusedRequest, ::testing::ValuesIn(malformed_chunks()), name_of_case);
INSTANTIATE_TEST_SUITE_P(F4_Heads, RefusedRequest, ::testing::ValuesIn(malformed_heads()), name_of_case);
INSTANTIATE_TEST_SUITE_P(F5_Lengths, RefusedRequest, ::testing::ValuesIn(too_long()), name_of_case);

struct Accepted {
  std::string name;
  std::string request;
  std::string body;  // of the answer
};
void PrintTo(const Accepted& accepted, std::ostream* out) {
  *out << accepted.name;
}

class AcceptedRequest : public ::testing::TestWithParam<Accepted> {};

TEST_P(AcceptedRequest, IsAnsweredAndTheNextOneToo) {
  TestServer server;
  RawPeer peer(server.port());
  peer.send(GetParam().request + "GET /ping HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string answer = peer.receive_response();
  EXPECT_EQ(status_of_text(answer), 200) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n" + GetParam().body)) << answer;
  EXPECT_TRUE(peer.receive_response().ends_with("{\"pong\":true}"));
}

const std::string pong_body = "{\"pong\":true}";
INSTANTIATE_TEST_SUITE_P(
    Legal, AcceptedRequest,
    ::testing::Values(
        Accepted{"Chunks", chunks("5\r\nhello\r\n0\r\n\r\n"), "hello"},
        Accepted{"UpperCaseTe", post("TRANSFER-ENCODING: Chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"), "hello"},
        Accepted{"ChunkExtension", chunks("5;a=\"b c\"\r\nhello\r\n0;z\r\n\r\n"), "hello"},
        Accepted{"SixteenDigits", chunks("0000000000000005\r\nhello\r\n0\r\n\r\n"), "hello"},
        Accepted{"TrailerIsDropped", chunks("5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"), "hello"},
        Accepted{"NoSpaceAfterColon", post("Content-Length:5\r\n", "hello"), "hello"},
        Accepted{"EmptyBody", post("Content-Length: 0\r\n"), ""}, Accepted{"NoBody", post(""), ""},
        Accepted{"EmptyValue", get_with("X:\r\n"), pong_body},
        Accepted{"HighBytesInValue", get_with("X: \xc3\xa9\r\n"), pong_body},
        Accepted{"HundredFields",
                 [] {
                   std::string many;
                   for (int i = 0; i < 99; ++i) many += fmt::format("X-{}: y\r\n", i);
                   return get_with(many);
                 }(),
                 pong_body},
        Accepted{"LongTarget", "GET /ping?" + std::string(8000, 'q') + " HTTP/1.1\r\nHost: x\r\n\r\n", pong_body},
        Accepted{"Ipv6Host", "GET /ping HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", pong_body}),
    [](const ::testing::TestParamInfo<Accepted>& info) { return info.param.name; });

}  // namespace
}  // namespace open_cicd::http
