// MainSocket: a business's link to one gateway. Events come in on it; commands, queries and acknowledgements go out.
//
// For programs that wait on their own, with poll(2): no event loop, and no thread but for heartbeats. Belongs to one
// thread. The life of it:
//
//   auto socket = MainSocket::connect("unix:/run/app/worker.sock", {});
//   (*socket)->register_for(registration);
//   while (!(*socket)->unregistered()) {
//     poll on (*socket)->fd();
//     (*socket)->receive();
//     while (auto event = (*socket)->take_event()) {
//       … command(), query() …
//       (*socket)->acknowledge(event->sequence);
//       (*socket)->flush();
//     }
//   }
//
// After the first error the link is of no more use: everything fails with that error, and only events that have
// arrived are still there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "laraman/base/clock.h"
#include "laraman/base/result.h"
#include "laraman/business/event.h"

namespace laraman {
struct WorkerSlot;
}

namespace laraman::business {

class FrameSocket;

// What a business says of itself.
struct Registration {
  std::uint8_t events = 0;  // mask of Event::Kind; at least one
  std::string library =
      "laraman/0.1";              // name and version; a gateway sends events at once to those that name themselves
  std::uint32_t window = 0;       // most events it takes unacknowledged; 0: it does not acknowledge
  bool wants_meta = false;        // path and meta with each event
  bool lean = false;              // no session and channels with messages
  std::string request_address{};  // where it also answers requests over FastCGI; empty: nowhere

  // For a worker on the gateway's machine: its slot of the scoreboard, through which the two agree on which events have
  // been begun. `slot` outlives the MainSocket. Null: none.
  WorkerSlot* slot = nullptr;
  std::uint32_t slot_index = 0;  // of `slot` in the scoreboard
};

class MainSocket {
 public:
  struct Options {
    Duration connect_timeout = std::chrono::seconds(5);
    Duration send_timeout = std::chrono::seconds(10);  // how long flush() waits for a gateway that does not read
    std::size_t unsent_bytes = 64 * 1024;              // command() flushes when more than this is queued
    std::size_t max_frame_bytes = 256 << 20;           // of a frame from the gateway; a larger one breaks the link
    std::string secret{};                              // the gateway's, if it wants one
    // Once registered, a thread of the socket's own sends `heartbeat_text` whenever nothing was sent for so long, also
    // while the caller is away. 0: the caller sends heartbeats itself, or the gateway wants none (on Unix sockets).
    Duration heartbeat{};
    std::string heartbeat_text = "~6YOt5rW35piO~";  // as the gateway is configured
  };

  // Connects to a gateway's worker port: "unix:/path", "/path" or "host:port".
  static Result<std::unique_ptr<MainSocket>> connect(std::string_view address, const Options& options);
  MainSocket(const MainSocket&) = delete;
  MainSocket& operator=(const MainSocket&) = delete;
  ~MainSocket();

  // Registers, with the secret first where there is one, and waits for the answer; events may come from now on. Once
  // for each MainSocket. kInvalid with the gateway's word if it refuses.
  Result<void> register_for(const Registration& registration, Duration timeout = std::chrono::seconds(5));
  // The gateway's name for this link: 32 hex digits; empty before register_for().
  const std::string& link_id() const { return link_id_; }

  // To poll for POLLIN. It may have been read empty by flush() or query(): look with has_event() before you wait.
  int fd() const;
  // kLimit: the gateway would refuse a command whose message is that long, on whichever of its links it comes.
  Result<void> check_size(std::size_t message_bytes) const;

  // Reads what has arrived, without waiting. kUnavailable: the gateway has closed the link.
  Result<void> receive();
  // Waits until there is an event, and returns true; false after `timeout`, or once unregistered().
  Result<bool> wait(Duration timeout);

  bool has_event() const { return !events_.empty() && !taking_back_; }
  // The next event, which the caller begins now; empty if there is none. With a scoreboard slot, events that the
  // gateway has given to others are left out here.
  std::optional<Event> take_event();
  // All events up to `sequence` are finished. Leaves with the next flush(), in one write with what was queued before.
  void acknowledge(std::uint64_t sequence);

  // Queues a command (wire/netsvr_command.h) with its encoded protobuf message. Flushes by itself above
  // Options::unsent_bytes. kLimit, and nothing is sent, if the gateway would not take so long a frame; as with query(),
  // this does not break the link.
  Result<void> command(std::uint32_t id, std::string_view message);
  // Queues commands that are encoded as frames already (wire/netsvr_frame.h).
  Result<void> commands(std::string_view frames);
  // Queues a heartbeat, for a business without Options::heartbeat: a gateway gives up on a business that is silent
  // for long (netsvr: 120 seconds).
  void heartbeat(std::string_view text);
  // Sends what is queued, in one write if the kernel takes it; else waits up to Options::send_timeout, and reads
  // meanwhile, so that two ends that both write do not wait for each other. kTimeout breaks the link.
  Result<void> flush();
  // Sends what is queued and the query, and waits for its reply: the encoded protobuf message. kTimeout does not break
  // the link: the late reply will be thrown away. kLimit: the gateway refuses so long a reply.
  Result<std::string> query(std::uint32_t id, std::string_view message, Duration timeout);

  // Asks to get no more events, and sends that. Go on receiving, handling and acknowledging until unregistered(): the
  // gateway answers when nothing is under way here any more.
  Result<void> unregister();
  bool unregistered() const { return unregistered_; }

 private:
  struct Awaited {
    std::uint32_t id;
    bool abandoned;  // the caller waits no more
  };

  MainSocket(std::unique_ptr<FrameSocket> socket, const Options& options);
  Result<void> check() const;
  Result<void> authenticate(Duration timeout);
  Result<void> read_frames();
  Result<void> on_frame(std::uint32_t id, std::string_view message);
  Result<void> on_reply(std::uint32_t id, Result<std::string> reply);
  void on_taken_back(std::uint64_t through);
  template <typename Done>
  Result<bool> wait_until(TimePoint deadline, const Done& done);
  Result<void> fail(Error error);

  std::unique_ptr<FrameSocket> socket_;
  const Options options_;
  std::optional<Error> error_;
  std::string link_id_;
  WorkerSlot* slot_ = nullptr;
  std::deque<Event> events_;
  std::deque<Awaited> awaited_;               // queries without a reply, oldest first
  std::optional<Result<std::string>> reply_;  // to the query that is waited for
  std::size_t max_command_bytes_ = 0;         // of its message; 0: the gateway did not say
  bool taking_back_ = false;                  // the gateway's notice about what it took back is on its way
  bool unregistered_ = false;
};

}  // namespace laraman::business
