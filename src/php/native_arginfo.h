/* This is a generated file, edit the .stub.php file instead.
 * Stub hash: 1fc155cc3840d3150a5e51d1837db6f47c773144 */

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_Laraman_Native_serve, 0, 1, IS_VOID, 0)
	ZEND_ARG_TYPE_INFO(0, handle, IS_CALLABLE, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, settle, IS_CALLABLE, 1, "null")
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, warm, IS_CALLABLE, 1, "null")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_Laraman_Native_respond, 0, 3, IS_VOID, 0)
	ZEND_ARG_TYPE_INFO(0, status, IS_LONG, 0)
	ZEND_ARG_TYPE_INFO(0, headers, IS_ARRAY, 0)
	ZEND_ARG_TYPE_INFO(0, body, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_Laraman_Native_respond_file, 0, 3, _IS_BOOL, 0)
	ZEND_ARG_TYPE_INFO(0, status, IS_LONG, 0)
	ZEND_ARG_TYPE_INFO(0, headers, IS_ARRAY, 0)
	ZEND_ARG_TYPE_INFO(0, path, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_Laraman_Native_begin_stream, 0, 0, IS_VOID, 0)
ZEND_END_ARG_INFO()

#define arginfo_Laraman_Native_print_to_log arginfo_Laraman_Native_begin_stream

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_Laraman_Native_reset_response, 0, 0, _IS_BOOL, 0)
ZEND_END_ARG_INFO()

#define arginfo_Laraman_Native_break_response arginfo_Laraman_Native_begin_stream

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_Laraman_Native_persist, 0, 1, IS_VOID, 0)
	ZEND_ARG_TYPE_INFO(0, create, IS_CALLABLE, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_Laraman_Native_isolate, 0, 0, IS_VOID, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, persistent, IS_ARRAY, 0, "[]")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_Laraman_Native_warm, 0, 1, IS_VOID, 0)
	ZEND_ARG_TYPE_INFO(0, learned, IS_LONG, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_Laraman_Native_open_session, 0, 1, IS_OBJECT, 0)
	ZEND_ARG_TYPE_INFO(0, connect, IS_CALLABLE, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_Laraman_Native_is_session_changed, 0, 1, _IS_BOOL, 0)
	ZEND_ARG_TYPE_INFO(0, session, IS_OBJECT, 0)
ZEND_END_ARG_INFO()

#define arginfo_Laraman_Native_is_session_free arginfo_Laraman_Native_is_session_changed

#define arginfo_Laraman_Native_end_response arginfo_Laraman_Native_begin_stream

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_Laraman_Native_command, 0, 2, IS_VOID, 0)
	ZEND_ARG_TYPE_INFO(0, id, IS_LONG, 0)
	ZEND_ARG_TYPE_INFO(0, message, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_Laraman_Native_query, 0, 3, IS_STRING, 0)
	ZEND_ARG_TYPE_INFO(0, id, IS_LONG, 0)
	ZEND_ARG_TYPE_INFO(0, message, IS_STRING, 0)
	ZEND_ARG_TYPE_INFO(0, timeout_seconds, IS_DOUBLE, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_Laraman_Native_add_gateway, 0, 1, IS_LONG, 0)
	ZEND_ARG_TYPE_INFO(0, options, IS_ARRAY, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_Laraman_Native_gateway_command, 0, 3, IS_VOID, 0)
	ZEND_ARG_TYPE_INFO(0, gateway, IS_LONG, 0)
	ZEND_ARG_TYPE_INFO(0, id, IS_LONG, 0)
	ZEND_ARG_TYPE_INFO(0, message, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_Laraman_Native_gateway_query, 0, 3, IS_STRING, 0)
	ZEND_ARG_TYPE_INFO(0, gateway, IS_LONG, 0)
	ZEND_ARG_TYPE_INFO(0, id, IS_LONG, 0)
	ZEND_ARG_TYPE_INFO(0, message, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_Laraman_Native_watch, 0, 1, IS_LONG, 0)
	ZEND_ARG_INFO(0, stream)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_Laraman_Native_every, 0, 1, IS_LONG, 0)
	ZEND_ARG_TYPE_INFO(0, seconds, IS_DOUBLE, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_Laraman_Native_forget, 0, 1, _IS_BOOL, 0)
	ZEND_ARG_TYPE_INFO(0, number, IS_LONG, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_Laraman_Native_idle_workers, 0, 0, IS_ARRAY, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_Laraman_Native_run_tasks, 0, 3, IS_ARRAY, 0)
	ZEND_ARG_TYPE_INFO(0, do, IS_CALLABLE, 0)
	ZEND_ARG_TYPE_INFO(0, inputs, IS_ARRAY, 0)
	ZEND_ARG_TYPE_INFO(0, seconds, IS_DOUBLE, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_Laraman_Native_debug, 0, 1, IS_VOID, 0)
	ZEND_ARG_TYPE_INFO(0, on, _IS_BOOL, 0)
ZEND_END_ARG_INFO()

#define arginfo_Laraman_Native_worker arginfo_Laraman_Native_idle_workers

#define arginfo_fastcgi_finish_request arginfo_Laraman_Native_reset_response

#define arginfo_getallheaders arginfo_Laraman_Native_idle_workers

#define arginfo_apache_request_headers arginfo_Laraman_Native_idle_workers


ZEND_FUNCTION(Laraman_Native_serve);
ZEND_FUNCTION(Laraman_Native_respond);
ZEND_FUNCTION(Laraman_Native_respond_file);
ZEND_FUNCTION(Laraman_Native_begin_stream);
ZEND_FUNCTION(Laraman_Native_print_to_log);
ZEND_FUNCTION(Laraman_Native_reset_response);
ZEND_FUNCTION(Laraman_Native_break_response);
ZEND_FUNCTION(Laraman_Native_persist);
ZEND_FUNCTION(Laraman_Native_isolate);
ZEND_FUNCTION(Laraman_Native_warm);
ZEND_FUNCTION(Laraman_Native_open_session);
ZEND_FUNCTION(Laraman_Native_is_session_changed);
ZEND_FUNCTION(Laraman_Native_is_session_free);
ZEND_FUNCTION(Laraman_Native_end_response);
ZEND_FUNCTION(Laraman_Native_command);
ZEND_FUNCTION(Laraman_Native_query);
ZEND_FUNCTION(Laraman_Native_add_gateway);
ZEND_FUNCTION(Laraman_Native_gateway_command);
ZEND_FUNCTION(Laraman_Native_gateway_query);
ZEND_FUNCTION(Laraman_Native_watch);
ZEND_FUNCTION(Laraman_Native_every);
ZEND_FUNCTION(Laraman_Native_forget);
ZEND_FUNCTION(Laraman_Native_idle_workers);
ZEND_FUNCTION(Laraman_Native_run_tasks);
ZEND_FUNCTION(Laraman_Native_debug);
ZEND_FUNCTION(Laraman_Native_worker);
ZEND_FUNCTION(fastcgi_finish_request);
ZEND_FUNCTION(getallheaders);


static const zend_function_entry ext_functions[] = {
	ZEND_NS_FALIAS("Laraman\\Native", serve, Laraman_Native_serve, arginfo_Laraman_Native_serve)
	ZEND_NS_FALIAS("Laraman\\Native", respond, Laraman_Native_respond, arginfo_Laraman_Native_respond)
	ZEND_NS_FALIAS("Laraman\\Native", respond_file, Laraman_Native_respond_file, arginfo_Laraman_Native_respond_file)
	ZEND_NS_FALIAS("Laraman\\Native", begin_stream, Laraman_Native_begin_stream, arginfo_Laraman_Native_begin_stream)
	ZEND_NS_FALIAS("Laraman\\Native", print_to_log, Laraman_Native_print_to_log, arginfo_Laraman_Native_print_to_log)
	ZEND_NS_FALIAS("Laraman\\Native", reset_response, Laraman_Native_reset_response, arginfo_Laraman_Native_reset_response)
	ZEND_NS_FALIAS("Laraman\\Native", break_response, Laraman_Native_break_response, arginfo_Laraman_Native_break_response)
	ZEND_NS_FALIAS("Laraman\\Native", persist, Laraman_Native_persist, arginfo_Laraman_Native_persist)
	ZEND_NS_FALIAS("Laraman\\Native", isolate, Laraman_Native_isolate, arginfo_Laraman_Native_isolate)
	ZEND_NS_FALIAS("Laraman\\Native", warm, Laraman_Native_warm, arginfo_Laraman_Native_warm)
	ZEND_NS_FALIAS("Laraman\\Native", open_session, Laraman_Native_open_session, arginfo_Laraman_Native_open_session)
	ZEND_NS_FALIAS("Laraman\\Native", is_session_changed, Laraman_Native_is_session_changed, arginfo_Laraman_Native_is_session_changed)
	ZEND_NS_FALIAS("Laraman\\Native", is_session_free, Laraman_Native_is_session_free, arginfo_Laraman_Native_is_session_free)
	ZEND_NS_FALIAS("Laraman\\Native", end_response, Laraman_Native_end_response, arginfo_Laraman_Native_end_response)
	ZEND_NS_FALIAS("Laraman\\Native", command, Laraman_Native_command, arginfo_Laraman_Native_command)
	ZEND_NS_FALIAS("Laraman\\Native", query, Laraman_Native_query, arginfo_Laraman_Native_query)
	ZEND_NS_FALIAS("Laraman\\Native", add_gateway, Laraman_Native_add_gateway, arginfo_Laraman_Native_add_gateway)
	ZEND_NS_FALIAS("Laraman\\Native", gateway_command, Laraman_Native_gateway_command, arginfo_Laraman_Native_gateway_command)
	ZEND_NS_FALIAS("Laraman\\Native", gateway_query, Laraman_Native_gateway_query, arginfo_Laraman_Native_gateway_query)
	ZEND_NS_FALIAS("Laraman\\Native", watch, Laraman_Native_watch, arginfo_Laraman_Native_watch)
	ZEND_NS_FALIAS("Laraman\\Native", every, Laraman_Native_every, arginfo_Laraman_Native_every)
	ZEND_NS_FALIAS("Laraman\\Native", forget, Laraman_Native_forget, arginfo_Laraman_Native_forget)
	ZEND_NS_FALIAS("Laraman\\Native", idle_workers, Laraman_Native_idle_workers, arginfo_Laraman_Native_idle_workers)
	ZEND_NS_FALIAS("Laraman\\Native", run_tasks, Laraman_Native_run_tasks, arginfo_Laraman_Native_run_tasks)
	ZEND_NS_FALIAS("Laraman\\Native", debug, Laraman_Native_debug, arginfo_Laraman_Native_debug)
	ZEND_NS_FALIAS("Laraman\\Native", worker, Laraman_Native_worker, arginfo_Laraman_Native_worker)
	ZEND_FE(fastcgi_finish_request, arginfo_fastcgi_finish_request)
	ZEND_FE(getallheaders, arginfo_getallheaders)
	ZEND_FALIAS(apache_request_headers, getallheaders, arginfo_apache_request_headers)
	ZEND_FE_END
};
