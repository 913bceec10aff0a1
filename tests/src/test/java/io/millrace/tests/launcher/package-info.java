/** The command line and the processes that it starts and stops, and the application on a full Payara Server. */
package io.millrace.tests.launcher;
