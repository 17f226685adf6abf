// What it costs to parse the head of a request, as a browser and as a load generator send it.
#include <benchmark/benchmark.h>

#include <string>
#include <string_view>

#include "http/request_parser.h"

namespace {

using namespace laraman::http;

constexpr std::string_view kSmall = "GET /api/rooms HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n";

constexpr std::string_view kBrowser =
    "GET /chat/1?page=2 HTTP/1.1\r\nHost: chat.example.com\r\nConnection: keep-alive\r\n"
    "Cache-Control: max-age=0\r\nUpgrade-Insecure-Requests: 1\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
    "Safari/537.36\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n"
    "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-User: ?1\r\nSec-Fetch-Dest: document\r\n"
    "Referer: https://chat.example.com/\r\nAccept-Encoding: gzip, deflate, br\r\nAccept-Language: en-GB,en;q=0.9\r\n"
    "Cookie: XSRF-TOKEN=eyJpdiI6Ik1qRXlNekV5TXpFeU16RXlNekU9IiwidmFsdWUiOiJhYmNkZWYifQ; "
    "laravel_session=eyJpdiI6Ik1qRXlNekV5TXpFeU16RXlNekU9IiwidmFsdWUiOiJhYmNkZWYifQ\r\n\r\n";

void parse(benchmark::State& state, std::string_view head) {
  RequestParser parser;
  for (auto _ : state) {
    std::string_view rest = head;
    if (parser.feed(rest) != RequestParser::State::kComplete) state.SkipWithError("the request was not parsed");
    benchmark::DoNotOptimize(parser.take());
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(head.size()));
}
BENCHMARK_CAPTURE(parse, small, kSmall);
BENCHMARK_CAPTURE(parse, browser, kBrowser);

}  // namespace

BENCHMARK_MAIN();
