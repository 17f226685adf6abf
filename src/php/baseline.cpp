#include "php/baseline.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <clocale>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "php/worker.h"

namespace laraman::php {
namespace {

// What a watched function may change.
enum Change : std::uint32_t {
  kEnvironment = 1u << 0,
  kLocale = 1u << 1,
  kDirectory = 1u << 2,
  kUmask = 1u << 3,
  kRandom = 1u << 4,
  kStreamContext = 1u << 5,
  kSettings = 1u << 6,
  kAutoloaders = 1u << 7,
  kStreamWrappers = 1u << 8,
  kRegexSearch = 1u << 9,
  kXmlContext = 1u << 10,
  kSignals = 1u << 11,
  kSystemLog = 1u << 12,
};

struct Watch {
  const char* function;
  std::uint32_t change;
};
constexpr std::array kWatches{
    Watch{"putenv", kEnvironment},
    Watch{"setlocale", kLocale},
    Watch{"chdir", kDirectory},
    Watch{"umask", kUmask},
    Watch{"mt_srand", kRandom},
    Watch{"srand", kRandom},
    Watch{"stream_context_set_default", kStreamContext},
    Watch{"stream_context_get_default", kStreamContext},
    Watch{"spl_autoload_register", kAutoloaders},
    Watch{"spl_autoload_unregister", kAutoloaders},
    Watch{"stream_wrapper_register", kStreamWrappers},
    Watch{"stream_register_wrapper", kStreamWrappers},
    Watch{"stream_wrapper_unregister", kStreamWrappers},
    Watch{"stream_wrapper_restore", kStreamWrappers},
    Watch{"date_default_timezone_set", kSettings},
    Watch{"mb_internal_encoding", kSettings},
    Watch{"mb_language", kSettings},
    Watch{"mb_regex_encoding", kSettings},
    Watch{"mb_http_output", kSettings},
    Watch{"mb_substitute_character", kSettings},
    Watch{"mb_detect_order", kSettings},
    Watch{"libxml_use_internal_errors", kSettings},
    Watch{"libxml_set_external_entity_loader", kSettings},
    Watch{"libxml_set_streams_context", kXmlContext},
    Watch{"mb_regex_set_options", kSettings},
    Watch{"mb_ereg_search_init", kRegexSearch | kSettings},
    Watch{"spl_autoload_extensions", kSettings},
    Watch{"pcntl_async_signals", kSettings},
    Watch{"assert_options", kSettings},
    Watch{"pcntl_signal", kSignals},
    Watch{"pcntl_alarm", kSignals},
    Watch{"pcntl_sigprocmask", kSignals},
    Watch{"openlog", kSystemLog},
};

// A state that PHP functions read and write. `get` is called without arguments, or with the name `of` alone; `set` with
// the value after that.
struct Setting {
  const char* get;
  const char* set;
  zend_long of = -1;
};
constexpr zend_long kAssertCallback = 2;  // ASSERT_CALLBACK: the other ones are php.ini settings
constexpr std::array kSettingTable{
    Setting{"date_default_timezone_get", "date_default_timezone_set"},
    Setting{"mb_internal_encoding", "mb_internal_encoding"},
    Setting{"mb_language", "mb_language"},
    Setting{"mb_regex_encoding", "mb_regex_encoding"},
    Setting{"mb_http_output", "mb_http_output"},
    Setting{"mb_substitute_character", "mb_substitute_character"},
    Setting{"mb_detect_order", "mb_detect_order"},
    Setting{"libxml_use_internal_errors", "libxml_use_internal_errors"},
    Setting{"libxml_get_external_entity_loader", "libxml_set_external_entity_loader"},
    Setting{"mb_regex_set_options", "mb_regex_set_options"},
    Setting{"spl_autoload_extensions", "spl_autoload_extensions"},
    Setting{"pcntl_async_signals", "pcntl_async_signals"},
    Setting{"assert_options", "assert_options", kAssertCallback},
};

constexpr std::size_t kSignalCount = 31;  // those before the real-time ones, which PHP 8.2 does not know

std::uint32_t changes = 0;
std::array<zif_handler, kWatches.size()> originals{};

// The stream context that libxml was given last: PHP has no function that tells it.
zval xml_context{};

void set_xml_context(const zval& context) {
  zval_ptr_dtor(&xml_context);
  ZVAL_COPY(&xml_context, &context);
}

template <std::size_t I>
void watched(INTERNAL_FUNCTION_PARAMETERS) {
  changes |= kWatches[I].change;
  originals[I](INTERNAL_FUNCTION_PARAM_PASSTHRU);
  if constexpr (kWatches[I].change == kXmlContext) {
    if (EX_NUM_ARGS() > 0 && Z_TYPE_P(ZEND_CALL_ARG(execute_data, 1)) == IS_RESOURCE) {
      set_xml_context(*ZEND_CALL_ARG(execute_data, 1));
    }
  }
}

template <std::size_t... I>
constexpr std::array<zif_handler, sizeof...(I)> make_wrappers(std::index_sequence<I...>) {
  return {&watched<I>...};
}

zend_function* find_function(const char* name) {
  return static_cast<zend_function*>(zend_hash_str_find_ptr(CG(function_table), name, std::strlen(name)));
}

// False, with `result` undefined, where the extension is not loaded.
bool call(const char* name, zval* result, std::uint32_t argument_count, zval* arguments) {
  ZVAL_UNDEF(result);
  zend_function* function = find_function(name);
  if (function == nullptr) return false;
  zend_call_known_function(function, nullptr, nullptr, result, argument_count, arguments, nullptr);
  return true;
}

void call(const char* name, zval* argument) {
  zval result;
  call(name, &result, 1, argument);
  zval_ptr_dtor(&result);
}

// The value that a setting has; undefined where its extension is not loaded.
bool get(const Setting& setting, zval* value) {
  zval of;
  ZVAL_LONG(&of, setting.of);
  return call(setting.get, value, setting.of >= 0 ? 1 : 0, &of);
}

void set(const Setting& setting, const zval& value) {
  std::array<zval, 2> arguments{};
  std::uint32_t count = 0;
  if (setting.of >= 0) ZVAL_LONG(&arguments[count++], setting.of);
  ZVAL_COPY(&arguments[count++], &value);
  zval result;
  call(setting.set, &result, count, arguments.data());
  zval_ptr_dtor(&arguments[count - 1]);
  zval_ptr_dtor(&result);
}

// By scheme and name. PHP may write into the arrays, even if they are shared.
void copy_options(zval& copy, const zval& options) {
  if (Z_TYPE(options) != IS_ARRAY) {
    ZVAL_COPY(&copy, &options);
    return;
  }
  ZVAL_ARR(&copy, zend_array_dup(Z_ARRVAL(options)));
  zval* scheme;
  ZEND_HASH_FOREACH_VAL(Z_ARRVAL(copy), scheme) { SEPARATE_ZVAL_NOREF(scheme); }
  ZEND_HASH_FOREACH_END();
}

// PHP looks once for the one that TMPDIR names.
void forget_temporary_directory() {
  if (PG(php_sys_temp_dir) == nullptr) return;
  efree(PG(php_sys_temp_dir));
  PG(php_sys_temp_dir) = nullptr;
}

// libxml keeps the last one, which tells of the document that it was in.
void forget_xml_error() {
  zval result;
  call("libxml_clear_errors", &result, 0, nullptr);
}

}  // namespace

void watch_state_changes() {
  static constexpr auto wrappers = make_wrappers(std::make_index_sequence<kWatches.size()>());
  for (std::size_t i = 0; i < kWatches.size(); ++i) {
    originals[i] = wrap_function(CG(function_table), kWatches[i].function, wrappers[i]);
  }
}

void Baseline::take() {
  zval context;
  ZVAL_COPY(&context, &xml_context);
  drop();
  set_xml_context(context);
  ZVAL_COPY_VALUE(&xml_context_, &context);
  if (EG(modified_ini_directives) != nullptr) {
    void* p;
    ZEND_HASH_FOREACH_PTR(EG(modified_ini_directives), p) {
      auto* entry = static_cast<zend_ini_entry*>(p);
      ini_.push_back({entry, entry->value != nullptr ? zend_string_copy(entry->value) : nullptr});
    }
    ZEND_HASH_FOREACH_END();
  }
  error_handlers_.take(EG(user_error_handler), EG(user_error_handlers));
  exception_handlers_.take(EG(user_exception_handler), EG(user_exception_handlers));
  const auto* masks = static_cast<const int*>(EG(user_error_handlers_error_reporting).elements);
  error_handler_masks_.assign(masks, masks + EG(user_error_handlers_error_reporting).top);
  error_handler_mask_ = EG(user_error_handler_error_reporting);
  error_reporting_ = EG(error_reporting);

  zend_string* name;
  ZEND_HASH_FOREACH_STR_KEY(&BG(putenv_ht), name) {
    const char* value = std::getenv(ZSTR_VAL(name));
    environment_.emplace_back(ZSTR_VAL(name), value != nullptr ? std::string(ZSTR_VAL(name)) + "=" + value : "");
  }
  ZEND_HASH_FOREACH_END();
  signals_.resize(kSignalCount);
  for (std::size_t i = 0; i < signals_.size(); ++i) get_signal(static_cast<zend_long>(i + 1), &signals_[i]);
  settings_.resize(kSettingTable.size());
  for (std::size_t i = 0; i < kSettingTable.size(); ++i) get(kSettingTable[i], &settings_[i]);
  locale_ = std::setlocale(LC_ALL, nullptr);
  umask_ = ::umask(0);
  ::umask(umask_);
  directory_ = ::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  stream_context_ = FG(default_context);
  if (stream_context_ != nullptr) copy_options(stream_options_, stream_context_->options);
  call("spl_autoload_functions", &autoloaders_, 0, nullptr);
  void* wrapper;
  ZEND_HASH_FOREACH_STR_KEY_PTR(php_stream_get_url_stream_wrappers_hash(), name, wrapper) {
    if (name != nullptr) stream_wrappers_.emplace_back(zend_string_copy(name), wrapper);
  }
  ZEND_HASH_FOREACH_END();
  changes = 0;
}

void Baseline::drop() {
  // PHP itself keeps some of them from request to request: mb_regex_set_options().
  if (!settings_.empty() && (changes & kSettings) != 0) restore_settings();
  if (!signals_.empty() && (changes & kSignals) != 0) restore_signals();
  for (auto& ini : ini_) {
    if (ini.value != nullptr) zend_string_release(ini.value);
  }
  ini_.clear();
  error_handlers_.drop();
  exception_handlers_.drop();
  environment_.clear();
  for (auto* values : {&settings_, &signals_}) {
    for (zval& value : *values) zval_ptr_dtor(&value);
    values->clear();
  }
  zval_ptr_dtor(&stream_options_);
  ZVAL_UNDEF(&stream_options_);
  for (zval* value : {&autoloaders_, &xml_context_, &xml_context}) {
    zval_ptr_dtor(value);
    ZVAL_UNDEF(value);
  }
  for (const auto& [name, wrapper] : stream_wrappers_) zend_string_release(name);
  stream_wrappers_.clear();
  if (directory_ >= 0) ::close(directory_);
  directory_ = -1;
}

void Baseline::restore() {
  if (!ini_is_unchanged()) restore_ini();
  restore_handlers();
  EG(error_reporting) = error_reporting_;
  forget_xml_error();
  begin_request_of(find_module("json"));  // json_last_error()
  if (changes == 0) return;
  if ((changes & kEnvironment) != 0) {
    restore_environment();
    forget_temporary_directory();
  }
  if ((changes & kLocale) != 0 && locale_ != std::setlocale(LC_ALL, nullptr)) {
    std::setlocale(LC_ALL, locale_.c_str());
    zend_reset_lc_ctype_locale();
    zend_update_current_locale();
    if (BG(ctype_string) != nullptr) zend_string_release(BG(ctype_string));
    const char* ctype = std::setlocale(LC_CTYPE, nullptr);
    BG(ctype_string) = std::strcmp(ctype, "C") == 0 ? nullptr : zend_string_init(ctype, std::strlen(ctype), false);
  }
  if ((changes & kDirectory) != 0 && directory_ >= 0 && ::fchdir(directory_) != 0) {
    zend_error(E_WARNING, "The worker's directory is gone");
  }
  if ((changes & kUmask) != 0) ::umask(umask_);
  if ((changes & kRandom) != 0) {  // the next user of mt_rand() must not get numbers that this job chose
    begin_request_of(find_module("random"));
  }
  if ((changes & kStreamContext) != 0) restore_stream_context();
  if ((changes & kXmlContext) != 0) restore_xml_context();
  if ((changes & kAutoloaders) != 0) restore_autoloaders();
  if ((changes & kStreamWrappers) != 0) restore_stream_wrappers();
  if ((changes & kRegexSearch) != 0) {  // the text that mb_ereg_search() looks through
    end_request_of(find_module("mbstring"));
    begin_request_of(find_module("mbstring"));
  }
  if ((changes & kSignals) != 0) restore_signals();
  if (zval result; (changes & kSystemLog) != 0 && call("closelog", &result, 0, nullptr)) zval_ptr_dtor(&result);
  if ((changes & kSettings) != 0) restore_settings();
  changes = 0;
}

// The handler that pcntl_signal() has set; an integer where there is none. Undefined without the extension.
void Baseline::get_signal(zend_long number, zval* handler) {
  zval argument;
  ZVAL_LONG(&argument, number);
  ZVAL_UNDEF(handler);
  if (find_module("pcntl") != nullptr) call("pcntl_signal_get_handler", handler, 1, &argument);
}

// Also those of the program itself, whose place a job may have taken; and no alarm of a job is to ring in another.
void Baseline::restore_signals() {
  ::alarm(0);
  for (std::size_t i = 0; i < signals_.size(); ++i) {
    std::array<zval, 2> arguments;
    ZVAL_LONG(&arguments[0], static_cast<zend_long>(i + 1));
    ZVAL_COPY_VALUE(&arguments[1], &signals_[i]);
    zval now;
    get_signal(Z_LVAL(arguments[0]), &now);
    zval result;
    if (!Z_ISUNDEF(now) && !zend_is_identical(&now, &signals_[i]) &&
        call("pcntl_signal", &result, 2, arguments.data())) {
      zval_ptr_dtor(&result);
    }
    zval_ptr_dtor(&now);
  }
  set_signal_handlers();
}

bool Baseline::ini_is_unchanged() const {
  HashTable* modified = EG(modified_ini_directives);
  if (modified == nullptr) return ini_.empty();
  if (zend_hash_num_elements(modified) != ini_.size()) return false;
  std::size_t i = 0;
  void* p;
  ZEND_HASH_FOREACH_PTR(modified, p) {
    const auto* entry = static_cast<zend_ini_entry*>(p);
    if (ini_[i].entry != entry || ini_[i].value != entry->value) return false;
    ++i;
  }
  ZEND_HASH_FOREACH_END();
  return true;
}

void Baseline::restore_ini() {
  const auto kept = [this](const zend_ini_entry* entry) {
    return std::any_of(ini_.begin(), ini_.end(), [entry](const IniValue& ini) { return ini.entry == entry; });
  };
  // In the stage in which PHP itself restores them: some handlers refuse a change while a script runs.
  if (EG(modified_ini_directives) != nullptr) {
    void* p;
    ZEND_HASH_REVERSE_FOREACH_PTR(EG(modified_ini_directives), p) {
      auto* entry = static_cast<zend_ini_entry*>(p);
      if (!kept(entry)) zend_restore_ini_entry(entry->name, ZEND_INI_STAGE_DEACTIVATE);
    }
    ZEND_HASH_FOREACH_END();
  }
  for (auto& ini : ini_) {
    if (ini.entry->value == ini.value && ini.entry->modified != 0) continue;
    if (ini.value == nullptr) continue;
    zend_alter_ini_entry_ex(ini.entry->name, ini.value, ZEND_INI_SYSTEM, ZEND_INI_STAGE_DEACTIVATE, true);
  }
  // The order of the table may be another one now: what restore() compares with follows it.
  if (EG(modified_ini_directives) == nullptr) return;
  std::size_t i = 0;
  void* p;
  ZEND_HASH_FOREACH_PTR(EG(modified_ini_directives), p) {
    auto* entry = static_cast<zend_ini_entry*>(p);
    for (std::size_t j = i; j < ini_.size(); ++j) {
      if (ini_[j].entry == entry) std::swap(ini_[i], ini_[j]);
    }
    if (i < ini_.size() && ini_[i].entry == entry && ini_[i].value != entry->value) {
      if (ini_[i].value != nullptr) zend_string_release(ini_[i].value);
      ini_[i].value = entry->value != nullptr ? zend_string_copy(entry->value) : nullptr;
    }
    ++i;
  }
  ZEND_HASH_FOREACH_END();
}

void Baseline::restore_handlers() {
  if (!error_handlers_.is_unchanged(EG(user_error_handler), EG(user_error_handlers))) {
    error_handlers_.restore(EG(user_error_handler), EG(user_error_handlers));
    zend_stack_clean(&EG(user_error_handlers_error_reporting), nullptr, true);
    for (const int mask : error_handler_masks_) zend_stack_push(&EG(user_error_handlers_error_reporting), &mask);
  }
  EG(user_error_handler_error_reporting) = error_handler_mask_;
  if (!exception_handlers_.is_unchanged(EG(user_exception_handler), EG(user_exception_handlers))) {
    exception_handlers_.restore(EG(user_exception_handler), EG(user_exception_handlers));
  }
}

void Baseline::restore_environment() {
  zend_string* name;
  ZEND_HASH_REVERSE_FOREACH_STR_KEY(&BG(putenv_ht), name) {
    const bool kept = std::any_of(environment_.begin(), environment_.end(),
                                  [name](const auto& variable) { return variable.first == view(name); });
    if (!kept) zend_hash_del(&BG(putenv_ht), name);  // its destructor puts the former value back
  }
  ZEND_HASH_FOREACH_END();
  for (const auto& [variable, assignment] : environment_) {
    const char* value = std::getenv(variable.c_str());
    const bool same = assignment.empty()
                          ? value == nullptr
                          : value != nullptr && assignment.compare(variable.size() + 1, std::string::npos, value) == 0;
    if (same) continue;
    zval argument;
    zval result;
    const std::string& text = assignment.empty() ? variable : assignment;
    ZVAL_STRINGL(&argument, text.data(), text.size());
    call("putenv", &result, 1, &argument);
    zval_ptr_dtor(&argument);
    zval_ptr_dtor(&result);
  }
}

void Baseline::restore_stream_context() {
  if (FG(default_context) != stream_context_) {
    if (FG(default_context) != nullptr) zend_list_delete(FG(default_context)->res);
    FG(default_context) = stream_context_;
  }
  if (stream_context_ == nullptr) return;
  zval_ptr_dtor(&stream_context_->options);
  copy_options(stream_context_->options, stream_options_);
}

void Baseline::restore_xml_context() {
  zval context;
  if (Z_ISUNDEF(xml_context_)) {
    call("stream_context_get_default", &context, 0, nullptr);
  } else {
    ZVAL_COPY(&context, &xml_context_);
  }
  call("libxml_set_streams_context", &context);
  zval_ptr_dtor(&context);
}

void Baseline::restore_autoloaders() {
  zval now;
  call("spl_autoload_functions", &now, 0, nullptr);
  if (!zend_is_identical(&now, &autoloaders_) && Z_TYPE(now) == IS_ARRAY && Z_TYPE(autoloaders_) == IS_ARRAY) {
    zval* function;
    ZEND_HASH_FOREACH_VAL(Z_ARRVAL(now), function) { call("spl_autoload_unregister", function); }
    ZEND_HASH_FOREACH_END();
    ZEND_HASH_FOREACH_VAL(Z_ARRVAL(autoloaders_), function) { call("spl_autoload_register", function); }
    ZEND_HASH_FOREACH_END();
  }
  zval_ptr_dtor(&now);
}

// One of the application's own that a job has unregistered stays so: PHP forgets its class.
void Baseline::restore_stream_wrappers() {
  const auto kept = [this](const zend_string* name) {
    return std::find_if(stream_wrappers_.begin(), stream_wrappers_.end(),
                        [name](const auto& wrapper) { return zend_string_equals(wrapper.first, name); });
  };
  zval argument;
  zend_string* name;
  void* wrapper;
  ZEND_HASH_FOREACH_STR_KEY_PTR(php_stream_get_url_stream_wrappers_hash(), name, wrapper) {
    if (name == nullptr) continue;
    const auto before = kept(name);
    if (before != stream_wrappers_.end() && before->second == wrapper) continue;
    ZVAL_STR_COPY(&argument, name);
    call("stream_wrapper_unregister", &argument);
    zval_ptr_dtor(&argument);
  }
  ZEND_HASH_FOREACH_END();
  for (const auto& [scheme, before] : stream_wrappers_) {
    if (zend_hash_exists(php_stream_get_url_stream_wrappers_hash(), scheme)) continue;
    if (zend_hash_find_ptr(php_stream_get_url_stream_wrappers_hash_global(), scheme) != before) continue;
    ZVAL_STR_COPY(&argument, scheme);
    call("stream_wrapper_restore", &argument);
    zval_ptr_dtor(&argument);
  }
}

void Baseline::restore_settings() {
  for (std::size_t i = 0; i < kSettingTable.size(); ++i) {
    zval now;
    if (Z_ISUNDEF(settings_[i]) || !get(kSettingTable[i], &now)) continue;
    if (!zend_is_identical(&now, &settings_[i])) set(kSettingTable[i], settings_[i]);
    zval_ptr_dtor(&now);
  }
}

}  // namespace laraman::php
