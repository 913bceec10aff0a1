/** Tries to break a running Millrace: hostile input, load, lost clients, killed processes, damaged files. */
package io.millrace.tests.system;
