// Content types of static files, by the extension of their names.
#pragma once

#include <string_view>

namespace laraman::http {

// "text/css; charset=utf-8" for "app.css"; application/octet-stream for what is not known.
std::string_view content_type_of(std::string_view file_name);

}  // namespace laraman::http
