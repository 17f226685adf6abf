// What a request looks like to PHP code, and its answer to the web server: a real pool and a FastCGI client.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "fastcgi_client.h"
#include "pool_process.h"

namespace laraman::php::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using wire::fastcgi::RecordType;

const FastCgiClient::Params kForm{{"CONTENT_TYPE", "application/x-www-form-urlencoded"}};

// Letters that follow no period which a wrong offset could hide in.
std::string make_body(std::size_t size) {
  std::string body(size, '\0');
  std::uint32_t state = 1;
  for (char& c : body) {
    state = state * 1664525u + 1013904223u;
    c = static_cast<char>('a' + (state >> 24) % 26);
  }
  return body;
}

std::string make_upload(const std::string& boundary, const std::string& content) {
  return "--" + boundary + "\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nA cat\r\n--" + boundary +
         "\r\nContent-Disposition: form-data; name=\"avatar\"; filename=\"cat.png\"\r\nContent-Type: "
         "image/png\r\n\r\n" +
         content + "\r\n--" + boundary + "--\r\n";
}

// One pool for all tests of a suite: a request must not mind what came before it.
class RequestTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    PoolOptions options;
    options.workers = 1;
    options.ini = {{"display_errors", "0"},       {"memory_limit", "64M"},          {"post_max_size", "64M"},
                   {"upload_max_filesize", "8M"}, {"session.use_strict_mode", "0"}, {"output_buffering", "4096"}};
    pool = std::make_unique<PoolProcess>("jobs.php", options);
    ASSERT_EQ(pool->notice(), "ready\n");
  }
  static void TearDownTestSuite() { pool.reset(); }

  void SetUp() override {
    std::filesystem::remove(pool->directory() + "/marker");
    client = std::make_unique<FastCgiClient>(pool->socket());
    ASSERT_TRUE(client->connected());
  }

  Answer get(const std::string& query, const FastCgiClient::Params& params = {}) {
    return client->request(query, params);
  }
  // The worker answers a plain request, as if nothing had been before.
  void expect_well() {
    const Answer answer = get("do=headers");
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(answer.body, "not here");
    EXPECT_TRUE(answer.request_ended);
  }

  // After a fatal error: another worker takes the place of the one that was at `socket`.
  void wait_for_successor(const std::string& socket) {
    ASSERT_TRUE(eventually([&] { return pool->replaced(socket); }));
    ASSERT_TRUE(eventually([&] {
      client = std::make_unique<FastCgiClient>(pool->socket());
      return client->connected();
    }));
  }

  static std::unique_ptr<PoolProcess> pool;
  std::unique_ptr<FastCgiClient> client;
};
std::unique_ptr<PoolProcess> RequestTest::pool;

TEST_F(RequestTest, FillsEverySuperglobal) {
  const Answer answer = client->request("do=superglobals&a=1&list[]=x&list[]=y",
                                        {{"HTTP_COOKIE", "one=1; two=b%20c"},
                                         {"HTTP_AUTHORIZATION", "Basic dXNlcjpzM2tyaXQ="},
                                         {"REMOTE_ADDR", "10.0.0.1"},
                                         {"CONTENT_TYPE", "application/x-www-form-urlencoded"},
                                         {"PATH_INFO", ""},
                                         {"HTTP_X_EMPTY", ""}},
                                        "name=J%C3%BCrgen&deep[a][b]=c");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Content-Type"), "application/json");
  const std::string& body = answer.body;
  EXPECT_THAT(body, HasSubstr(R"("query":{"do":"superglobals","a":"1","list":["x","y"]})"));
  EXPECT_THAT(body, HasSubstr(R"("post":{"name":"J\u00fcrgen","deep":{"a":{"b":"c"}}})"));
  EXPECT_THAT(body, HasSubstr(R"("cookies":{"one":"1","two":"b c"})"));
  EXPECT_THAT(body, HasSubstr(R"("files":[])"));
  EXPECT_THAT(body, HasSubstr(R"("isHandshake":false)"));
  EXPECT_THAT(body, HasSubstr(R"("same":true)"));
  EXPECT_THAT(body, HasSubstr(R"("input":"name=J%C3%BCrgen&deep[a][b]=c")"));
  EXPECT_THAT(body, HasSubstr(R"("filtered":"test.example1")"));
  EXPECT_THAT(body, HasSubstr(R"("getenv":"test.example")"));
  EXPECT_THAT(body, HasSubstr(R"("sapi":"laraman")"));
  EXPECT_THAT(body, HasSubstr(R"("streams":true)"));
  EXPECT_THAT(body, HasSubstr(R"("opcache":true)"));
  EXPECT_THAT(body, HasSubstr(R"("worker":{"slot":)"));
  for (const char* variable :
       {R"("REQUEST_METHOD":"POST")", R"("REMOTE_ADDR":"10.0.0.1")", R"("HTTP_X_EMPTY":"")",
        R"("PHP_SELF":"\/index.php")", R"("PHP_AUTH_USER":"user")", R"("PHP_AUTH_PW":"s3krit")",
        R"("REQUEST_TIME_FLOAT":)", R"("LARAMAN_APP":)", R"("PATH":)", R"("BOOT_SERVER_VARIABLE":"boot")"}) {
    EXPECT_THAT(body, HasSubstr(variable));
  }
  EXPECT_THAT(body, HasSubstr(R"("request":{"do":"superglobals","a":"1")"));

  // Nothing of it is there in the next request.
  const std::string next = get("do=superglobals").body;
  for (const char* trace : {"PHP_AUTH_USER", "s3krit", "rgen", "HTTP_COOKIE", "10.0.0.1", "list"}) {
    EXPECT_THAT(next, Not(HasSubstr(trace)));
  }
}

TEST_F(RequestTest, KnowsAHandshakeByItsParameterAlone) {
  EXPECT_THAT(get("do=superglobals", {{"LARAMAN_EVENTS", "1"}}).body, HasSubstr(R"("isHandshake":true)"));
  EXPECT_THAT(get("do=superglobals", {{"HTTP_LARAMAN_EVENTS", "1"}}).body, HasSubstr(R"("isHandshake":false)"));
}

TEST_F(RequestTest, ReadsBodiesOfAllSizes) {
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{1024}, std::size_t{16384}, std::size_t{65536}, std::size_t{20} << 20}) {
    for (const char* method : {"POST", "PUT"}) {
      const std::string body = make_body(size);
      const Answer answer =
          client->request("do=body", {{"REQUEST_METHOD", method}, {"CONTENT_TYPE", "application/octet-stream"}}, body);
      EXPECT_THAT(answer.body, StartsWith(std::to_string(size) + " ")) << method;
      const std::string first = answer.body.substr(answer.body.find(' ') + 1, 32);
      EXPECT_THAT(answer.body, ::testing::EndsWith(" " + first)) << "php://input can be read twice";
    }
  }
  EXPECT_THAT(get("do=body").body, StartsWith("0 d41d8cd98f00b204e9800998ecf8427e"));
}

TEST_F(RequestTest, KeepsALargeBodyOutOfMemory) {
  const std::string large = make_body(std::size_t{60} << 20);  // with 64 MB for PHP in all
  EXPECT_EQ(client->request("do=ignore_body", {{"CONTENT_TYPE", "application/json"}}, large).body, "ignored");
  expect_well();
}

TEST_F(RequestTest, SurvivesInputStreamsThatAreKept) {
  EXPECT_EQ(client->request("do=keep_input", {{"CONTENT_TYPE", "text/plain"}}, "first").body, "first1");
  EXPECT_EQ(client->request("do=keep_input", {{"CONTENT_TYPE", "text/plain"}}, "second").body, "second2");
}

TEST_F(RequestTest, TakesUploads) {
  const std::string content = make_body(3 << 20);
  const FastCgiClient::Params params{{"CONTENT_TYPE", "multipart/form-data; boundary=XyZ"}};
  const Answer answer = client->request("do=upload", params, make_upload("XyZ", content));
  EXPECT_THAT(answer.body, StartsWith(R"(["cat.png","image\/png",3145728,true,true,")"));
  EXPECT_THAT(answer.body, HasSubstr(R"({"title":"A cat"})"));
  std::ifstream file(pool->directory() + "/uploaded");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), content);
}

TEST_F(RequestTest, RemovesUploadsThatNobodyMoved) {
  const FastCgiClient::Params params{{"CONTENT_TYPE", "multipart/form-data; boundary=XyZ"}};
  const Answer answer = client->request("do=upload_left", params, make_upload("XyZ", "content"));
  EXPECT_THAT(answer.body, StartsWith("/"));
  EXPECT_FALSE(std::filesystem::exists(answer.body));
}

TEST_F(RequestTest, SendsStatusHeadersAndCookies) {
  const Answer answer = get("do=headers");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.header("X-One"), "1");
  EXPECT_THAT(answer.all("X-Two"), ElementsAre("a", "b"));
  EXPECT_THAT(answer.all("Set-Cookie"), ElementsAre("first=1", "second=2"));
  EXPECT_EQ(answer.header("Content-Type"), "text/html; charset=UTF-8");
  EXPECT_EQ(answer.header("Content-Length"), "8");
  EXPECT_EQ(answer.body, "not here");
  EXPECT_EQ(get("do=status_line").header("Status"), "418 Short and stout");
}

TEST_F(RequestTest, SmallAnswersAreOneRecord) { EXPECT_EQ(get("do=headers").pieces.size(), 1U); }

TEST_F(RequestTest, AnswersThatSayNothing) {
  const Answer answer = get("do=nothing");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "");
}

TEST_F(RequestTest, HeadHasNoBody) {
  const Answer answer = get("do=headers", {{"REQUEST_METHOD", "HEAD"}});
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(answer.header("Content-Length"), "");
  EXPECT_EQ(get("do=respond", {{"REQUEST_METHOD", "HEAD"}}).body, "");
}

TEST_F(RequestTest, RespondMergesHeadersAndOutput) {
  const Answer answer = get("do=respond");
  EXPECT_EQ(answer.status, 201);
  EXPECT_THAT(answer.all("X-Replaced"), ElementsAre("new"));
  EXPECT_THAT(answer.all("X-Kept"), ElementsAre("kept"));
  EXPECT_THAT(answer.all("Set-Cookie"), ElementsAre("first=1", "second=2", "third=3"));
  EXPECT_THAT(answer.all("Content-Type"), ElementsAre("text/plain"));
  EXPECT_EQ(answer.header("Content-Length"), "11");
  EXPECT_EQ(answer.body, "before body");
}

TEST_F(RequestTest, RespondRefusesLineBreaksInHeaders) {
  const Answer answer = get("do=respond_unsafe");
  EXPECT_EQ(answer.body, "refused");
  EXPECT_EQ(answer.header("X-B"), "");
}

TEST_F(RequestTest, RespondAnswersOnce) {
  EXPECT_EQ(get("do=respond_twice").body, "once");
  EXPECT_THAT(pool->marker(), HasSubstr("answered already"));
}

TEST_F(RequestTest, EndResponseComesBeforeTheRequestEnds) {
  client->send("do=terminate");
  const Answer answer = client->read(true);
  EXPECT_EQ(answer.body, "answer");
  EXPECT_TRUE(answer.output_ended);
  EXPECT_FALSE(std::filesystem::exists(pool->directory() + "/marker"));
  EXPECT_TRUE(client->read().request_ended);
  EXPECT_EQ(pool->marker(), "terminated");
}

TEST_F(RequestTest, FlushStreams) {
  client->send("do=stream");
  const Answer answer = client->read();
  EXPECT_EQ(answer.body, "onetwothree");
  ASSERT_EQ(answer.pieces.size(), 3U);
  EXPECT_THAT(answer.pieces[0], ::testing::EndsWith("\r\n\r\none"));
  EXPECT_EQ(answer.pieces[1], "two");
  EXPECT_EQ(answer.header("Content-Length"), "");
}

TEST_F(RequestTest, StreamsLargeAnswers) {
  const Answer answer = get("do=large");
  EXPECT_EQ(answer.body.size(), 64U * 50'000 + 3'000'000);
  EXPECT_EQ(answer.body.substr(49'999, 2), "AB");
  EXPECT_EQ(answer.body.back(), '!');
}

TEST_F(RequestTest, AbortRequestIsSeenByCodeThatStreams) {
  client->send("do=until_aborted");
  RecordType type{};
  std::string content;
  ASSERT_TRUE(client->read_record(type, content));
  client->abort();
  EXPECT_TRUE(client->read().request_ended);
  EXPECT_EQ(pool->marker(), "aborted");
  expect_well();
}

TEST_F(RequestTest, AClosedConnectionIsSeenByCodeThatStreams) {
  client->send("do=until_aborted");
  RecordType type{};
  std::string content;
  ASSERT_TRUE(client->read_record(type, content));
  client->close();
  EXPECT_EQ(pool->marker(), "aborted");
  client = std::make_unique<FastCgiClient>(pool->socket());
  expect_well();
}

TEST_F(RequestTest, ABodyThatBreaksOffEndsTheRequestOnly) {
  client->send("do=body", {{"CONTENT_TYPE", "application/json"}, {"CONTENT_LENGTH", "1000"}}, "{\"half\":", false);
  client->close();
  client = std::make_unique<FastCgiClient>(pool->socket());
  expect_well();
}

TEST_F(RequestTest, ExitFinishesTheAnswer) {
  const Answer answer = get("do=exit");
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.body, "dumped");
  EXPECT_TRUE(answer.request_ended);
  expect_well();
  EXPECT_EQ(get("do=exit_message").body, "good bye");
  expect_well();
}

TEST_F(RequestTest, ExitEndsTheJobAndNotTheScript) {
  EXPECT_EQ(get("do=count").body, "1");
  const std::pair<const char*, const char*> table[] = {
      {"do=exit_message&at_exit", "good bye, boot shutdown"},
      {"do=exit_in_fiber", "in a fiber"},
      {"do=exit_in_generator", "in a generator"},
      {"do=exit_in_shutdown", "in a shutdown function"},
      {"do=exit_in_destructor", "in a destructor"},
  };
  int count = 1;
  for (const auto& [query, body] : table) {
    const Answer answer = get(query);
    EXPECT_EQ(answer.body, body) << query;
    EXPECT_EQ(answer.status, 200) << query;
    EXPECT_EQ(get("do=count").body, std::to_string(++count)) << query;
  }
  get("do=exit_in_output_callback");
  EXPECT_EQ(get("do=count").body, std::to_string(++count));
  expect_well();
}

TEST_F(RequestTest, AJobCannotBeChanged) {
  EXPECT_EQ(get("do=job").body, "Cannot modify readonly property Laraman\\Native\\RequestJob::$query");
}

TEST_F(RequestTest, FatalErrorsAre500AndReachWhatTheScriptRegistered) {
  const struct {
    const char* query;
    const char* message;
  } table[] = {
      {"do=throw", "boot shutdown saw: Uncaught LogicException: thrown on purpose"},
      {"do=user_error", "boot shutdown saw: triggered on purpose"},
      {"do=memory", "boot shutdown saw: Allowed memory size of 67108864 bytes exhausted"},
      {"do=endless", "boot shutdown saw: Maximum execution time of 1 second exceeded"},
  };
  for (const auto& [query, message] : table) {
    SCOPED_TRACE(query);
    const std::string before = pool->socket();
    const Answer answer = get(query);
    EXPECT_EQ(answer.status, 500);
    EXPECT_EQ(answer.header("X-Boot-Shutdown"), "yes");
    EXPECT_THAT(answer.body, StartsWith(message));
    EXPECT_TRUE(answer.request_ended);
    wait_for_successor(before);
    expect_well();
  }
}

TEST_F(RequestTest, ShutdownFunctionsRunOnceForTheirRequest) {
  EXPECT_EQ(get("do=shutdown").body, "body shutdown nested");
  EXPECT_EQ(get("do=nothing").body, "");
}

TEST_F(RequestTest, AnErrorInAShutdownFunctionEndsThatRequestOnly) {
  const std::string before = pool->socket();
  const Answer answer = get("do=shutdown_fatal");
  EXPECT_THAT(answer.body, StartsWith("body"));
  EXPECT_TRUE(answer.request_ended);
  wait_for_successor(before);
  expect_well();
}

TEST_F(RequestTest, NextJobCannotBeCalledWhileAJobEnds) {
  EXPECT_THAT(get("do=next_in_shutdown").body, HasSubstr("serve() is called once, and not in a job"));
}

TEST_F(RequestTest, SessionsOfTwoUsersStayApart) {
  for (int i = 1; i <= 20; ++i) {
    for (const std::string user : {"ann", "bob"}) {
      const Answer answer = get("do=session&user=" + user, {{"HTTP_COOKIE", "PHPSESSID=session" + user}});
      EXPECT_EQ(answer.body,
                R"([false,"session)" + user + R"(",{"count":)" + std::to_string(i) + R"(,"user":")" + user + R"("}])");
    }
    EXPECT_THAT(get("do=state").body, HasSubstr(R"("session":false)"));
  }
}

TEST_F(RequestTest, WhatPhpResetsIsReset) {
  const std::string before = get("do=state").body;
  EXPECT_THAT(before, HasSubstr(R"("precision":"12")"));
  EXPECT_THAT(before, HasSubstr(R"("boot_variable":"boot","job_variable":false)"));
  EXPECT_THAT(before, HasSubstr(R"("error_handler":true,"exception_handler":true)"));
  get("do=spoil");
  EXPECT_EQ(get("do=state").body, before);
  get("do=exit");
  EXPECT_EQ(get("do=state").body, before);
}

TEST_F(RequestTest, ASeedIsNotLeftToTheNextRequest) {
  get("do=spoil");
  const std::string first = get("do=random").body;
  get("do=spoil");
  EXPECT_NE(get("do=random").body, first);
}

TEST_F(RequestTest, SeesAnIncludedFileThatChanged) {
  const std::string path = pool->directory() + "/template.php";
  for (const char* text : {"one", "two"}) {
    std::ofstream(path) << "<?php return '" << text << "';";
    // opcache compares seconds, and takes no file that is younger than two.
    const auto time = std::filesystem::file_time_type::clock::now() - std::chrono::seconds(text[0] == 'o' ? 60 : 30);
    std::filesystem::last_write_time(path, time);
    EXPECT_EQ(get("do=include").body, text);
    EXPECT_EQ(get("do=include").body, text);
  }
}

TEST_F(RequestTest, CommandsNeedAGateway) {
  EXPECT_THAT(get("do=no_gateway").body, HasSubstr("this worker has no gateway"));
}

TEST_F(RequestTest, MemoryStaysFlat) {
  const auto used = [this] { return std::stol(get("do=use_memory").body); };
  for (int i = 0; i < 50; ++i) client->request("do=form", kForm, "a=1&b=2");
  const long before = used();
  for (int i = 0; i < 500; ++i) {
    client->request("do=form", kForm, "a=1&b=" + make_body(100));
    client->request("do=body", {{"CONTENT_TYPE", "application/json"}}, make_body(20'000));
    get("do=respond");
    get("do=session&user=ann", {{"HTTP_COOKIE", "PHPSESSID=memory"}});
  }
  EXPECT_LT(used() - before, 20'000);
}

TEST_F(RequestTest, ServesManyConnectionsOneRequestAtATime) {
  std::vector<std::unique_ptr<FastCgiClient>> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(std::make_unique<FastCgiClient>(pool->socket()));
  for (auto& one : clients) one->send("do=headers");
  for (auto& one : clients) EXPECT_EQ(one->read().body, "not here");
}

TEST_F(RequestTest, AnswersManagementRecords) {
  std::string bytes;
  wire::fastcgi::append_get_values(bytes);
  wire::fastcgi::append_header(bytes, static_cast<RecordType>(77), 0, 0);
  client->send_bytes(bytes);
  RecordType type{};
  std::string content;
  ASSERT_TRUE(client->read_record(type, content));
  EXPECT_EQ(type, RecordType::kGetValuesResult);
  EXPECT_THAT(content, HasSubstr("FCGI_MPXS_CONNS0"));
  ASSERT_TRUE(client->read_record(type, content));
  EXPECT_EQ(type, RecordType::kUnknownType);
}

TEST_F(RequestTest, RefusesOtherRolesAndGarbage) {
  std::string bytes;
  wire::fastcgi::append_begin_request(bytes, 1, wire::fastcgi::Role::kAuthorizer, true);
  client->send_bytes(bytes);
  RecordType type{};
  std::string content;
  ASSERT_TRUE(client->read_record(type, content));
  EXPECT_EQ(wire::fastcgi::parse_end_request(content)->protocol_status, wire::fastcgi::ProtocolStatus::kUnknownRole);
  expect_well();
  client->send_bytes("GET / HTTP/1.1\r\n\r\n");
  EXPECT_FALSE(client->read_record(type, content));
}

}  // namespace
}  // namespace laraman::php::test
