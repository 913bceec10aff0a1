/** The socket's side of a request: its thread, its body, its connection, and what every response carries. */
package io.millrace.web.http;
