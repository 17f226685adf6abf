// What it costs to read a client's frames, and to write the answer: no sockets, so that instructions can be counted
// with `perf stat` or `valgrind --tool=callgrind` and one benchmark chosen by --benchmark_filter.
#include <benchmark/benchmark.h>

#include <string>

#include "websocket/frame_reader.h"
#include "websocket/frame_writer.h"

namespace {

using namespace laraman::websocket;

constexpr std::size_t kMaxMessageBytes = 1 << 20;

// A client's text frame of `size` bytes of payload. With an all-zero mask it can be read again and again: unmasking in
// place leaves it as it is, and costs the same.
std::string client_frame(std::size_t size) {
  std::string frame(1, static_cast<char>(0x81));
  if (size < 126) {
    frame.push_back(static_cast<char>(0x80 | size));
  } else {
    frame.push_back(static_cast<char>(0x80 | 126));
    frame.push_back(static_cast<char>(size >> 8));
    frame.push_back(static_cast<char>(size & 0xff));
  }
  return frame + std::string(4, '\0') + std::string(size, 'a');
}

class CountMessages final : public FrameHandler {
 public:
  void on_message(bool, std::string_view payload) override { bytes += payload.size(); }
  void on_ping(std::string_view) override {}
  void on_pong(std::string_view) override {}
  void on_close(std::uint16_t, std::string_view) override {}

  std::size_t bytes = 0;
};

// range(0): bytes of payload; range(1): frames in one read.
void BM_ReadFrames(benchmark::State& state) {
  std::string bytes;
  for (std::int64_t i = 0; i < state.range(1); ++i) bytes += client_frame(static_cast<std::size_t>(state.range(0)));
  FrameReader reader;
  CountMessages handler;
  for (auto _ : state) {
    const FrameReader::Progress progress = reader.feed(bytes, kMaxMessageBytes, handler);
    if (progress.consumed != bytes.size()) state.SkipWithError("a frame was not read");
  }
  benchmark::DoNotOptimize(handler.bytes);
  state.SetItemsProcessed(state.iterations() * state.range(1));
}
BENCHMARK(BM_ReadFrames)->Args({20, 1})->Args({20, 16})->Args({1024, 1})->Args({65535, 1});

void BM_WriteFrame(benchmark::State& state) {
  const std::string payload(static_cast<std::size_t>(state.range(0)), 'a');
  std::string out;
  for (auto _ : state) {
    out.clear();
    append_frame(out, Opcode::kText, payload);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_WriteFrame)->Arg(20)->Arg(1024);

}  // namespace

BENCHMARK_MAIN();
