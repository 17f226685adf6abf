// The router, with handlers of the test: the proof that a handler is an addition of its own.
#include "server/router.h"

#include <gtest/gtest.h>

#include <map>

#include "clients/raw_protocol.h"
#include "http/request_parser.h"

namespace laraman::server {
namespace {

http::Request parsed(std::string_view text) {
  http::RequestParser parser;
  EXPECT_EQ(parser.feed(text), http::RequestParser::State::kComplete);
  return parser.take();
}

// A call without a connection.
class RecordedCall final : public Call {
 public:
  RecordedCall(std::string_view method, std::string_view path)
      : request_(parsed(std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n\r\n")) {}

  const http::Request& request() const override { return request_; }
  const backends::application::RequestOrigin& origin() const override { return origin_; }
  std::unique_ptr<RequestBody> take_body() override { return nullptr; }
  void respond(const http::ResponseHead& head, std::string_view body) override {
    status = head.status;
    answer = body;
  }
  void respond_error(int error) override { status = error; }
  void respond_file(http::ResponseHead, const http::StaticFile&) override {}
  void relay(const Start&) override {}

  int status = 0;
  std::string answer;

 private:
  http::Request request_;
  backends::application::RequestOrigin origin_;
};

// Counts the calls for each path; GET says how many there were.
class CounterHandler final : public Handler {
 public:
  bool handle(Call& call) override {
    if (call.request().method() == "DELETE") return false;
    const std::string path(call.request().path());
    call.respond({}, path + " " + std::to_string(++counts_[path]));
    return true;
  }

 private:
  std::map<std::string, int> counts_;
};

class SayHandler final : public Handler {
 public:
  explicit SayHandler(std::string text) : text_(std::move(text)) {}
  bool handle(Call& call) override {
    call.respond({}, text_);
    return true;
  }

 private:
  const std::string text_;
};

class RouterTest : public testing::Test {
 protected:
  RouterTest() {
    router.add(counter, PathPatterns({"/count/*"}));
    router.add(exact, PathPatterns({"/exact"}));
    router.add({PathPatterns({"/app/*"}), admission, protocol});
  }
  std::string get(std::string_view path) {
    RecordedCall call("GET", path);
    router.answer(call);
    return call.answer;
  }
  int status(std::string_view method, std::string_view path) {
    RecordedCall call(method, path);
    router.answer(call);
    return call.status;
  }

  CounterHandler counter;
  SayHandler exact{"exact"};
  SayHandler rest{"rest"};
  OpenAdmission admission;
  clients::RawProtocol protocol;
  Router router;
};

TEST_F(RouterTest, AsksTheFirstHandlerOfThePathThatAnswers) {
  EXPECT_EQ(get("/count/a"), "/count/a 1");
  EXPECT_EQ(get("/count/a?x"), "/count/a 2");
  EXPECT_EQ(get("/exact"), "exact");
  EXPECT_EQ(status("GET", "/exact/not"), 404);
  EXPECT_EQ(status("DELETE", "/count/a"), 404);
  router.add(rest);
  EXPECT_EQ(get("/exact/not"), "rest");
  EXPECT_EQ(status("DELETE", "/count/a"), 200);
}

TEST_F(RouterTest, SaysWhereOnlyAWebSocketIs) {
  EXPECT_EQ(status("GET", "/app/key"), 426);
  EXPECT_EQ(status("POST", "/app/key"), 404);
  EXPECT_EQ(&router.find_socket("/app/key")->admission, &admission);
  EXPECT_EQ(router.find_socket("/application"), nullptr);
}

}  // namespace
}  // namespace laraman::server
