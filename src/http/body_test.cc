// Request bodies: limits, encodings, expectations, and what happens when they stop midway.
#include "http/request_body.h"
#include "http/test_support.h"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <thread>

namespace open_cicd::http {
namespace {

using namespace testing;

std::string post(std::string_view target, std::string_view fields, std::string_view body) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: x\r\n{}\r\n{}", target, fields, body);
}
std::string sized(std::string_view target, std::string_view fields, std::string_view body) {
  return post(target, fmt::format("{}Content-Length: {}\r\n", fields, body.size()), body);
}
std::string body_of(const std::string& response) {
  return response.substr(response.find("\r\n\r\n") + 4);
}

std::string gzip(std::string_view text) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}
std::string zstd(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

TEST(RequestBodies, LargeOnesArriveWhole) {
  TestServer server;
  std::string body(5 << 20, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 31 + (i >> 8));
  RawPeer peer(server.port());
  std::thread sender([&] { peer.send(sized("/large", "", body)); });
  EXPECT_EQ(body_of(peer.receive_response()), body);
  sender.join();
}

TEST(RequestBodies, TheNextRequestMayComeInTheSamePiece) {
  TestServer server;
  RawPeer peer(server.port());
  const std::string body(3000, 'b');  // more than the first receive takes
  peer.send(sized("/echo", "", body) + sized("/echo", "", "second") + "GET /ping HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(body_of(peer.receive_response()), body);
  EXPECT_EQ(body_of(peer.receive_response()), "second");
  EXPECT_EQ(status_of_text(peer.receive_response()), 200);
}

TEST(RequestBodies, F8_TooLargeByContentLengthIsRefusedUnread) {
  TestServer server;
  RawPeer peer(server.port());
  peer.send(post("/tiny", "Content-Length: 11\r\n", ""));
  EXPECT_EQ(status_of_text(peer.receive_until("}")), 413);
  peer.half_close();
  peer.receive_all();
  EXPECT_TRUE(peer.closed());
}

TEST(RequestBodies, F8_TheLimitItselfIsAllowed) {
  TestServer server;
  EXPECT_EQ(body_of(answer_to(server, sized("/tiny", "", "0123456789"))), "0123456789");
  EXPECT_EQ(body_of(answer_to(
                server, post("/tiny", "Transfer-Encoding: chunked\r\n", "5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n"))),
            "0123456789");
  EXPECT_EQ(status_of_text(answer_to(server, sized("/tiny", "", "0123456789a"))), 413);
  EXPECT_EQ(status_of_text(answer_to(
                server, post("/tiny", "Transfer-Encoding: chunked\r\n", "5\r\n01234\r\n6\r\n56789a\r\n0\r\n\r\n"))),
            413);
  EXPECT_EQ(server.observed.handled, 2);
}

TEST(RequestBodies, F8_ARouteWithoutABodyTakesNone) {
  TestServer server;
  const auto put = [](std::string_view fields, std::string_view body) {
    return fmt::format("PUT /items/1 HTTP/1.1\r\nHost: x\r\n{}\r\n{}", fields, body);
  };
  EXPECT_EQ(status_of_text(answer_to(server, put("Content-Length: 0\r\n", ""))), 200);
  EXPECT_EQ(status_of_text(answer_to(server, put("Content-Length: 1\r\n", "x"))), 413);
  EXPECT_EQ(status_of_text(answer_to(server, put("Transfer-Encoding: chunked\r\n", "0\r\n\r\n"))), 200);
  EXPECT_EQ(status_of_text(answer_to(server, put("Transfer-Encoding: chunked\r\n", "1\r\nx\r\n0\r\n\r\n"))), 413);
}

TEST(RequestBodies, F8_EncodingsAreUndone) {
  TestServer server;
  std::string text;
  for (int i = 0; i < 3000; ++i) text += fmt::format("line {}\n", i);
  EXPECT_EQ(body_of(answer_to(server, sized("/echo", "Content-Encoding: gzip\r\n", gzip(text)))), text);
  EXPECT_EQ(body_of(answer_to(server, sized("/echo", "Content-Encoding: zstd\r\n", zstd(text)))), text);
  EXPECT_EQ(body_of(answer_to(server, sized("/echo", "Content-Encoding: identity\r\n", text))), text);
  const std::string encoded = gzip(text);
  const std::string chunked = fmt::format("{:x}\r\n{}\r\n{:x}\r\n{}\r\n0\r\n\r\n", 10, encoded.substr(0, 10),
                                          encoded.size() - 10, encoded.substr(10));
  EXPECT_EQ(
      body_of(answer_to(server, post("/echo", "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", chunked))),
      text);
}

TEST(RequestBodies, F8_BombsAreRefusedAtTheInflatedLimit) {
  TestServer server;
  const std::string bomb(256 << 20, '\0');
  for (const auto& [name, encoded] : {std::pair{"gzip", gzip(bomb)}, std::pair{"zstd", zstd(bomb)}}) {
    RawPeer peer(server.port());
    peer.send(sized("/large", fmt::format("Content-Encoding: {}\r\n", name), encoded));
    EXPECT_EQ(status_of_text(peer.receive_until("}")), 413) << name;
  }
  EXPECT_EQ(server.observed.handled, 0);
}

// The window is memory that the sender chooses, whatever the length of the body.
TEST(RequestBodies, F8_AZstdFrameThatWantsALargeWindowIsRefused) {
  const auto with_window = [](int log) {
    ZSTD_CCtx* context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, log);
    std::string out(ZSTD_compressBound(100), '\0');
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    ZSTD_inBuffer input{"hello", 5, 0};
    ZSTD_compressStream2(context, &output, &input, ZSTD_e_continue);  // or the length would be the window
    ZSTD_compressStream2(context, &output, &input, ZSTD_e_end);
    ZSTD_freeCCtx(context);
    out.resize(output.pos);
    return out;
  };
  TestServer server;
  const auto answer = [&](int log) {
    return answer_to(server, sized("/echo", "Content-Encoding: zstd\r\n", with_window(log)));
  };
  EXPECT_EQ(body_of(answer(23)), "hello") << "8 MiB: what zstd -19 writes";
  for (const int log : {24, 27}) EXPECT_EQ(status_of_text(answer(log)), 400) << log;
  EXPECT_EQ(server.observed.handled, 1);
}

// It inflates to nothing at all, so only the limit of what is sent ends it.
TEST(RequestBodies, F8_AnEndlessEncodingOfLittleIsRefused) {
  TestServer server;
  std::string blocks("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
  for (int i = 0; i < 10; ++i) blocks.append("\0\0\0\xff\xff", 5);  // stored, empty, not the last
  RawPeer peer(server.port());
  peer.send(post("/tiny", "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", ""));
  peer.send(fmt::format("{:x}\r\n{}\r\n", blocks.size(), blocks));
  for (int i = 0; i < 100; ++i) peer.send(fmt::format("{:x}\r\n{}\r\n", 50, blocks.substr(10)));
  EXPECT_EQ(status_of_text(peer.receive_until("}")), 413);
  EXPECT_EQ(server.observed.handled, 0);
}

TEST(RequestBodies, F8_OtherEncodingsAreUnsupported) {
  TestServer server;
  for (const char* encoding : {"br", "deflate", "gzip, gzip", "zstd, gzip", "gzip,", "compress"}) {
    const std::string response =
        answer_to(server, sized("/echo", fmt::format("Content-Encoding: {}\r\n", encoding), "x"));
    EXPECT_EQ(status_of_text(response), 415) << encoding;
    EXPECT_NE(response.find("Accept-Encoding: gzip, zstd\r\n"), response.npos);
  }
}

TEST(RequestBodies, F8_CorruptEncodingsAreMalformed) {
  TestServer server;
  for (const auto& [name, encoded] :
       {std::pair{"gzip", gzip("hello hello hello")}, std::pair{"zstd", zstd("hello hello hello")}}) {
    const std::string field = fmt::format("Content-Encoding: {}\r\n", name);
    EXPECT_EQ(status_of_text(answer_to(server, sized("/echo", field, encoded.substr(0, encoded.size() - 1)))), 400)
        << "truncated";
    EXPECT_EQ(status_of_text(answer_to(server, sized("/echo", field, encoded + "x"))), 400)
        << "something after the end";
    EXPECT_EQ(status_of_text(answer_to(server, sized("/echo", field, "not encoded"))), 400);
  }
  EXPECT_EQ(server.observed.handled, 0);
}

TEST(RequestBodies, F10_ContinueIsSentOnlyWhenTheBodyIsWanted) {
  TestServer server;
  RawPeer wanted(server.port());
  wanted.send(post("/echo", "Expect: 100-Continue\r\nContent-Length: 5\r\n", ""));
  EXPECT_EQ(wanted.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  wanted.received().clear();
  wanted.send("hello");
  EXPECT_EQ(body_of(wanted.receive_response()), "hello");

  RawPeer refused(server.port());
  refused.send(post("/tiny", "Expect: 100-continue\r\nContent-Length: 11\r\n", ""));
  EXPECT_EQ(status_of_text(refused.receive_response()), 413);

  RawPeer unwelcome(server.port());
  unwelcome.send(post("/closed", "Expect: 100-continue\r\nContent-Length: 5\r\n", ""));
  EXPECT_EQ(status_of_text(unwelcome.receive_response()), 401);

  RawPeer eager(server.port());
  eager.send(post("/echo", "Expect: 100-continue\r\nContent-Length: 5\r\n", "hello"));
  EXPECT_EQ(status_of_text(eager.receive_response()), 200);
}

TEST(RequestBodies, F10_OtherExpectationsFail) {
  TestServer server;
  for (const char* expectation : {"200-ok", "100-continue, x", ""}) {
    RawPeer peer(server.port());
    peer.send(sized("/echo", fmt::format("Expect: {}\r\n", expectation), "hello"));
    peer.half_close();
    EXPECT_EQ(status_of_text(peer.receive_all()), 417) << expectation;
  }
}

// The request is cut at every byte, by closing and by a reset.
TEST(RequestBodies, F11_TruncatedRequestsHaveNoEffect) {
  TestServer server;
  const std::string plain = sized("/echo", "", "hello");
  const std::string chunked =
      post("/echo", "Transfer-Encoding: chunked\r\n", "3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nX: y\r\n\r\n");
  for (const std::string& request : {plain, chunked}) {
    for (std::size_t size = 0; size < request.size(); ++size) {
      RawPeer closed(server.port());
      closed.send(std::string_view(request).substr(0, size));
      closed.half_close();
      EXPECT_EQ(closed.receive_all(), "") << size;
      EXPECT_TRUE(closed.closed());
      RawPeer reset(server.port());
      reset.send(std::string_view(request).substr(0, size));
      reset.reset();
    }
  }
  EXPECT_EQ(server.observed.handled, 0);
  EXPECT_EQ(body_of(answer_to(server, plain)), "hello");
  EXPECT_EQ(server.observed.handled, 1);
}

TEST(RequestBodies, ArriveInAnyPieces) {
  TestServer server;
  const std::string request =
      post("/echo", "Transfer-Encoding: chunked\r\n", "3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nX: y\r\n\r\n");
  for (std::size_t cut = 1; cut < request.size(); ++cut) {
    RawPeer peer(server.port());
    const int on = 1;
    ::setsockopt(peer.fd(), IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, sizeof on);
    peer.send(std::string_view(request).substr(0, cut));
    peer.send(std::string_view(request).substr(cut));
    ASSERT_EQ(body_of(peer.receive_response()), "hello") << cut;
  }
}

TEST(ChunkDecoder, GivesTheSameAtEveryCut) {
  const std::string encoded = "a\r\n0123456789\r\n5;ext\r\nabcde\r\n0\r\nTrailer-X: 1\r\n\r\nNEXT";
  for (std::size_t cut = 0; cut <= encoded.size(); ++cut) {
    ChunkDecoder decoder;
    std::string body;
    std::string_view first = std::string_view(encoded).substr(0, cut), second = std::string_view(encoded).substr(cut);
    const auto status = decoder.feed(first, body, 1000);
    if (status == ChunkDecoder::Status::more) {
      EXPECT_TRUE(first.empty());
      EXPECT_EQ(decoder.feed(second, body, 1000), ChunkDecoder::Status::end);
      EXPECT_EQ(second, "NEXT");
    }
    EXPECT_EQ(body, "0123456789abcde") << cut;
  }
}

TEST(ChunkDecoder, StopsWhenTheOutputIsFull) {
  ChunkDecoder decoder;
  std::string body;
  std::string_view bytes = "5\r\nabcde\r\n0\r\n\r\n";
  EXPECT_EQ(decoder.feed(bytes, body, 3), ChunkDecoder::Status::more);
  EXPECT_EQ(body, "abc");
  EXPECT_EQ(bytes, "de\r\n0\r\n\r\n");
  EXPECT_EQ(decoder.feed(bytes, body, 5), ChunkDecoder::Status::end);
}

}  // namespace
}  // namespace open_cicd::http
