/** Load runs that report and assert nothing about time. {@code ./millrace bench NAME} runs one. */
package io.millrace.tests.bench;
