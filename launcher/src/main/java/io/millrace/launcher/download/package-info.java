/**
 * Fetches one model file from the web: over proxies and redirects, with attempts that go on where the last one broke
 * off, and with nothing under a model's name before it is complete, checked and sound. Knows nothing of the command
 * line; {@link io.millrace.launcher.download.Download} is its door.
 */
package io.millrace.launcher.download;
