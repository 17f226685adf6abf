#include "server/transaction.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/escape.h"
#include "base/log.h"
#include "http/conditional.h"
#include "http/content_type.h"
#include "http/http_date.h"
#include "http/syntax.h"
#include "server/named_files.h"
#include "server/port_context.h"
#include "wire/fastcgi.h"

namespace laraman::server {
namespace {

constexpr std::uint64_t kMaxEncodedFile = 8 * 1024 * 1024;  // larger files are sent as they are: no time for them here
constexpr std::size_t kFilePiece = 64 * 1024;               // that is encoded in one go

}  // namespace

Transaction::Transaction(PortContext& port, Carrier& carrier, const http::Request& request,
                         const backends::application::RequestOrigin& origin)
    : port_(port), carrier_(carrier), request_(request), origin_(origin), begun_(port.loop().now()) {}

Transaction::~Transaction() {
  port_.held_back.erase(this);
  if (!ended_) write_log();
}

void Transaction::begin(std::unique_ptr<RequestBody> body) {
  body_ = std::move(body);
  if (request_.target() == "*") {
    describe_server();
  } else {
    port_.router.answer(*this);
  }
}

void Transaction::on_drained() {
  if (file_) {
    send_encoded_file();
  } else if (spool_ && !spool_->empty()) {
    send_spooled();
  } else {
    go_on();
  }
}

// ---- clients that are slower than the application

void Transaction::forward(std::string_view bytes) {
  if (bytes.empty()) return;
  const std::uint64_t unsent = carrier_.unsent();
  const std::uint64_t most = port_.spools->limits().memory;
  const bool waits = spool_ && !spool_->empty();
  if (!may_spool_ || (!waits && (unsent == 0 || unsent + bytes.size() <= most))) {
    send_body(bytes);
    if (!may_spool_ && carrier_.unsent() > most) hold_back();
    return;
  }
  if (!spool_) {
    spool_ = std::make_unique<ResponseSpool>(*port_.spools, port_.shard, answered_, [this] {
      static LogLimiter limiter;
      log_failure(limiter, "response given up", "its client is the slowest one, and the spool is full");
      fail();
    });
  }
  spool_->set_taken(body_bytes_ - std::min(body_bytes_, unsent));
  if (!spool_->append(bytes)) hold_back();
}

void Transaction::hold_back() {
  if (!exchange_ || std::exchange(exchange_paused_, true)) return;
  exchange_->pause();
  port_.held_back.insert(this);
}

void Transaction::go_on() {
  port_.held_back.erase(this);
  if (std::exchange(exchange_paused_, false) && exchange_) exchange_->resume();
}

void Transaction::try_room() {
  if (spool_ && spool_->has_room()) go_on();
}

void Transaction::send_spooled() {
  Result<std::string> piece = spool_->take();
  if (!piece) {
    static LogLimiter limiter;
    log_failure(limiter, "response cannot be completed", piece.error().message());
    fail();
    return;
  }
  send_body(*piece);
  spool_->set_taken(body_bytes_ - std::min(body_bytes_, carrier_.unsent()));
  if (!spool_->empty()) return;
  if (application_ended_) {
    end();
  } else {
    go_on();
  }
}

// ---- responses of our own

void Transaction::respond(const http::ResponseHead& head, std::string_view body) {
  http::ResponseHead sent = head;
  std::string encoded;
  if (const http::Coding coding = choose_coding(sent, body.size());
      coding != http::Coding::kIdentity && encode(sent, coding)) {
    const std::unique_ptr<http::ContentEncoder> encoder = std::move(encoder_);
    if (!encoder->add(body, encoded) || !encoder->finish(encoded)) return fail_encoding();
    body = encoded;
  }
  if (send_head(sent, body.size())) send_body(body);
  end();
}

void Transaction::respond_error(int status) {
  const http::ErrorPage page = http::error_page(status);
  respond(page.head, page.body);
}

// RFC 9110 section 9.3.7: "OPTIONS *" asks about the server as a whole.
void Transaction::describe_server() {
  http::ResponseHead head;
  head.headers.add("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  respond(head, "");
}

// ---- files

// What the request's preconditions and ranges select of a file.
void Transaction::send_selection(http::ResponseHead& head, const http::StaticFile& file) {
  http::Headers asked = request_.headers();
  if (request_.method() == "HEAD") asked.remove("Range");  // RFC 9110 section 14.2: of GET alone
  const http::Selection selection = http::select(asked, {file.etag, file.last_modified, file.size});
  head.status = selection.status;
  head.headers.set("Accept-Ranges", "bytes");
  const std::string size = std::to_string(file.size);
  if (selection.status == 200) {
    send_whole_file(head, file);
    return;
  }
  if (selection.status == 206) {
    head.headers.add("Content-Range", "bytes " + std::to_string(selection.offset) + "-" +
                                          std::to_string(selection.offset + selection.length - 1) + "/" + size);
    if (send_head(head, selection.length)) {
      body_bytes_ += selection.length;
      carrier_.send_file(file.file, selection.offset, selection.length);
    }
    end();
    return;
  }
  if (selection.status == 416) head.headers.add("Content-Range", "bytes */" + size);
  if (selection.status == 304) choose_coding(head, file.size);  // for its Vary
  head.headers.remove("Content-Type");
  head.headers.remove("Content-Encoding");
  respond(head, "");
}

void Transaction::send_whole_file(http::ResponseHead& head, const http::StaticFile& file) {
  const http::Coding coding = file.size <= kMaxEncodedFile ? choose_coding(head, file.size) : http::Coding::kIdentity;
  if (coding != http::Coding::kIdentity && encode(head, coding)) {
    ignores_body_ = true;
    if (send_head(head, std::nullopt)) {
      file_ = file.file;
      file_offset_ = 0;
      file_end_ = file.size;
      send_encoded_file();
      return;
    }
  } else if (send_head(head, file.size)) {
    body_bytes_ += file.size;
    carrier_.send_file(file.file, 0, file.size);
  }
  end();
}

// A piece of it, and the next one when the client has taken that: other clients have their turn between.
void Transaction::send_encoded_file() {
  std::string encoded;
  std::string piece;
  while (encoded.empty() && file_offset_ < file_end_) {
    piece.resize(std::min<std::uint64_t>(kFilePiece, file_end_ - file_offset_));
    const ssize_t got = ::pread(file_->get(), piece.data(), piece.size(), static_cast<off_t>(file_offset_));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      static LogLimiter limiter;
      log_failure(limiter, "file cut short or unreadable", got < 0 ? system_error("read", "", errno).what : "");
      fail();
      return;
    }
    file_offset_ += static_cast<std::uint64_t>(got);
    if (!encoder_->add(std::string_view(piece).substr(0, static_cast<std::size_t>(got)), encoded)) {
      return fail_encoding();
    }
  }
  const bool complete = file_offset_ == file_end_;
  if (complete && !encoder_->finish(encoded)) return fail_encoding();
  send_body(encoded);
  if (!complete) return;
  file_.reset();
  end();
}

bool Transaction::send_named_file(http::ResponseHead& head) {
  http::Headers& headers = head.headers;
  const NamedFiles* named = port_.shares.named_files.get();
  Result<http::StaticFile> file = Error{ErrorCode::kNotFound, "", "", ""};
  bool selects = true;  // the file's ranges and validators are for us to tell; else the application has done it
  if (passed_file_) {
    file = http::describe_static_file(std::move(passed_file_));
    selects = false;
  } else if (const auto path = named != nullptr ? headers.get("X-Sendfile") : std::nullopt) {
    file = named->open_path(*path);
  } else if (const auto uri = named != nullptr ? headers.get("X-Accel-Redirect") : std::nullopt) {
    file = named->open_location(*uri);
  } else {
    return false;
  }
  ignores_body_ = true;
  if (!file) {
    static LogLimiter limiter;
    log_failure(limiter, "file of a response cannot be sent", file.error().message());
    respond_error(file.error().code == ErrorCode::kNotFound ? 404 : 500);
    return true;
  }
  for (const char* name : {"X-Sendfile", "X-Accel-Redirect"}) headers.remove(name);
  if (head.status == 206) {
    const auto range = http::parse_content_range(headers.get("Content-Range").value_or(""));
    if (!range || range->last >= file->size) {
      static LogLimiter limiter;
      log_failure(limiter, "file has changed before it was sent", "");
      respond_error(500);
      return true;
    }
    const std::uint64_t length = range->last - range->first + 1;
    if (send_head(head, length)) {
      body_bytes_ += length;
      carrier_.send_file(file->file, range->first, length);
    }
    end();
  } else if (selects && head.status == 200) {
    if (const auto etag = headers.get("ETag")) {
      file->etag = *etag;
    } else {
      headers.add("ETag", file->etag);
    }
    headers.set("Last-Modified", http::format_date(file->last_modified));
    headers.remove("Content-Length");
    send_selection(head, *file);
  } else {
    send_whole_file(head, *file);
  }
  return true;
}

// ---- the application

void Transaction::respond_for_application(http::ResponseHead head, std::string_view body) {
  if (!send_named_file(head)) respond(head, body);
}

void Transaction::on_head(http::ResponseHead head) {
  answered_ = port_.loop().now();
  if (send_named_file(head)) return;
  std::optional<std::uint64_t> length;
  if (const auto own = head.headers.get("Content-Length")) length = http::parse_decimal(*own);
  streams_ = !length;
  // Late events are of no use; the header is nginx's way to say "unbuffered".
  may_spool_ = !http::has_type(head.headers.get("Content-Type").value_or(""), "text/event-stream") &&
               !head.headers.list_contains("X-Accel-Buffering", "no");
  if (const http::Coding coding = choose_coding(head, length);
      coding != http::Coding::kIdentity && encode(head, coding)) {
    length.reset();
  }
  if (!send_head(head, length)) ignores_body_ = true;
}

void Transaction::on_body(std::string_view bytes) {
  if (ignores_body_ || bytes.empty()) return;
  if (encoder_) {
    std::string encoded;
    if (!encoder_->add(bytes, encoded) || (streams_ && !encoder_->flush(encoded))) return fail_encoding();
    forward(encoded);
  } else {
    forward(bytes);
  }
}

void Transaction::on_end() {
  exchange_.reset();
  if (file_) return;  // is still on its way
  if (encoder_ && !ignores_body_) {
    std::string encoded;
    if (!encoder_->finish(encoded)) return fail_encoding();
    forward(encoded);
  }
  application_ended_ = true;
  if (!spool_ || spool_->empty()) end();
}

void Transaction::on_failure(backends::application::Failure failure) {
  exchange_.reset();
  if (file_) return;
  if (end_waits_) {
    end();
  } else if (status_ != 0) {
    static LogLimiter limiter;
    log_failure(limiter, "response broken off", "its worker could not complete it");
    fail();
  } else {
    respond_error(backends::application::status_of(failure));
  }
}

// ---- sending

// The coding for a body of that length. Says in the head that it depends on the client, where it does.
http::Coding Transaction::choose_coding(http::ResponseHead& head, std::optional<std::uint64_t> length) const {
  const PortOptions& options = port_.options;
  http::Headers& headers = head.headers;
  if (!options.compression || length.value_or(options.compression_threshold) < options.compression_threshold ||
      head.status == 204 || head.status == 206 || headers.contains("Content-Encoding") ||
      headers.list_contains("Cache-Control", "no-transform") ||
      !http::is_compressible(headers.get("Content-Type").value_or(""))) {
    return http::Coding::kIdentity;
  }
  if (!headers.list_contains("Vary", "Accept-Encoding") && !headers.list_contains("Vary", "*")) {
    headers.add("Vary", "Accept-Encoding");
  }
  if (request_.version() == http::Version::kHttp10 || head.status == 304) return http::Coding::kIdentity;
  return http::choose_coding(request_.header("accept-encoding").value_or(""));
}

bool Transaction::encode(http::ResponseHead& head, http::Coding coding) {
  encoder_ = http::ContentEncoder::create(coding, port_.options.compression_level);
  if (!encoder_) return false;
  http::Headers& headers = head.headers;
  headers.add("Content-Encoding", http::name_of(coding));
  headers.remove("Content-Length");
  headers.remove("Accept-Ranges");  // of the bytes before the coding, which the client does not get
  // RFC 9110 section 8.8.3.3: a strong validator tells bytes apart, and these are others.
  if (const auto etag = headers.get("ETag"); etag && !etag->starts_with("W/")) {
    headers.set("ETag", "W/" + std::string(*etag));
  }
  return true;
}

void Transaction::fail_encoding() {
  static LogLimiter limiter;
  log_failure(limiter, "response cannot be compressed", "");
  fail();
}

bool Transaction::send_head(const http::ResponseHead& head, std::optional<std::uint64_t> length) {
  status_ = head.status;
  return carrier_.send_head(head, length);
}

void Transaction::send_body(std::string_view bytes) {
  if (bytes.empty()) return;
  body_bytes_ += bytes.size();
  carrier_.send_body(bytes);
}

void Transaction::end() {
  end_waits_ = exchange_ != nullptr;
  if (end_waits_) return;  // until the worker has ended its answer too: it is not to take this for an abort
  let_go();
  carrier_.send_end();
}

void Transaction::let_go() {
  ended_ = true;
  file_.reset();
  spool_.reset();
  port_.held_back.erase(this);
  write_log();
}

void Transaction::fail() {
  broken_ = true;
  exchange_.reset();
  let_go();
  carrier_.send_failure();
}

void log_short_response(TimePoint now, std::string_view path, std::uint64_t missing) {
  static LogLimiter limiter;
  if (const auto times = limiter.admit(now)) {
    log::warning("response shorter than its Content-Length path={} missing={} times={}", quote(path), missing, times);
  }
}

void Transaction::log_failure(LogLimiter& limiter, std::string_view what, std::string_view error) {
  const std::uint64_t times = limiter.admit(port_.loop().now());
  if (times > 0) log::error("{} path={} error={} times={}", what, quote(request_.path()), quote(error), times);
}

void Transaction::write_log() {
  port_.log_access({origin_.remote_address, &request_, status_, body_bytes_, port_.loop().now() - begun_, broken_});
}

}  // namespace laraman::server
