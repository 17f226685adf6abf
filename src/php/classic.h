// Plain PHP, as php-fpm runs it: each request is a PHP request of its own, and nothing stays for the next.
#pragma once

#include <string>

#include "php/engine.h"

namespace laraman::php {

// What a request runs.
struct ClassicScript {
  std::string file;       // SCRIPT_FILENAME
  std::string name;       // SCRIPT_NAME
  std::string path_info;  // what follows the script in the path; may be empty
};

// The script that a request's path names below `document_root`: a .php file, also with more behind it
// ("/a.php/more"), or the index.php of a directory; else `entry`.
ClassicScript find_classic_script(const std::string& entry, const std::string& document_root, const std::string& path);

// Takes requests until the worker is to leave.
void run_classic();

// In place of the parameters that the gateway sends for an application with one entry.
void add_classic_variables(zval* variables);

}  // namespace laraman::php
