// The FastCGI server side of a worker: a Unix socket, a few connections, one request at a time (roles: responder only).
// No PHP here. The worker's single thread owns all of it; sockets are non-blocking, and the calls that must wait say
// so.
#pragma once

#include <poll.h>
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "wire/fastcgi.h"

namespace laraman::php {

class FastCgiConnection {
 public:
  explicit FastCgiConnection(UniqueFd fd);
  FastCgiConnection(const FastCgiConnection&) = delete;
  FastCgiConnection& operator=(const FastCgiConnection&) = delete;

  int fd() const { return fd_.get(); }
  bool closed() const { return !fd_; }
  // A request's parameters are complete; it is under way until end_request().
  bool has_request() const { return phase_ == Phase::kRequest; }

  // Between requests: reads what has arrived, without waiting, up to the end of a request's parameters.
  void receive();
  // Between requests: the same from what has been read already.
  void advance();

  // ---- of the request under way

  // The parameters. Each value is followed by a NUL byte. Valid until end_request().
  std::span<const wire::fastcgi::Pair> params() const { return pairs_; }
  // Fills `to` from the body; waits. Fewer bytes than asked for: the body is at its end, or was broken off. What is not
  // read before end_request() is skipped.
  std::size_t read_body(char* to, std::size_t size);
  // The other side has gone away or does not want the answer any more; what is sent from then on is discarded.
  bool aborted() const { return aborted_ || closed(); }
  // Looks, without waiting, whether that has happened.
  void look_for_abort();
  // The next output takes this file along, for the other side to send. A peer that does not take files drops it.
  void attach(UniqueFd file) { file_ = std::move(file); }
  // Sends `pieces`, one after the other, as output; waits until the kernel has them. With `end` that was the last.
  void send_output(std::span<const std::string_view> pieces, bool end);
  // The worker is idle again: END_REQUEST, sent with send_output() if output has not been ended.
  void end_request(std::span<const std::string_view> last_pieces = {});
  // The same for a response that stays incomplete: its client is to see that.
  void break_request();
  // From a signal handler, while nothing else is being sent: the whole output, in one record. Not END_REQUEST.
  void answer_in_signal(std::string_view output) const;

 private:
  enum class Phase { kIdle, kParams, kRequest };

  void close();
  bool receive_some(bool wait);  // false: nothing has come, or the connection is closed
  bool take_record();            // handles one record that has been read; false: there is none
  void handle(const wire::fastcgi::Record& record);
  void answer_management(const wire::fastcgi::Record& record);
  void take_params(std::string_view content);
  void answer(std::string records);
  void begin(const wire::fastcgi::Record& record);
  void complete_params();
  void skip_body();
  void frame_output(std::span<const std::string_view> pieces);
  void write_all();
  void reset_request();

  UniqueFd fd_;
  std::unique_ptr<char[]> input_;
  wire::fastcgi::RecordReader reader_;

  Phase phase_ = Phase::kIdle;
  std::uint16_t request_id_ = 0;
  bool keep_connection_ = false;
  std::string params_;
  std::vector<wire::fastcgi::Pair> pairs_;
  std::string_view body_chunk_;  // of the STDIN record that the reader returned last
  bool body_complete_ = false;
  bool aborted_ = false;
  bool output_ended_ = false;

  // One write: headers and trailer that `iovecs_` points into.
  std::vector<std::array<char, wire::fastcgi::kHeaderSize>> headers_;
  std::string trailer_;
  std::vector<iovec> iovecs_;
  UniqueFd file_;  // that it takes along
};

class FastCgiServer {
 public:
  FastCgiServer() = default;
  // Listens on `path`, replacing what is left there.
  static Result<FastCgiServer> listen(const std::string& path);

  const std::string& path() const { return path_; }
  // A connection whose request can begin, from what has been read already; null if there is none.
  FastCgiConnection* take_request();
  // Adds what to wait for.
  void add_to(std::vector<pollfd>& fds) const;
  // Accepts and reads, given the same entries after poll().
  void handle(std::span<const pollfd> fds);
  // Accepts no more; requests that have arrived can still be taken.
  void stop_listening();
  // Removes the socket's file.
  void remove_file() const;

 private:
  UniqueFd listener_;
  std::string path_;
  std::vector<std::unique_ptr<FastCgiConnection>> connections_;
  std::size_t next_ = 0;  // whose turn it is, so that no connection starves another
};

}  // namespace laraman::php
