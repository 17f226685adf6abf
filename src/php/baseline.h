// What PHP itself takes back at the end of a request, a resident worker must take back at the end of each job: not to
// php.ini, but to what the script had set up when it asked for its first job. Covered: ini settings (with
// error_reporting, time and memory limits, include path), error and exception handlers, the environment (putenv),
// locale, time zone, working directory, umask, mbstring's settings, libxml's error mode, the default stream context, a
// seeded mt_rand, autoloaders, stream wrappers, handlers of signals. What PHP's objects and variables hold is the
// snapshot's (snapshot.h).
//
// It costs next to nothing: functions that change such a state are wrapped, and mark what they may have changed.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "php/engine.h"
#include "php/handler_stack.h"

namespace laraman::php {

// Wraps the functions. Once per process, after module start-up.
void watch_state_changes();

class Baseline {
 public:
  // Remembers the state as it is now. Not while there is a job.
  void take();
  // Brings it back. May run PHP code (ini handlers): call within zend_try.
  void restore();
  // Frees what take() has kept; before php_request_shutdown(), which brings the state back but for what this does.
  void drop();

 private:
  struct IniValue {
    zend_ini_entry* entry;
    zend_string* value;
  };

  void restore_ini();
  bool ini_is_unchanged() const;
  void restore_handlers();
  void restore_environment();
  void restore_stream_context();
  void restore_xml_context();
  void restore_autoloaders();
  void restore_stream_wrappers();
  void restore_settings();
  static void get_signal(zend_long number, zval* handler);
  void restore_signals();

  std::vector<IniValue> ini_;
  HandlerStack error_handlers_;
  std::vector<int> error_handler_masks_;
  int error_handler_mask_ = 0;
  HandlerStack exception_handlers_;
  int error_reporting_ = 0;
  std::vector<std::pair<std::string, std::string>> environment_;  // of the names that putenv() has set
  std::vector<zval> settings_;                                    // one for each row of the table of settings
  std::vector<zval> signals_;                                     // the handlers of pcntl_signal(), from 1
  std::string locale_;
  mode_t umask_ = 0;
  int directory_ = -1;
  php_stream_context* stream_context_ = nullptr;
  zval stream_options_{};  // of it
  zval xml_context_{};     // undefined: libxml takes the default stream context
  zval autoloaders_{};
  std::vector<std::pair<zend_string*, const void*>> stream_wrappers_;  // by scheme
};

}  // namespace laraman::php
