#include "php/classic.h"

#include <climits>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "php/job_line.h"
#include "php/superglobals.h"
#include "php/time_limit.h"
#include "php/worker.h"

namespace laraman::php {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".php";

bool is_file(const std::string& path) {
  std::error_code failure;
  return fs::is_regular_file(path, failure);
}

// Not by a symbolic link or ".." to another place.
bool is_below(const std::string& file, const std::string& directory) {
  std::error_code failure;
  const std::string real = fs::canonical(file, failure).string();
  const std::string root = failure ? "" : fs::canonical(directory, failure).string();
  return !failure && real.size() > root.size() && real.starts_with(root) && real[root.size()] == '/';
}

bool is_script(const std::string& file, const std::string& document_root) {
  return is_file(file) && is_below(file, document_root);
}

void add(zval* variables, const char* name, std::string_view value) {
  zval text;
  ZVAL_STR(&text, make_string(value));
  zend_hash_str_update(Z_ARRVAL_P(variables), name, std::strlen(name), &text);
}

void execute(const char* file) {
  zend_file_handle handle;
  zend_stream_init_filename(&handle, file);
  handle.primary_script = true;
  zend_first_try { php_execute_script(&handle); }
  zend_end_try();
  zend_destroy_file_handle(&handle);
}

void choose_script(WorkerProcess& process) {
  const auto params = process.job.connection->params();
  const auto value = [&params](const char* name) {
    const char* found = find_param(params, name);
    return std::string(found != nullptr ? found : "");
  };
  process.job.classic = find_classic_script(process.options.script, value("DOCUMENT_ROOT"), value("DOCUMENT_URI"));
}

void run_request() {
  WorkerProcess& process = worker();
  choose_script(process);
  SG(server_context) = &process;
  set_request_info(process.job.connection->params());
  SG(request_info).path_translated = process.job.classic.file.data();
  process.job.response.start(process.job.connection, std::strcmp(SG(request_info).request_method, "HEAD") == 0);
  process.loop.phase = Phase::kRequest;
  EG(exit_status) = 0;
  start_clock();
  if (php_request_startup() == SUCCESS) {
    execute(process.job.classic.file.c_str());
    php_request_shutdown(nullptr);
  }
  leave_if_time_is_up();
  print_job_line(process);
  process.job.response.finish();
  stop_clock();
  std::memset(&SG(request_info), 0, sizeof SG(request_info));
  process.job.connection = nullptr;
}

}  // namespace

ClassicScript find_classic_script(const std::string& entry, const std::string& document_root, const std::string& path) {
  if (!document_root.empty()) {
    for (std::size_t end = path.find(kEnding); end != std::string::npos; end = path.find(kEnding, end + 1)) {
      const std::size_t size = end + kEnding.size();
      if (size < path.size() && path[size] != '/') continue;
      const std::string name = path.substr(0, size);
      if (is_script(document_root + name, document_root)) return {document_root + name, name, path.substr(size)};
    }
    if (path.ends_with('/') && is_script(document_root + path + "index.php", document_root)) {
      return {document_root + path + "index.php", path + "index.php", ""};
    }
  }
  return {entry, "/" + fs::path(entry).filename().string(), ""};
}

void run_classic() {
  SG(options) &= ~SAPI_OPTION_NO_CHDIR;
  while (wait_for_job() == Phase::kRequest) run_request();
}

void add_classic_variables(zval* variables) {
  const ClassicScript& script = worker().job.classic;
  add(variables, "SCRIPT_FILENAME", script.file);
  add(variables, "SCRIPT_NAME", script.name);
  add(variables, "PHP_SELF", script.name + script.path_info);
  if (!script.path_info.empty()) add(variables, "PATH_INFO", script.path_info);
}

}  // namespace laraman::php
