// Whom the client trusts over TLS, and where its token goes: never to a server that proves nothing, never after a
// redirect.
#include "base/asio.h"
#include "http/test_support.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace open_cicd::http {
namespace {

using namespace testing;

struct CertificateText {
  std::string certificate, key;
};

std::string text_of(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(memory);
  return text;
}

// Signed by its own key; `days` after now it ends, negative: it has ended.
CertificateText make_certificate(const std::string& subject_alternative_name, int days) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_time_adj_ex(X509_getm_notBefore(certificate), days > 0 ? -1 : days - 1, 0, nullptr);
  X509_time_adj_ex(X509_getm_notAfter(certificate), days, 0, nullptr);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, subject_alternative_name.c_str());
  X509_add_ext(certificate, names, -1);
  X509_EXTENSION_free(names);
  X509_sign(certificate, key, EVP_sha256());
  BIO* certificate_out = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(certificate_out, certificate);
  BIO* key_out = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(key_out, key, nullptr, nullptr, 0, nullptr, nullptr);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return {.certificate = text_of(certificate_out), .key = text_of(key_out)};
}

// Answers every connection's first request with 200 "trusted" and counts the requests that it could read.
class TlsServer {
 public:
  explicit TlsServer(const CertificateText& text) : context_(asio::ssl::context::tls_server), acceptor_(io_) {
    context_.use_certificate_chain(asio::buffer(text.certificate));
    context_.use_private_key(asio::buffer(text.key), asio::ssl::context::pem);
    acceptor_.open(asio::ip::tcp::v4());
    acceptor_.bind({asio::ip::address_v4::loopback(), 0});
    acceptor_.listen();
    thread_ = std::thread([this] { serve(); });
  }
  ~TlsServer() {
    stopping_ = true;
    RawPeer wake(port());
    thread_.join();
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  int requests() const { return requests_; }

 private:
  void serve() {
    while (true) {
      asio::ip::tcp::socket socket(io_);
      acceptor_.accept(socket);
      if (stopping_) return;
      asio::ssl::stream<asio::ip::tcp::socket> stream(std::move(socket), context_);
      boost::system::error_code problem;
      stream.handshake(asio::ssl::stream_base::server, problem);
      std::string head;
      if (!problem) asio::read_until(stream, asio::dynamic_buffer(head), "\r\n\r\n", problem);
      if (problem) continue;
      ++requests_;
      asio::write(stream, asio::buffer(std::string("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\ntrusted")), problem);
    }
  }
  asio::io_context io_;
  asio::ssl::context context_;
  asio::ip::tcp::acceptor acceptor_;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> requests_ = 0;
  std::thread thread_;
};

struct TlsCase {
  std::string name;  // of the certificate
  int days;
  bool known;  // the client has it in its file of certificates
  bool trusted;
};

Task<Result<ClientResponse>> get_with_token(std::string url, ClientSettings settings) {
  const auto client = Client::make(co_await asio::this_coro::executor, url, std::move(settings)).value();
  co_return co_await client->send({.target = "/", .headers = {{"Authorization", "Bearer secret"}}});
}

TEST(ClientTls, A17_OnlyTheRightCertificateGetsTheToken) {
  const std::filesystem::path folder = ::testing::TempDir() + "client_tls_" + std::to_string(::getpid());
  std::filesystem::create_directories(folder);
  asio::io_context context;
  for (const TlsCase& made : {TlsCase{"IP:127.0.0.1", 1, true, true}, TlsCase{"IP:127.0.0.1", 1, false, false},
                              TlsCase{"IP:127.0.0.1", -1, true, false}, TlsCase{"IP:127.0.0.2", 1, true, false},
                              TlsCase{"DNS:example.org", 1, true, false}}) {
    const CertificateText text = make_certificate(made.name, made.days);
    TlsServer server(text);
    const std::string file = folder / "ca.pem";
    std::ofstream(file) << (made.known ? text : make_certificate("IP:127.0.0.1", 1)).certificate;
    const auto answer =
        run_on(context, get_with_token("https://127.0.0.1:" + std::to_string(server.port()), {.ca_file = file}));
    EXPECT_EQ(answer.has_value(), made.trusted) << made.name << ' ' << made.days << ' ' << made.known;
    if (!answer) EXPECT_EQ(answer.error().code(), "tls_failed");
    EXPECT_EQ(server.requests(), made.trusted ? 1 : 0);
  }
  std::filesystem::remove_all(folder);
}

TEST(ClientTls, K10_ARedirectIsAnAnswerAndNotFollowed) {
  TestServer elsewhere;
  asio::io_context io;
  asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
  std::thread redirecting([&] {
    auto socket = acceptor.accept();
    std::string head;
    asio::read_until(socket, asio::dynamic_buffer(head), "\r\n\r\n");
    asio::write(socket, asio::buffer("HTTP/1.1 307 Temporary Redirect\r\nLocation: " + elsewhere.url() +
                                     "/ping\r\nContent-Length: 0\r\n\r\n"));
  });
  asio::io_context context;
  const auto answer =
      run_on(context, get_with_token("http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()), {}));
  redirecting.join();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 307);
  EXPECT_EQ(elsewhere.observed.handled, 0);
}

}  // namespace
}  // namespace open_cicd::http
